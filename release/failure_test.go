package release

import (
	"context"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/release/part"
	"github.com/flowcomply/infrastructure/stacks"
)

// failing is a release that fails once the backend has changed.
func failing(t *testing.T) *fixture {
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
		arrange func(*fixture)
		exit    int
		last    string // of the calls
		says    string
	}{
		"rollback":               {exit: exit.Failed, last: back, says: "Services had begun to change: going back (release.onFailure is rollback)."},
		"kept":                   {policy: stacks.Keep, exit: exit.LeftAsItIs, last: release, says: "v1.1.0 is left as it is, and"},
		"asked, yes":             {policy: stacks.Ask, answers: []bool{true}, exit: exit.Failed, last: back, says: "v1.0.0 runs again and is proven"},
		"asked, no":              {policy: stacks.Ask, answers: []bool{false}, exit: exit.LeftAsItIs, last: "ask", says: "or go back: flowcomply rollback --stack production"},
		"asked, and nobody here": {policy: stacks.Ask, exit: exit.LeftAsItIs, last: "ask", says: "there is no terminal to ask at"},
		"the rollback is refused": {
			arrange: func(w *fixture) { w.gone = []string{digest("v1.0.0", "backend")} },
			exit:    exit.LeftAsItIs, last: "ask for registry.test/flowcomply-frontend", says: "images of v1.0.0 are gone",
		},
		"the rollback fails too": {
			arrange: func(w *fixture) { w.updates = append(w.updates[:1], w.fails(rolled(epoch)...)) },
			exit:    exit.RollbackFailed, last: back, says: "v1.1.0 and going back from it both failed",
		},
		"it had begun to migrate, destructively": {
			arrange: func(w *fixture) {
				w.updates[0] = w.fails(append(rolled(epoch), event(apitype.OpReplace, part.CommandType, "migration", false, epoch))...)
				w.write(fileText(w.t, "    timeoutMinutes: 30\n  flowcomply:secrets", "    timeoutMinutes: 30\n    allowDestructive: [2_drop]\n  flowcomply:secrets"))
			},
			exit: exit.LeftAsItIs, last: release, says: "2_drop, which an update that failed was allowed to apply and may have applied",
		},
		"it had not come to a destructive migration": {
			arrange: func(w *fixture) {
				w.write(fileText(w.t, "    timeoutMinutes: 30\n  flowcomply:secrets", "    timeoutMinutes: 30\n    allowDestructive: [2_drop]\n  flowcomply:secrets"))
			},
			exit: exit.Failed, last: back, says: "v1.0.0 runs again and is proven",
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
		"nobody answers":  {events: rolled(epoch), exit: exit.LeftAsItIs, last: "ask"},
		"go back":         {events: rolled(epoch), answers: []bool{true}, exit: exit.Failed, last: "roll back to v1.0.0 (release 1)"},
		"before services": {exit: exit.Failed, last: "release v1.1.0"},
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
	w.history, w.outputs = nil, outputsWith()
	assert.Equal(t, exit.LeftAsItIs, w.command().Apply(t.Context(), "v1.0.0", "", true))
	assert.Contains(t, w.out.String(), "no release of this stack was proven yet")
}
