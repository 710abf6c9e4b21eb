package restore

import (
	"errors"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/database"
	"github.com/flowcomply/infrastructure/internal/exit"
)

// swapped is a stack whose copy is in use and proven.
func swapped(t *testing.T, phase database.Phase) *fixture {
	t.Helper()
	w := newFixture(t, under(phase)...)
	copied := *w.instances[first]
	copied.ID, copied.Created = second, now
	w.instances[second] = &copied
	w.outputs.DatabaseIdentifier = second
	w.steps["restored"] = []apitype.StepEventMetadata{step(apitype.OpDelete, instanceType, "database", false)}
	w.steps["main"] = []apitype.StepEventMetadata{step(apitype.OpDelete, instanceType, "database-restored", false)}
	return w
}

func TestConfirm_DropsTheInstanceBefore(t *testing.T) {
	for phase, want := range map[database.Phase][]string{
		database.Cutover: {
			"preview: main discard " + shot, "ask: Delete flowcomply-production, and keep flowcomply-production-restored?",
			"update: main discard " + shot, "preview: restored", "update: restored",
		},
		database.Cleanup: {
			"ask: Delete flowcomply-production, and keep flowcomply-production-restored?", "update: main discard " + shot, "preview: restored", "update: restored",
		},
	} {
		w := swapped(t, phase)
		require.Equal(t, exit.Done, w.confirm(false), w.out.String())
		assert.Equal(t, want, w.calls, phase)
		assert.Equal(t, "restored", w.state(w.file), "and no restore is under way")
		assert.NotContains(t, w.instances, first)
		assert.Contains(t, w.out.String(), "stays     flowcomply-production-restored, available, made 2026-11-24 12:00:00 UTC")
		assert.Contains(t, w.out.String(), "it is in the last snapshot, flowcomply-production-replaced-"+shot)
	}
}

// The second restore ends in the slot that no key names.
func TestConfirm_ReturnsToTheFirstName(t *testing.T) {
	w := newFixture(t, append(under(database.Cutover), "database.slot: restored")...)
	w.instances[second] = w.instances[first]
	w.steps["main"] = []apitype.StepEventMetadata{step(apitype.OpDelete, instanceType, "database-restored", false)}
	require.Equal(t, exit.Done, w.confirm(true), w.out.String())
	assert.Equal(t, "main", w.state(w.file))
	assert.NotContains(t, w.instances, second)
}

func TestConfirm_Refuses(t *testing.T) {
	for name, row := range map[string]struct {
		phase database.Phase
		make  func(*fixture)
		want  string
	}{
		"nothing":    {"", nil, "no restore is under way"},
		"a hold":     {database.Drain, nil, "it is in phase hold, and there is nothing to confirm"},
		"one undone": {database.Revert, nil, "it is in phase back"},
		"a no":       {database.Cutover, func(w *fixture) { w.answer = errNo }, "not agreed"},
		"not proven": {database.Cutover, func(w *fixture) { w.outputs.DatabaseIdentifier = first }, "flowcomply-production-restored was not proven yet"},
		"a name that is taken": {database.Cutover, func(w *fixture) {
			w.snapshots = append(w.snapshots, Snapshot{ID: "flowcomply-production-replaced-" + shot, Of: first})
		}, "there is a snapshot flowcomply-production-replaced-" + shot + " already"},
		"a preview that does more": {database.Cutover, func(w *fixture) {
			w.steps["main discard"] = []apitype.StepEventMetadata{step(apitype.OpDelete, "aws:kms/key:Key", "data", false)}
		}, "delete aws:kms/key:Key data"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newFixture(t)
			if row.phase != "" {
				w = swapped(t, row.phase)
			}
			if row.make != nil {
				row.make(w)
			}
			before := w.state(w.file)
			assert.Equal(t, exit.Refused, w.confirm(false), w.out.String())
			assert.Contains(t, w.out.String(), row.want)
			assert.Equal(t, before, w.state(w.file))
		})
	}
}

// What is deleted is the one instance, and only once its protection is off.
func TestConfirm_DeletesNothingElse(t *testing.T) {
	for name, steps := range map[string][]apitype.StepEventMetadata{
		"a protected one":           {step(apitype.OpDelete, instanceType, "database", true)},
		"the copy":                  {step(apitype.OpDelete, instanceType, "database-restored", false)},
		"one more":                  {step(apitype.OpDelete, instanceType, "database", false), step(apitype.OpDelete, "aws:cloudwatch/logGroup:LogGroup", "database-postgresql", false)},
		"another one's replacement": {step(apitype.OpReplace, instanceType, "database", false)},
	} {
		w := swapped(t, database.Cutover)
		w.steps["restored"] = steps
		assert.Equal(t, exit.LeftAsItIs, w.confirm(true), name)
		assert.Contains(t, w.out.String(), "flowcomply-production is not deleted yet; "+w.again("--confirm")+" goes on", name)
		assert.Equal(t, "main discard "+shot, w.state(w.file), name)
		assert.Contains(t, w.instances, first, name)
	}
}

func TestUndo_GoesBackAndDropsTheCopy(t *testing.T) {
	w := swapped(t, database.Cutover)
	require.Equal(t, exit.Done, w.undo(false), w.out.String())
	assert.Equal(t, []string{
		"preview: main back " + shot, "ask: Use flowcomply-production again, and delete flowcomply-production-restored?",
		"update: main back " + shot, "preview: main", "update: main",
	}, w.calls)
	assert.Equal(t, "main", w.state(w.file))
	assert.NotContains(t, w.instances, second)
	assert.Contains(t, w.out.String(), "what is only in flowcomply-production-restored; it is in the last snapshot, flowcomply-production-restored-replaced-"+shot)

	w = swapped(t, database.Revert)
	require.Equal(t, exit.Done, w.undo(true), w.out.String())
	assert.Equal(t, []string{"update: main back " + shot, "preview: main", "update: main"}, w.calls)
}

func TestUndo_LetsServicesRunWhereThereIsNoCopy(t *testing.T) {
	for _, phase := range []database.Phase{database.Drain, database.Cutover} {
		w := newFixture(t, under(phase)...)
		require.Equal(t, exit.Done, w.undo(false), w.out.String())
		assert.Equal(t, []string{"preview: main", "ask: Let what uses flowcomply-production run again?", "update: main"}, w.calls, phase)
	}
}

func TestUndo_RefusesAndFails(t *testing.T) {
	w := newFixture(t)
	assert.Equal(t, exit.Refused, w.undo(true))
	assert.Contains(t, w.out.String(), "restore the last snapshot of the instance before")
	w = swapped(t, database.Cleanup)
	assert.Equal(t, exit.Refused, w.undo(true))
	assert.Contains(t, w.out.String(), "the instance before may be gone")
	w = swapped(t, database.Cutover)
	w.fail["main back"] = errors.New("boom")
	assert.Equal(t, exit.LeftAsItIs, w.undo(true))
	assert.Contains(t, w.out.String(), "both instances are there; "+w.again("--undo")+" goes on")
}
