//go:build e2e

package e2e

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/app"
	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/live"
)

// added is a migration that old code survives.
var added = app.Migration("20251101090000_add_note", `ALTER TABLE "Asset" ADD COLUMN "note" TEXT;`)

// release writes the stand-in application anew, sets the version and returns the stack, ready to be applied.
func (w world) release(t *testing.T, version string, options ...app.Option) engine.Stack {
	t.Helper()
	stack := w.stack(t)
	require.NoError(t, app.Build(t.Context(), w.root, filepath.Join(w.run, "app"), append(options, app.Version(version))...))
	require.NoError(t, app.Tag(t.Context(), filepath.Join(w.run, "app"), version))
	require.NoError(t, stack.Set(t.Context(), "flowcomply:release.version", version, false))
	return stack
}

func shown(stack engine.Stack) string { return stack.Out.(*bytes.Buffer).String() }

func (w world) migrates(t *testing.T) {
	t.Helper()
	stack := w.release(t, "v1.1.0", added)
	changes, err := stack.Up(t.Context())
	require.NoError(t, err, shown(stack))
	assert.Contains(t, shown(stack), "migrations: run; new are [20251101090000_add_note]")
	assert.Contains(t, shown(stack), "Applying migration `20251101090000_add_note`")
	assert.True(t, touched(changes, "command:local:Command", "migration"), "%v", changes)
	assert.True(t, touched(changes, serviceType, "backend"), "%v", changes)
	again, err := stack.Preview(t.Context())
	require.NoError(t, err)
	assert.Empty(t, again)
}

const serviceType = "aws:ecs/service:Service"

func (w world) stopsAtTheMigration(t *testing.T) {
	t.Helper()
	before, err := live.Open(t.Context(), w.stack(t))
	require.NoError(t, err)
	running, err := before.Service(t.Context(), "backend")
	require.NoError(t, err)

	stack := w.release(t, "v1.2.0", added, app.Migration("20251102090000_broken", `ALTER TABLE "Nowhere" ADD COLUMN "x" TEXT;`))
	changes, err := stack.Up(t.Context())
	require.Error(t, err)
	assert.Contains(t, shown(stack), "P3018")
	assert.Contains(t, shown(stack), "prisma migrate resolve --rolled-back")
	assert.False(t, touched(changes, serviceType, "backend") || touched(changes, serviceType, "frontend"), "%v", changes)
	after, err := before.Service(t.Context(), "backend")
	require.NoError(t, err)
	assert.Equal(t, running.TaskDefinition, after.TaskDefinition)

	again := w.stack(t)
	_, err = again.Up(t.Context())
	require.Error(t, err, "the migration is not taken for done")
	assert.Contains(t, shown(again), "P3009")
}

func touched(changes []engine.Change, typ, name string) bool {
	for _, change := range changes {
		if change.Type == typ && change.Name == name {
			return true
		}
	}
	return false
}
