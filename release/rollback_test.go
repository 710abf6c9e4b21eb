package release

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/stacks"
)

// raised is what v1.1.0 changed of the configuration.
var raised = []string{"maxTasks: 10", "maxTasks: 12"}

// twoReleases is a stack that runs v1.1.0, with v1.0.0 before it.
func twoReleases(t *testing.T) *fixture {
	t.Helper()
	w := newFixture(t, versioned(t, "v1.1.0", raised...))
	w.history = []Update{ran(2, "succeeded", config(t, versioned(t, "v1.1.0", raised...))), ran(1, "succeeded", config(t, fileText(t)))}
	w.outputs = outputsWith(record(1, "v1.0.0"), record(2, "v1.1.0"))
	w.previews = [][]Event{rolls()}
	return w
}

func TestRollback_IsANewUpdateWithTheOldRelease(t *testing.T) {
	w := twoReleases(t)
	w.answers = []bool{true}
	w.updates = append(w.updates, w.proves(record(1, "v1.0.0"), record(2, "v1.1.0"), record(3, "v1.0.0")))
	require.Equal(t, exit.Done, w.command().Rollback(t.Context(), "", false, false), w.out.String())
	assert.Equal(t, []string{
		"ask for registry.test/flowcomply-backend", "ask for registry.test/flowcomply-frontend", "preview", "ask", "roll back to v1.0.0 (release 1)",
	}, w.calls)

	text := w.text()
	assert.Equal(t, []string{text}, w.updated)
	assert.Equal(t, []string{text}, w.drafts)
	spec, err := stacks.Load(config(t, text))
	require.NoError(t, err)
	assert.Equal(t, "v1.0.0", spec.Release.Version)
	assert.Equal(t, pinsOf(record(1, "v1.0.0")), spec.Release.Pinned())
	assert.Equal(t, 10, spec.Services["backend"].MaxTasks)
	for _, kept := range []string{salt, secrets, "      cpuTargetPercent: 60 # below the alarm at 80"} {
		assert.Contains(t, text, kept)
	}
	said := w.out.String()
	for _, line := range []string{
		"production: v1.1.0 is configured; going back to v1.0.0, release 1, proven 2026-11-20 11:10 UTC, commit cccccccccccc\n",
		"  backend        " + digest("v1.0.0", "backend") + "\n",
		"  stays as it is; nothing that v1.0.0 may use was taken from it since\n",
		"  services.backend.maxTasks                12 → 10\n",
		"3 changes: 0 builds, 0 snapshots, 0 migrations; nothing that holds data is replaced or deleted.\n",
		"v1.0.0 runs again and is proven, after 2m40s: 2m0s of it ECS rolling services, 40s on top (0s before the update, 20s before services, 20s from then on).\n",
	} {
		assert.Contains(t, said, line)
	}

	assert.NotContains(t, said, "release.version ")

	require.Len(t, w.after, 1)
	assert.Equal(t, RolledBack, w.after[0].What)
	assert.Equal(t, "v1.1.0", w.after[0].From)
	assert.Equal(t, 2, w.after[0].Before.Release.Number)
	assert.Equal(t, 3, w.after[0].After.Release.Number)
	assert.Len(t, w.after[0].Events, 2)
}

func TestRollback_EditsShortKeysWhereTheyStand(t *testing.T) {
	w := twoReleases(t)
	w.updates = append(w.updates, w.proves(record(1, "v1.0.0"), record(2, "v1.1.0"), record(3, "v1.0.0")))
	require.Equal(t, exit.Done, w.command().Rollback(t.Context(), "", true, false), w.out.String())
	long := w.text()

	w = twoReleases(t)
	w.write(strings.ReplaceAll(w.text(), "\n  "+prefix, "\n  "))
	w.updates = append(w.updates, w.proves(record(1, "v1.0.0"), record(2, "v1.1.0"), record(3, "v1.0.0")))
	require.Equal(t, exit.Done, w.command().Rollback(t.Context(), "", true, false), w.out.String())
	assert.Equal(t, config(t, long), config(t, w.text()))
	assert.Equal(t, 1, strings.Count(w.text(), "\n  "+prefix), "the pins are the only key that came")
}

func TestRollback_OfWhatIsProvenIsNothing(t *testing.T) {
	w := twoReleases(t)
	before := w.text()
	assert.Equal(t, exit.Done, w.command().Rollback(t.Context(), "v1.1.0", false, false))
	assert.Equal(t, "v1.1.0 is what runs, and it is proven: nothing to do.\n", w.out.String())
	assert.Empty(t, w.calls)
	assert.Equal(t, before, w.text())
	assert.Empty(t, w.after)
}

func TestRollback_ForcedSaysOverWhat(t *testing.T) {
	w := twoReleases(t)
	w.outputs = outputsWith(record(1, "v1.0.0"), record(2, "v1.1.0", "2_drop"))
	w.updates = append(w.updates, w.proves(record(1, "v1.0.0"), record(2, "v1.1.0", "2_drop"), record(3, "v1.0.0")))
	assert.Equal(t, exit.Done, w.command().Rollback(t.Context(), "", true, true), w.out.String())
	assert.Contains(t, w.out.String(), "  !! FORCED over 2_drop, which was applied: v1.0.0 may not survive it\n")
}

func TestRollback_ThatFailsStaysNamedInTheStackFile(t *testing.T) {
	for name, row := range map[string]struct {
		events []Event
		exit   int
	}{
		"before services": {nil, exit.Failed},
		"at verify":       {rolled(epoch), exit.LeftAsItIs},
	} {
		t.Run(name, func(t *testing.T) {
			w := twoReleases(t)
			w.updates = append(w.updates, w.fails(row.events...))
			assert.Equal(t, row.exit, w.command().Rollback(t.Context(), "", true, false))
			assert.Contains(t, w.text(), "release.version: v1.0.0")
			assert.Contains(t, w.out.String(), "names it, so that the next update goes on from here.")
			require.Len(t, w.after, 1)
			require.Error(t, w.after[0].Err)
			assert.Equal(t, row.exit, w.after[0].Exit)
		})
	}
}

// There and back: the second time goes to where the first came from only when asked to.
func TestRollback_Twice(t *testing.T) {
	w := twoReleases(t)
	releases := w.outputs.Releases
	w.updates = append(w.updates, w.proves(append(releases, record(3, "v1.0.0"))...))
	require.Equal(t, exit.Done, w.command().Rollback(t.Context(), "", true, false), w.out.String())
	w.history = append([]Update{ran(101, "succeeded", config(t, w.text()))}, w.history...)

	w.out.Reset()
	assert.Equal(t, exit.Refused, w.command().Rollback(t.Context(), "", true, false))
	assert.Contains(t, w.out.String(), "v1.0.0 is the first release that was proven: there is none before it\nnext: name another; proven were v1.0.0, v1.1.0")

	w.updates = append(w.updates, w.proves(append(releases, record(3, "v1.0.0"), record(4, "v1.1.0"))...))
	require.Equal(t, exit.Done, w.command().Rollback(t.Context(), "v1.1.0", true, false), w.out.String())
	spec, err := stacks.Load(config(t, w.text()))
	require.NoError(t, err)
	assert.Equal(t, 12, spec.Services["backend"].MaxTasks)
	assert.Equal(t, 2, spec.Release.Pinned().Number)
}
