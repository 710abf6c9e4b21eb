package release

import (
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/release/part"
)

func TestSteps_AreWhatAPreviewWouldChange(t *testing.T) {
	replaced := event(apitype.OpReplace, taskType, "backend-task", true, epoch)
	replaced.ResourcePreEvent.Metadata.Diffs = []string{"tags", "containerDefinitions", "tags"}
	protected := event(apitype.OpDelete, "aws:sns/topic:Topic", "t", true, epoch)
	protected.ResourcePreEvent.Metadata.Old = &apitype.StepEventStateMetadata{Protect: true}
	got := Steps([]Event{
		event(apitype.OpSame, part.ServiceType, "frontend", true, epoch),
		event(apitype.OpUpdate, part.ServiceType, "backend", true, epoch),
		event(apitype.OpUpdate, part.ServiceType, "backend", true, epoch),
		event(apitype.OpCreateReplacement, taskType, "backend-task", true, epoch), replaced,
		event(apitype.OpDeleteReplaced, taskType, "backend-task", true, epoch), protected,
		event(apitype.OpDeleteReplaced, "aws:rds/instance:Instance", "database", true, epoch), // of an update that did not end
		event(apitype.OpUpdate, "pulumi:pulumi:Stack", "flowcomply-production", true, epoch),
		event(apitype.OpCreate, "pulumi:providers:aws", "main", true, epoch),
		{EngineEvent: apitype.EngineEvent{SummaryEvent: &apitype.SummaryEvent{}}},
	})
	assert.Equal(t, []Step{
		{Op: "update", Type: part.ServiceType, Name: "backend"},
		{Op: "replace", Type: taskType, Name: "backend-task", Diffs: []string{"containerDefinitions", "tags"}},
		{Op: "delete", Type: "aws:rds/instance:Instance", Name: "database"},
		{Op: "delete", Type: "aws:sns/topic:Topic", Name: "t", Protected: true},
	}, got)
}

func TestStarted_CountsWhatRuns(t *testing.T) {
	assert.True(t, Started(rolled(epoch), part.Service))
	assert.False(t, Started(rolls(), part.Service), "a preview begins nothing")
	assert.False(t, Started([]Event{event(apitype.OpSame, part.ServiceType, "backend", false, epoch)}, part.Service))
	assert.True(t, Started([]Event{event(apitype.OpCreateReplacement, part.CommandType, "migration", false, epoch)}, part.Migration))
	assert.False(t, Started([]Event{event(apitype.OpUpdate, part.CommandType, "migration", false, epoch)}, part.Migration), "an update of a step runs nothing")
	assert.False(t, Started([]Event{event(apitype.OpDelete, part.ServiceType, "worker", false, epoch)}, part.Service))
}

func TestReport_IsWhatVerifyWroteLast(t *testing.T) {
	wrote := func(name, text string, op apitype.OpType) Event {
		e := done(op, part.CommandType, name, epoch)
		e.ResOutputsEvent.Metadata.New = &apitype.StepEventStateMetadata{Outputs: map[string]any{"stdout": text}}
		return e
	}
	assert.Equal(t, `{"ok":2}`, string(report([]Event{
		wrote("verify", `{"ok":1}`, apitype.OpSame), wrote("verify", `{"ok":2}`, apitype.OpCreate), wrote("migration", `{"ok":3}`, apitype.OpCreate),
	})))
	assert.Empty(t, report([]Event{wrote("verify", "no JSON", apitype.OpCreate), done(apitype.OpCreate, part.CommandType, "verify", epoch)}))
}

func TestTimingOf_CountsOverlapsOnceAndLeavesGapsOut(t *testing.T) {
	at := func(seconds int) time.Time { return epoch.Add(time.Duration(seconds) * time.Second) }
	for name, row := range map[string]struct {
		events []Event
		want   Timing
	}{
		"no service": {nil, Timing{Total: 90 * time.Second, Asking: 10 * time.Second, Before: 80 * time.Second}},
		"side by side, and one later": {
			[]Event{
				event(apitype.OpUpdate, part.ServiceType, "backend", false, at(40)), event(apitype.OpCreate, part.ServiceType, "frontend", false, at(45)),
				done(apitype.OpUpdate, part.ServiceType, "backend", at(60)), done(apitype.OpCreate, part.ServiceType, "frontend", at(65)),
				event(apitype.OpUpdate, part.ServiceType, "worker", false, at(75)), done(apitype.OpUpdate, part.ServiceType, "worker", at(95)),
			},
			Timing{Total: 90 * time.Second, Rolling: 45 * time.Second, Asking: 10 * time.Second, Before: 10 * time.Second, After: 15 * time.Second},
		},
		"one that never ended": {
			[]Event{event(apitype.OpUpdate, part.ServiceType, "backend", false, at(100))},
			Timing{Total: 90 * time.Second, Rolling: 10 * time.Second, Asking: 10 * time.Second, Before: 70 * time.Second},
		},
		"one that failed": {
			[]Event{
				event(apitype.OpUpdate, part.ServiceType, "backend", false, at(50)),
				{EngineEvent: apitype.EngineEvent{ResOpFailedEvent: &apitype.ResOpFailedEvent{Metadata: metadata(apitype.OpUpdate, part.ServiceType, "backend")}}, At: at(80)},
			},
			Timing{Total: 90 * time.Second, Rolling: 30 * time.Second, Asking: 10 * time.Second, Before: 20 * time.Second, After: 30 * time.Second},
		},
	} {
		t.Run(name, func(t *testing.T) {
			// Asked from 0, waited 20 seconds for an answer, updated from 30 to 110.
			got := TimingOf(at(0), at(30), at(110), 20*time.Second, row.events)
			assert.Equal(t, row.want, got)
			assert.Equal(t, got.Total, got.Rolling+got.Overhead())
		})
	}
}
