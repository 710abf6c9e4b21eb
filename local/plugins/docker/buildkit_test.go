package docker

import (
	"encoding/json"
	"strings"
	"testing"

	controlapi "github.com/moby/buildkit/api/services/control"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// traced is a message of the daemon's that tells of steps, or of what one wrote.
func traced(t *testing.T, status *controlapi.StatusResponse) string {
	t.Helper()
	packed, err := proto.Marshal(status)
	require.NoError(t, err)
	message, err := json.Marshal(map[string]any{"id": "moby.buildkit.trace", "aux": packed})
	require.NoError(t, err)
	return string(message)
}

// Each step is a line, once: whether it is seen to begin, or is over by the first that is heard of it.
func TestFollow_ShowsEachStep(t *testing.T) {
	t.Parallel()
	at := timestamppb.Now()
	waits := &controlapi.Vertex{Digest: "sha256:1", Name: "load context"}
	begins := &controlapi.Vertex{Digest: "sha256:1", Name: "load context", Started: at}
	ends := &controlapi.Vertex{Digest: "sha256:1", Name: "load context", Started: at, Completed: at}
	quick := &controlapi.Vertex{Digest: "sha256:2", Name: "COPY file /copied", Started: at, Completed: at, Cached: true}
	answer := strings.Join([]string{
		traced(t, &controlapi.StatusResponse{Vertexes: []*controlapi.Vertex{waits}}),
		traced(t, &controlapi.StatusResponse{Vertexes: []*controlapi.Vertex{begins}}),
		traced(t, &controlapi.StatusResponse{Vertexes: []*controlapi.Vertex{ends, quick}, Logs: []*controlapi.VertexLog{{Vertex: "sha256:2", Msg: []byte("copied\n")}}}),
		traced(t, &controlapi.StatusResponse{Vertexes: []*controlapi.Vertex{quick}}),
	}, "\n")
	var shown []string
	cli := &docker{show: func(line string) { shown = append(shown, line) }}
	require.NoError(t, cli.follow(strings.NewReader(answer)))
	assert.Equal(t, []string{"load context", "COPY file /copied", "copied"}, shown)
	require.ErrorContains(t, cli.follow(strings.NewReader(answer+`{"error":"exit code: 1"}`)), "copied")
}
