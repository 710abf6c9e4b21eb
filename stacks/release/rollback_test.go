package release

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/stacks"
)

// raised is what v1.1.0 changed of the configuration.
var raised = []string{"maxTasks: 10", "maxTasks: 12"}

// twoReleases is a stack that runs v1.1.0, with v1.0.0 before it.
func twoReleases(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, versioned(t, "v1.1.0", raised...))
	w.history = []Update{ran(2, "succeeded", config(t, versioned(t, "v1.1.0", raised...))), ran(1, "succeeded", config(t, fileText(t)))}
	w.outputs = outputs(record(1, "v1.0.0"), record(2, "v1.1.0"))
	w.previews = [][]Event{rolls()}
	return w
}

func TestRollback_IsANewUpdateWithTheOldRelease(t *testing.T) {
	w := twoReleases(t)
	w.answers = []bool{true}
	w.updates = append(w.updates, w.proves(record(1, "v1.0.0"), record(2, "v1.1.0"), record(3, "v1.0.0")))
	require.Equal(t, Proven, w.command().Rollback(t.Context(), "", false, false), w.out.String())
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

	require.Len(t, w.after, 1)
	assert.Equal(t, RolledBack, w.after[0].What)
	assert.Equal(t, "v1.1.0", w.after[0].From)
	assert.Equal(t, 2, w.after[0].Before.Release.Number)
	assert.Equal(t, 3, w.after[0].After.Release.Number)
	assert.Len(t, w.after[0].Events, 2)
}

func TestRollback_OfWhatIsProvenIsNothing(t *testing.T) {
	w := twoReleases(t)
	before := w.text()
	assert.Equal(t, Proven, w.command().Rollback(t.Context(), "v1.1.0", false, false))
	assert.Equal(t, "v1.1.0 is what runs, and it is proven: nothing to do.\n", w.out.String())
	assert.Empty(t, w.calls)
	assert.Equal(t, before, w.text())
	assert.Empty(t, w.after)
}

// Whatever speaks against it, the stack file is the same to the byte, and nobody was updated.
func TestRollback_RefusedLeavesEverythingAsItIs(t *testing.T) {
	for name, row := range map[string]struct {
		arrange func(*world)
		to      string
		yes     bool
		want    []string
	}{
		"a digest is gone": {
			arrange: func(w *world) { w.gone = []string{digest("v1.0.0", "frontend")} },
			want: []string{
				"images of v1.0.0 are gone:\n  frontend: registry.test/flowcomply-frontend@" + digest("v1.0.0", "frontend"), "next: choose a later release",
			},
		},
		"the schema has contracted": {
			arrange: func(w *world) { w.outputs = outputs(record(1, "v1.0.0"), record(2, "v1.1.0", "2_drop")) },
			want:    []string{"the database's schema has contracted since v1.0.0, which may not survive it:\n  2_drop, which was applied\nnext: ", "-force"},
		},
		"a service has no image in the record": {
			arrange: func(w *world) {
				old := record(1, "v1.0.0")
				delete(old.Images, "frontend")
				w.outputs = outputs(old, record(2, "v1.1.0"))
			},
			want: []string{"v1.0.0 is not a release of all services that there are now:\n  service frontend has no image in it"},
		},
		"it would replace the database": {
			arrange: func(w *world) {
				w.previews = [][]Event{append(rolls(), event(apitype.OpReplace, "aws:rds/instance:Instance", "database", true, epoch))}
			},
			want: []string{
				"going back to v1.0.0 would do more than run it again:\n  replace aws:rds/instance:Instance database: must stay, and holds data or is what others stand on",
			},
		},
		"it would build and migrate": {
			arrange: func(w *world) {
				w.previews = [][]Event{{
					event(apitype.OpUpdate, imageType, "backend-image", true, epoch), event(apitype.OpReplace, commandType, "migration", true, epoch),
				}}
			},
			want: []string{"migration: would migrate, and going back leaves the schema as it is", "backend-image: would make an image, and going back runs the old ones"},
		},
		"the engine refuses": {
			arrange: func(w *world) { w.refuse = errors.New("error: no") },
			want:    []string{"the preview failed, so that nothing was changed:\n  error: no"},
		},
		"another update runs": {
			arrange: func(w *world) {
				w.history = append([]Update{{Kind: "update", Result: "in-progress", Start: epoch, Config: w.history[0].Config}}, w.history...)
				w.history[0].Start = epoch.AddDate(0, 0, 1)
			},
			want: []string{"another update of the stack is running, since 2026-11-21 10:00 UTC\nnext: wait for it"},
		},
		"another update holds the lock": {
			arrange: func(w *world) {
				w.updates = append(w.updates, func() ([]Event, error) { return nil, ErrLocked })
			},
			yes:  true,
			want: []string{ErrLocked.Error() + ": nothing was changed\nnext: wait for it"},
		},
		"nobody to ask":       {want: []string{"nobody agreed: there is no terminal to ask at\nnext: use -yes"}},
		"somebody says no":    {arrange: func(w *world) { w.answers = []bool{false} }, want: []string{"not agreed: nothing was changed"}},
		"an unknown release":  {to: "v0.9.0", want: []string{"v0.9.0 was never proven on this stack\nnext: choose one of v1.1.0, v1.0.0"}},
		"no release is known": {arrange: func(w *world) { w.outputs = outputs() }, want: []string{"no release of this stack was proven yet"}},
		"the old configuration is none": {
			arrange: func(w *world) {
				w.history[1].Config = config(w.t, fileText(w.t, "maxTasks: 10", "maxTasks: 1"))
			},
			want: []string{"the stack file would not be one that the program takes:\n  configuration: flowcomply:services.backend.maxTasks: 1 is out of range"},
		},
		"somebody else edits the stack file": {
			arrange: func(w *world) {
				w.refuse, w.previews = nil, nil
				w.answers = []bool{true}
			},
			want: []string{"was changed by somebody else meanwhile"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := twoReleases(t)
			if row.arrange != nil {
				row.arrange(w)
			}
			before := w.text()
			command := w.command()
			if strings.HasPrefix(name, "somebody else") {
				command.Terminal = meddler{w}
				before += "# theirs\n"
			}
			assert.Equal(t, Refused, command.Rollback(t.Context(), row.to, row.yes, false), w.out.String())
			for _, want := range row.want {
				assert.Contains(t, w.out.String(), want)
			}
			assert.Equal(t, before, w.text())
			assert.Empty(t, w.after)
		})
	}
}

// meddler edits the stack file while they are asked.
type meddler struct{ *world }

func (m meddler) Ask(ctx context.Context, question string) (bool, error) {
	m.write(m.text() + "# theirs\n")
	return m.world.Ask(ctx, question)
}

func TestRollback_ForcedSaysOverWhat(t *testing.T) {
	w := twoReleases(t)
	w.outputs = outputs(record(1, "v1.0.0"), record(2, "v1.1.0", "2_drop"))
	w.updates = append(w.updates, w.proves(record(1, "v1.0.0"), record(2, "v1.1.0", "2_drop"), record(3, "v1.0.0")))
	assert.Equal(t, Proven, w.command().Rollback(t.Context(), "", true, true), w.out.String())
	assert.Contains(t, w.out.String(), "  !! FORCED over 2_drop, which was applied: v1.0.0 may not survive it\n")
}

func TestRollback_ThatFailsStaysNamedInTheStackFile(t *testing.T) {
	for name, row := range map[string]struct {
		events []Event
		exit   int
	}{
		"before services": {nil, Failed},
		"at verify":       {rolled(epoch), Left},
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
	ledger := w.outputs.Releases
	w.updates = append(w.updates, w.proves(append(ledger, record(3, "v1.0.0"))...))
	require.Equal(t, Proven, w.command().Rollback(t.Context(), "", true, false), w.out.String())
	w.history = append([]Update{ran(101, "succeeded", config(t, w.text()))}, w.history...)

	w.out.Reset()
	assert.Equal(t, Refused, w.command().Rollback(t.Context(), "", true, false))
	assert.Contains(t, w.out.String(), "v1.0.0 is the first release that was proven: there is none before it\nnext: name another with TO= (-to); proven were v1.0.0, v1.1.0")

	w.updates = append(w.updates, w.proves(append(ledger, record(3, "v1.0.0"), record(4, "v1.1.0"))...))
	require.Equal(t, Proven, w.command().Rollback(t.Context(), "v1.1.0", true, false), w.out.String())
	spec, err := stacks.Load(config(t, w.text()))
	require.NoError(t, err)
	assert.Equal(t, 12, spec.Services["backend"].MaxTasks)
	assert.Equal(t, 2, spec.Release.Pinned().Number)
}
