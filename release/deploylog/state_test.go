package deploylog

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/release/part"
)

// Dependencies lead through resources that were not touched; nothing waits for what it does not depend on.
func TestTimeline_WaitsThroughUnchangedResources(t *testing.T) {
	recorder := &Recorder{}
	for _, e := range []apitype.EngineEvent{
		begins(apitype.OpUpdate, keyURN), ends(apitype.OpUpdate, keyURN), begins(apitype.OpUpdate, topicURN), ends(apitype.OpUpdate, topicURN),
		begins(apitype.OpUpdate, ruleURN), ends(apitype.OpUpdate, ruleURN),
	} {
		recorder.Add(e, time.Unix(5, 0)) // all in the same second: the order of the events tells
	}
	known := Dependencies{ruleURN: {"unchanged"}, "unchanged": {"also", "unchanged"}, "also": {keyURN}, topicURN: {}, keyURN: {}}
	timeline := recorder.Timeline(known)
	assert.Equal(t, []string{keyURN}, timeline.Steps[2].After)
	assert.Equal(t, []string{"update key", "update rule"}, labels(timeline.CriticalPath()))
	assert.Equal(t, []string{"update key", "update topic", "update rule"}, labels(recorder.Timeline(nil).CriticalPath()), "by the clock")
}

func TestReadState_FailsOnWhatIsNoState(t *testing.T) {
	_, err := ReadState(apitype.UntypedDeployment{Deployment: json.RawMessage(`[]`)})
	require.ErrorContains(t, err, "the stack's state")
}

func TestPhaseOf(t *testing.T) {
	for _, c := range []struct {
		typ, name string
		op        apitype.OpType
		want      Phase
		label     string
	}{
		{part.CommandType, "preflight", "create", Preflight, "Preflight"},
		{part.CommandType, "backend-image", "replace", Images, "Image backend"},
		{part.ImageType, "backend-image", "update", Images, "Image backend"},
		{part.CommandType, "snapshot", "replace", Snapshot, "Snapshot"},
		{part.CommandType, "migration", "update", Migration, "Migration"},
		{part.ServiceType, "backend", "update", Services, "Service backend"},
		{part.CommandType, "verify", "update", Verify, "Verify"},
		{part.CommandType, "second-verify", "update", Verify, "Verify second"},
		{part.CommandType, "verify", "delete", "", "verify"},
		{part.ServiceType, "backend", "delete", "", "backend"},
		{part.CommandType, "jwt-secret", "create", "", "jwt-secret"},
		{"aws:rds/snapshot:Snapshot", "snapshot", "create", "", "snapshot"},
	} {
		got := phaseOf(c.typ, c.name, c.op)
		assert.Equal(t, c.want, got, "%s %s %s", c.op, c.typ, c.name)
		assert.Equal(t, c.label, Step{Name: c.name, Phase: got}.Label())
	}
}
