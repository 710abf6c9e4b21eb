package release

import (
	"context"
	"errors"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/stacks"
)

// oneRelease is a stack that runs v1.0.0.
func oneRelease(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, fileText(t))
	w.history = []Update{ran(1, "succeeded", config(t, fileText(t)))}
	w.outputs = outputs(record(1, "v1.0.0"))
	w.previews = [][]Event{rolls()}
	return w
}

func TestApply_ReleasesAndSaysWhatToLookAt(t *testing.T) {
	w := oneRelease(t)
	note := Event{EngineEvent: apitype.EngineEvent{DiagnosticEvent: &apitype.DiagnosticEvent{Severity: "info", Message: "migrations: run; new are [2]\n"}}}
	w.previews = [][]Event{append(rolls(), note,
		event(apitype.OpUpdate, imageType, "backend-image", true, epoch), event(apitype.OpCreate, commandType, "snapshot", true, epoch),
		event(apitype.OpReplace, commandType, "migration", true, epoch), event(apitype.OpDelete, "aws:sns/topic:Topic", "old", true, epoch))}
	w.answers = []bool{true}
	w.updates = append(w.updates, w.proves(record(1, "v1.0.0"), record(2, "v1.1.0")))
	require.Equal(t, Proven, w.command().Apply(t.Context(), "v1.1.0", "", false), w.out.String())
	assert.Equal(t, versioned(t, "v1.1.0"), w.text())
	for _, line := range []string{
		"production: v1.0.0 is configured; releasing v1.1.0\n", "  migrations: run; new are [2]\n", "\n7 changes\n",
		"  builds               backend-image\n", "  snapshot             snapshot\n", "  migrates             migration\n", "  services that roll   backend\n",
		"  replaced             backend-task, migration\n", "  deleted              old\n",
		"if it fails: goes back to the last proven release by itself, once services have begun to change\n",
		"v1.1.0 runs and is proven, after 2m40s",
	} {
		assert.Contains(t, w.out.String(), line)
	}
	require.Len(t, w.after, 1)
	assert.Equal(t, Released, w.after[0].What)
	assert.Equal(t, Proven, w.after[0].Exit)
}

// Pins are a rollback's; a release is built from its source again.
func TestApply_TakesThePinsOut(t *testing.T) {
	w := oneRelease(t)
	const source = "  flowcomply:release.source:"
	w.write(fileText(t, source, "  flowcomply:release.pins:\n    number: 1\n    version: v1.0.0\n    digests:\n      backend: "+digest("v1.0.0", "backend")+"\n"+source))
	w.updates = append(w.updates, w.proves(record(2, "v1.1.0")))
	require.Equal(t, Proven, w.command().Apply(t.Context(), "v1.1.0", "", true), w.out.String())
	assert.Equal(t, versioned(t, "v1.1.0"), w.text())
}

func TestApply_OfWhatIsProvenIsNothing(t *testing.T) {
	w := oneRelease(t)
	w.previews = [][]Event{{event(apitype.OpSame, serviceType, "backend", true, epoch)}}
	assert.Equal(t, Proven, w.command().Apply(t.Context(), "v1.0.0", "", false))
	assert.Contains(t, w.out.String(), "v1.0.0 is what runs, and it is proven: nothing to do.\n")
	assert.Empty(t, w.after)
}

func TestApply_RefusedLeavesEverythingAsItIs(t *testing.T) {
	for name, row := range map[string]struct {
		version string
		arrange func(*world)
		yes     bool
		want    string
	}{
		"no version": {version: "latest", want: "the stack file would not be one that the program takes:\n  configuration: flowcomply:release.version: \"latest\" is malformed"},
		"a preview that fails": {
			version: "v1.1.0", arrange: func(w *world) { w.refuse = errors.New("error: migration 2_drop is destructive") },
			want: "the preview failed, so that nothing was changed:\n  error: migration 2_drop is destructive",
		},
		"nobody to ask": {version: "v1.1.0", want: "nobody agreed: there is no terminal to ask at"},
		"the database, agreed beforehand": {
			version: "v1.1.0", yes: true,
			arrange: func(w *world) {
				w.previews = [][]Event{{event(apitype.OpReplace, "aws:rds/instance:Instance", "database", true, epoch)}}
			},
			want: "nobody agrees beforehand to that which holds data",
		},
		"another update runs": {
			version: "v1.1.0", yes: true, arrange: func(w *world) { w.history[0].Result = "in-progress" }, want: "another update of the stack is running",
		},
		"another update holds the lock": {
			version: "v1.1.0", yes: true,
			arrange: func(w *world) { w.updates = append(w.updates, func() ([]Event, error) { return nil, ErrLocked }) },
			want:    ErrLocked.Error() + ": nothing was changed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := oneRelease(t)
			if row.arrange != nil {
				row.arrange(w)
			}
			assert.Equal(t, Refused, w.command().Apply(t.Context(), row.version, "", row.yes), w.out.String())
			assert.Contains(t, w.out.String(), row.want)
			assert.Equal(t, fileText(t), w.text())
			assert.Empty(t, w.after)
		})
	}
}

// The next `up` of anybody would try the release again; the command that makes it knows the version.
func TestApply_ThatFailsBeforeServicesPutsTheStackFileBack(t *testing.T) {
	w := oneRelease(t)
	w.updates = append(w.updates, w.fails(event(apitype.OpCreate, commandType, "migration", false, epoch)))
	assert.Equal(t, Failed, w.command().Apply(t.Context(), "v1.1.0", "", true))
	assert.Equal(t, fileText(t), w.text())
	assert.Contains(t, w.out.String(), "No service had begun to change: what served before serves.")
	require.Len(t, w.after, 1)
	assert.False(t, w.after[0].Began)
	assert.Nil(t, w.after[0].Rollback)
}

// failing is a release that fails once the backend has changed.
func failing(t *testing.T) *world {
	t.Helper()
	w := oneRelease(t)
	w.write(fileText(t, raised...)) // goes with the release
	w.updates = append(w.updates, w.fails(rolled(epoch)...))
	return w
}

func TestApply_AFailureIsDealtWithByPolicy(t *testing.T) {
	release, back := "release v1.1.0", "roll back to v1.0.0 (release 1)"
	for name, row := range map[string]struct {
		policy  stacks.OnFailure
		answers []bool
		arrange func(*world)
		exit    int
		last    string // of the calls
		says    string
	}{
		"rollback":               {exit: Failed, last: back, says: "Services had begun to change: going back (release.onFailure is rollback)."},
		"kept":                   {policy: stacks.Keep, exit: Left, last: release, says: "v1.1.0 is left as it is, and"},
		"asked, yes":             {policy: stacks.Ask, answers: []bool{true}, exit: Failed, last: back, says: "v1.0.0 runs again and is proven"},
		"asked, no":              {policy: stacks.Ask, answers: []bool{false}, exit: Left, last: "ask", says: "or go back: make rollback STACK=production"},
		"asked, and nobody here": {policy: stacks.Ask, exit: Left, last: "ask", says: "there is no terminal to ask at"},
		"the rollback is refused": {
			arrange: func(w *world) { w.gone = []string{digest("v1.0.0", "backend")} },
			exit:    Left, last: "ask for registry.test/flowcomply-frontend", says: "images of v1.0.0 are gone",
		},
		"the rollback fails too": {
			arrange: func(w *world) { w.updates = append(w.updates[:1], w.fails(rolled(epoch)...)) },
			exit:    RollbackFailed, last: back, says: "v1.1.0 and going back from it both failed",
		},
		"it had begun to migrate, destructively": {
			arrange: func(w *world) {
				w.updates[0] = w.fails(append(rolled(epoch), event(apitype.OpReplace, commandType, "migration", false, epoch))...)
				w.write(fileText(w.t, "    timeoutMinutes: 30\n  flowcomply:secrets", "    timeoutMinutes: 30\n    allowDestructive: [2_drop]\n  flowcomply:secrets"))
			},
			exit: Left, last: release, says: "2_drop, which an update that failed was allowed to apply and may have applied",
		},
		"it had not come to a destructive migration": {
			arrange: func(w *world) {
				w.write(fileText(w.t, "    timeoutMinutes: 30\n  flowcomply:secrets", "    timeoutMinutes: 30\n    allowDestructive: [2_drop]\n  flowcomply:secrets"))
			},
			exit: Failed, last: back, says: "v1.0.0 runs again and is proven",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := failing(t)
			w.updates = append(w.updates, w.proves(record(1, "v1.0.0"), record(2, "v1.0.0")))
			w.answers = row.answers
			if row.arrange != nil {
				row.arrange(w)
			}
			assert.Equal(t, row.exit, w.command().Apply(t.Context(), "v1.1.0", row.policy, true), w.out.String())
			assert.Equal(t, row.last, w.calls[len(w.calls)-1])
			assert.Contains(t, w.out.String(), row.says)
			spec, err := stacks.Load(config(t, w.text()))
			require.NoError(t, err)
			if row.last == back {
				assert.Equal(t, "v1.0.0", spec.Release.Version)
				assert.Equal(t, 10, spec.Services["backend"].MaxTasks, "the configuration goes back with the release")
			} else {
				assert.Equal(t, "v1.1.0", spec.Release.Version)
			}
			require.Len(t, w.after, 1)
			assert.Equal(t, row.exit, w.after[0].Exit)
			assert.Equal(t, row.last == back, w.after[0].Rollback != nil)
		})
	}
}

func TestApply_InterruptedIsNeverGoneBackFromWithoutAsking(t *testing.T) {
	for name, row := range map[string]struct {
		events  []Event
		answers []bool
		exit    int
		last    string
	}{
		"nobody answers":  {events: rolled(epoch), exit: Left, last: "ask"},
		"go back":         {events: rolled(epoch), answers: []bool{true}, exit: Failed, last: "roll back to v1.0.0 (release 1)"},
		"before services": {exit: Failed, last: "release v1.1.0"},
	} {
		t.Run(name, func(t *testing.T) {
			w := oneRelease(t)
			fail := w.fails(row.events...)
			w.updates = append(w.updates, func() ([]Event, error) { w.cancel(); return fail() }, w.proves(record(1, "v1.0.0"), record(2, "v1.0.0")))
			w.answers = row.answers
			assert.Equal(t, row.exit, w.command().Apply(context.Background(), "v1.1.0", stacks.GoBack, true), w.out.String())
			assert.Equal(t, row.last, w.calls[len(w.calls)-1])
			require.Len(t, w.after, 1)
			assert.True(t, w.after[0].Interrupted)
		})
	}
}

func TestApply_TheFirstReleaseHasNothingToGoBackTo(t *testing.T) {
	w := failing(t)
	w.history, w.outputs = nil, outputs()
	assert.Equal(t, Left, w.command().Apply(t.Context(), "v1.0.0", "", true))
	assert.Contains(t, w.out.String(), "no release of this stack was proven yet")
}
