package deploylog

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Recorder makes a Timeline from the events of the engine. The zero Recorder is ready. It is for one goroutine.
type Recorder struct {
	timeline Timeline
	count    int                 // of events, so that order is known within a second
	open     map[string]int      // steps that have begun, by URN and operation
	causes   map[string][]string // errors, by the URN they are about
	problems []Problem           // the same, until it is known which step failed
}

// Add records one event that was received at a time: the event's own has no more than seconds. Of several operations, such
// as a preview before an update, the last counts.
func (r *Recorder) Add(event apitype.EngineEvent, at time.Time) {
	if event.PreludeEvent != nil {
		*r = Recorder{}
	}
	if r.open == nil {
		r.open, r.causes = map[string]int{}, map[string][]string{}
	}
	at = at.UTC()
	if r.timeline.Start.IsZero() {
		r.timeline.Start = at
	}
	r.count++
	r.timeline.End = at
	switch {
	case event.ResourcePreEvent != nil && !event.ResourcePreEvent.Planning:
		r.begin(event.ResourcePreEvent.Metadata, at)
	case event.ResOutputsEvent != nil && !event.ResOutputsEvent.Planning:
		r.end(event.ResOutputsEvent.Metadata, at, false)
	case event.ResOpFailedEvent != nil:
		r.end(event.ResOpFailedEvent.Metadata, at, true)
	case event.DiagnosticEvent != nil:
		r.diagnostic(*event.DiagnosticEvent)
	case event.SummaryEvent != nil:
		r.timeline.Result = event.SummaryEvent.Result
	case event.ErrorEvent != nil:
		r.problems = append(r.problems, Problem{Error: true, Message: plain(event.ErrorEvent.Error)})
	}
}

func (r *Recorder) begin(step apitype.StepEventMetadata, at time.Time) {
	if counts(step) && step.Op == apitype.OpSame {
		r.timeline.Unchanged++
	}
	op, works := worked[step.Op]
	if !works || !counts(step) {
		return
	}
	name := resource.URN(step.URN).Name()
	r.open[key(step)] = len(r.timeline.Steps)
	r.timeline.Steps = append(r.timeline.Steps, Step{
		URN: step.URN, Type: step.Type, Name: name, Op: op, Phase: phaseOf(step.Type, name, op), Group: component(state(step).Parent),
		Start: at, began: r.count,
	})
}

func (r *Recorder) end(step apitype.StepEventMetadata, at time.Time, failed bool) {
	i, begun := r.open[key(step)]
	if !begun {
		return
	}
	delete(r.open, key(step))
	entry := &r.timeline.Steps[i]
	entry.End, entry.ended, entry.Failed = at, r.count, failed
	if failed {
		entry.Causes = r.causes[step.URN]
		delete(r.causes, step.URN)
	}
}

func (r *Recorder) diagnostic(d apitype.DiagnosticEvent) {
	message := plain(d.Message)
	if d.Ephemeral || message == "" || d.Severity != "error" && d.Severity != "warning" {
		return
	}
	problem := Problem{Error: d.Severity == "error", Message: message}
	if d.URN != "" {
		problem.Name = resource.URN(d.URN).Name()
	}
	if problem.Error && d.URN != "" {
		r.causes[d.URN] = append(r.causes[d.URN], message)
	}
	r.problems = append(r.problems, problem)
}

// Timeline is what was recorded until now. Dependencies are those in the state of the stack after the update (ReadState).
// Without them, each step counts as waiting for the step that ended last before it started.
func (r *Recorder) Timeline(known Dependencies) Timeline {
	timeline := r.timeline
	timeline.Steps = slices.Clone(r.timeline.Steps)
	for _, i := range r.open {
		timeline.Steps[i].Unfinished, timeline.Steps[i].End, timeline.Steps[i].ended = true, timeline.End, r.count+1
	}
	explained := map[string]bool{"update failed": true} // the engine's last line says what all others say better
	for _, step := range timeline.Steps {
		for _, cause := range step.Causes {
			explained[cause] = true
		}
	}
	timeline.Problems = nil
	for _, problem := range r.problems {
		if !explained[problem.Message] {
			timeline.Problems = append(timeline.Problems, problem)
			explained[problem.Message] = true
		}
	}
	connect(timeline.Steps, known)
	timeline.Path = criticalPath(timeline.Steps)
	return timeline
}

// worked are the operations that do something, as people call them. Looking (same, read, refresh) does nothing. A replacement
// is two operations that do something, with a "replace" between them that does not.
var worked = map[apitype.OpType]apitype.OpType{
	apitype.OpCreate: apitype.OpCreate, apitype.OpUpdate: apitype.OpUpdate, apitype.OpDelete: apitype.OpDelete, apitype.OpImport: apitype.OpImport,
	apitype.OpCreateReplacement: apitype.OpReplace, apitype.OpImportReplacement: apitype.OpReplace, apitype.OpDeleteReplaced: apitype.OpDelete,
}

// counts leaves out what a plugin does not manage, the components and the stack, and the plugins themselves.
func counts(step apitype.StepEventMetadata) bool {
	return state(step).Custom && !strings.HasPrefix(step.Type, "pulumi:providers:")
}

func state(step apitype.StepEventMetadata) apitype.StepEventStateMetadata {
	switch {
	case step.New != nil:
		return *step.New
	case step.Old != nil:
		return *step.Old
	}
	return apitype.StepEventStateMetadata{}
}

func key(step apitype.StepEventMetadata) string { return string(step.Op) + " " + step.URN }

// component names the component that a parent's URN stands for; the stack's own parts are "stack".
func component(parent string) string {
	urn := resource.URN(parent)
	if !urn.IsValid() || urn.Type() == resource.RootStackType {
		return "stack"
	}
	return fmt.Sprintf("%s (%s)", urn.Name(), urn.Type().Name())
}

// escapes are what terminals take for colours and moves.
var escapes = regexp.MustCompile(`\x1b\[[0-9;?]*[ -/]*[@-~]`)

// plain is a message of the engine without colour and whatever else could act on a terminal.
func plain(message string) string {
	uncoloured := escapes.ReplaceAllString(colors.Never.Colorize(message), "")
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && c != '\n' && c != '\t' {
			return -1
		}
		return c
	}, uncoloured))
}
