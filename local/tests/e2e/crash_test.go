//go:build e2e

package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/harness"
	"github.com/flowcomply/infrastructure/local/run"
	"github.com/flowcomply/infrastructure/local/tests/crash"
)

// killed is how many updates are killed here; `make soak` kills more.
const killed = 3

// killsReleases goes on from a promotion, with images that are built again.
func (f fixture) killsReleases(t *testing.T) {
	program, err := harness.Build(t.Context(), f.root, "./cmd/flowcomply", t.TempDir())
	require.NoError(t, err)
	stack := f.stack(t)
	for key, value := range map[string]string{"flowcomply:release.images": "build", "flowcomply:release.gate": ""} {
		require.NoError(t, stack.Set(t.Context(), key, value, false))
	}
	require.NoError(t, crash.Run(t.Context(), stack, crash.Settings{
		Count: killed, Seed: 1, Program: program, Out: t.Output(), Prepare: run.Releases(f.root, stack, added),
	}))
}
