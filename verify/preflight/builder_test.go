package preflight

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/docker"
	"github.com/flowcomply/infrastructure/verify/check"
)

type oneDaemon struct {
	daemon docker.Daemon
	err    error
}

func (a oneDaemon) Ask(context.Context) (docker.Daemon, error) { return a.daemon, a.err }

func TestBuilderReady_WantsADaemonWithBuildKit(t *testing.T) {
	for name, row := range map[string]struct {
		daemon docker.Daemon
		err    error
		cause  string
		next   string
	}{
		"it has":       {daemon: docker.Daemon{Major: 1, Minor: 50, Builder: "2", OS: "linux", Server: "Docker/28.2.2 (linux)"}},
		"older":        {daemon: docker.Daemon{Major: 1, Minor: 41, OS: "linux", Server: "Docker/20.10.24 (linux)"}},
		"none":         {err: errors.New("there is no docker command on PATH"), cause: "images cannot be built: there is no docker command", next: "start Docker"},
		"too old":      {daemon: docker.Daemon{Major: 1, Minor: 38, OS: "linux", Server: "Docker/18.06"}, cause: "this daemon does not: Docker/18.06 speaks API 1.38", next: "Docker 23"},
		"switched off": {daemon: docker.Daemon{Major: 1, Minor: 50, Builder: "1", OS: "linux", Server: "Docker/28"}, cause: "its builder is the classic one", next: `"buildkit": false`},
	} {
		t.Run(name, func(t *testing.T) {
			seen, err := builderReady(oneDaemon{row.daemon, row.err}).Run(t.Context())
			if row.cause == "" {
				require.NoError(t, err)
				assert.Equal(t, row.daemon.Server+" builds with BuildKit", seen)
				return
			}
			var failure *check.Failure
			require.ErrorAs(t, err, &failure)
			assert.Contains(t, failure.Cause, row.cause)
			assert.Contains(t, failure.Next, row.next)
		})
	}
}
