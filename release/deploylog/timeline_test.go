package deploylog

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests read what the counted engine wrote for --event-log (testdata/*.events.json: a stack of commands, inputs and
// outputs taken out) and `pulumi stack export` after it. Timing beyond that is made of events by hand. They do not prove
// that another version of the engine writes the same.

// readEvents records a file that the engine wrote for --event-log: one event a line, with times in whole seconds. Half a
// line at the end, of a killed engine, is ignored. Of several operations in a file, such as a preview before an update, the
// last counts.
func readEvents(in io.Reader) (*Recorder, error) {
	recorder := &Recorder{}
	for decoder := json.NewDecoder(bufio.NewReader(in)); ; {
		var event apitype.EngineEvent
		err := decoder.Decode(&event)
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return recorder, nil
		case err != nil:
			return nil, fmt.Errorf("event %d of the engine: %w; --event-log writes one JSON object a line", recorder.count+1, err)
		}
		recorder.Add(event, time.Unix(int64(event.Timestamp), 0))
	}
}

func recorded(t *testing.T, name string) *Recorder {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name+".events.json"))
	require.NoError(t, err)
	defer file.Close()
	recorder, err := readEvents(file)
	require.NoError(t, err)
	return recorder
}

func exported(t *testing.T) Dependencies {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "state.json"))
	require.NoError(t, err)
	var state apitype.UntypedDeployment
	require.NoError(t, json.Unmarshal(text, &state))
	known, err := ReadState(state)
	require.NoError(t, err)
	return known
}

func labels(steps []Step) []string {
	var all []string
	for _, step := range steps {
		all = append(all, step.verb()+" "+step.Label())
	}
	return all
}

// A first update: neither components nor plugins nor the stack itself are steps.
func TestReadEvents_FirstUpdate(t *testing.T) {
	timeline := recorded(t, "first").Timeline(exported(t))
	assert.Equal(t, []string{
		"run Preflight", "run Snapshot", "run Image frontend", "run Image backend", "run Migration", "create frontend-service", "create backend-service", "run Verify",
	}, labels(timeline.Steps))
	assert.Equal(t, []string{"run Preflight", "run Snapshot", "run Migration", "create backend-service", "run Verify"}, labels(timeline.CriticalPath()))
	assert.Equal(t, apitype.OperationResultSucceeded, timeline.Result)
	assert.Equal(t, 34*time.Second, timeline.Took())
	assert.Equal(t, 3*time.Second, timeline.Steps[1].Took())
	assert.Equal(t, "migration (Migration)", timeline.Steps[1].Group)
	assert.Equal(t, "stack", timeline.Steps[0].Group)
	assert.Equal(t, []Problem{{Message: "a warning of the program"}}, timeline.Problems, "what is shown while it runs, and messages, are none")
	assert.Zero(t, timeline.Unchanged)
}

// A failed update: its step has the engine's message, once, and is found by the clock, as it is not in the state.
func TestReadEvents_FailedUpdate(t *testing.T) {
	known := exported(t)
	for urn := range known {
		if strings.HasSuffix(urn, "::migration") && strings.Contains(urn, "Command") {
			delete(known, urn)
		}
	}
	timeline := recorded(t, "failed").Timeline(known)
	assert.Equal(t, apitype.OperationResultFailed, timeline.Result)
	failed := timeline.Failed()
	require.Len(t, failed, 1)
	assert.Equal(t, "run failed Migration", labels(failed)[0])
	assert.Equal(t, Migration, failed[0].Phase)
	assert.True(t, failed[0].Guessed)
	require.Len(t, failed[0].Causes, 1)
	assert.True(t, strings.HasPrefix(failed[0].Causes[0], `command "migration": create: exit status 7`))
	assert.Equal(t, []string{"run Preflight", "run Snapshot", "run failed Migration"}, labels(timeline.CriticalPath()))
	assert.Equal(t, []Problem{{Message: "a warning of the program"}}, timeline.Problems, "neither the cause again nor \"update failed\"")
}

// A replacement is two operations and not three, and deleting the old half is no step of the release.
func TestReadEvents_Replacements(t *testing.T) {
	timeline := recorded(t, "replaced").Timeline(exported(t))
	assert.Equal(t, []string{"run Migration", "replace backend-service", "replace frontend-service", "run Verify"}, labels(timeline.Steps)[:4])
	deletions := timeline.Steps[4:]
	assert.Len(t, deletions, 8)
	for _, step := range deletions {
		assert.Equal(t, apitype.OpDelete, step.Op)
		assert.Empty(t, step.Phase)
		assert.True(t, step.Guessed)
	}
	path := labels(timeline.CriticalPath())
	assert.Equal(t, []string{"run Migration", "replace backend-service", "run Verify"}, path[:3])
	assert.Len(t, timeline.Of(Migration), 1)
	assert.Equal(t, 4, timeline.Unchanged, "resources, not components or plugins")
}

func TestReadEvents_OfAKilledEngine(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "first.events.json"))
	require.NoError(t, err)
	cut := strings.Index(string(text), `{"sequence":26`)
	recorder, err := readEvents(strings.NewReader(string(text[:cut+40])))
	require.NoError(t, err)
	timeline := recorder.Timeline(nil)
	assert.Empty(t, timeline.Result)
	last := timeline.Steps[len(timeline.Steps)-1]
	assert.Equal(t, "run not finished Migration", labels([]Step{last})[0])
	assert.True(t, last.Unfinished && last.Critical && !last.Failed)
	assert.Equal(t, timeline.End, last.End)
}

func TestReadEvents_FailsOnWhatIsNoRecord(t *testing.T) {
	_, err := readEvents(strings.NewReader("{}\nnot json\n"))
	require.ErrorContains(t, err, "event 2 of the engine: invalid character")
}

// event makes events of one resource of a type, named as the test likes.
func event(op apitype.OpType, urn string) apitype.StepEventMetadata {
	typ := urn[strings.Index(urn, "p::")+3 : strings.LastIndex(urn, "::")]
	state := &apitype.StepEventStateMetadata{URN: urn, Type: typ, Custom: true}
	return apitype.StepEventMetadata{Op: op, URN: urn, Type: typ, New: state, Old: state}
}

func begins(op apitype.OpType, urn string) apitype.EngineEvent {
	return apitype.EngineEvent{ResourcePreEvent: &apitype.ResourcePreEvent{Metadata: event(op, urn)}}
}

func ends(op apitype.OpType, urn string) apitype.EngineEvent {
	return apitype.EngineEvent{ResOutputsEvent: &apitype.ResOutputsEvent{Metadata: event(op, urn)}}
}

const (
	keyURN   = "urn:pulumi:s::p::aws:kms/key:Key::key"
	topicURN = "urn:pulumi:s::p::aws:sns/topic:Topic::topic"
	ruleURN  = "urn:pulumi:s::p::aws:sns/topicPolicy:TopicPolicy::rule"
)

// Looking is not working, a preview before the update is not the update, and the caller's clock is finer than the engine's.
func TestRecorder_Add(t *testing.T) {
	at := func(ms int) time.Time { return time.UnixMilli(1765000000000 + int64(ms)) }
	recorder := &Recorder{}
	recorder.Add(apitype.EngineEvent{PreludeEvent: &apitype.PreludeEvent{}}, at(0))
	recorder.Add(begins(apitype.OpCreate, topicURN), at(1))
	recorder.Add(apitype.EngineEvent{PreludeEvent: &apitype.PreludeEvent{}}, at(1000))
	planned := begins(apitype.OpCreate, keyURN)
	planned.ResourcePreEvent.Planning = true
	recorder.Add(planned, at(1001))
	for _, op := range []apitype.OpType{apitype.OpSame, apitype.OpRead, apitype.OpRefresh, apitype.OpReplace} {
		recorder.Add(begins(op, topicURN), at(1002))
		recorder.Add(ends(op, topicURN), at(1003))
	}
	recorder.Add(begins(apitype.OpImport, keyURN), at(1100))
	recorder.Add(ends(apitype.OpImport, keyURN), at(1350))
	timeline := recorder.Timeline(nil)
	require.Len(t, timeline.Steps, 1)
	assert.Equal(t, 250*time.Millisecond, timeline.Steps[0].Took())
	assert.Equal(t, at(1000).UTC(), timeline.Start)
	assert.Equal(t, 1, timeline.Unchanged)
}

func TestRecorder_KeepsErrorsThatBelongToNoStep(t *testing.T) {
	recorder := &Recorder{}
	say := func(urn, severity, message string) {
		recorder.Add(apitype.EngineEvent{DiagnosticEvent: &apitype.DiagnosticEvent{URN: urn, Severity: severity, Message: message}}, time.Unix(1, 0))
	}
	say("", "error", "<{%fg 1%}>configuration of stack s:<{%reset%}>\x1b[31m\nrelease.version: required\n")
	say(keyURN, "warning", "deprecated")
	say(keyURN, "warning", "deprecated")
	say(keyURN, "info", "nothing")
	say("", "error", "update failed")
	recorder.Add(apitype.EngineEvent{ErrorEvent: &apitype.ErrorEvent{Error: "a defect"}}, time.Unix(2, 0))
	assert.Equal(t, []Problem{
		{Error: true, Message: "configuration of stack s:\nrelease.version: required"}, {Name: "key", Message: "deprecated"}, {Error: true, Message: "a defect"},
	}, recorder.Timeline(nil).Problems)
}
