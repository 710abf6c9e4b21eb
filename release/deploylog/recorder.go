package deploylog

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
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

// ReadEvents records a file that the engine wrote for --event-log: one event a line, with times in whole seconds. Half a
// line at the end, of a killed engine, is ignored. Of several operations in a file, such as a preview before an update, the
// last counts.
func ReadEvents(in io.Reader) (*Recorder, error) {
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
		recorder.Add(event, time.Time{})
	}
}

// Add records one event. The time is when it was received; zero takes the event's own, which has no more than seconds.
func (r *Recorder) Add(event apitype.EngineEvent, at time.Time) {
	if event.PreludeEvent != nil {
		*r = Recorder{}
	}
	if r.open == nil {
		r.open, r.causes = map[string]int{}, map[string][]string{}
	}
	if at.IsZero() {
		at = time.Unix(int64(event.Timestamp), 0)
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
		r.problems = append(r.problems, Problem{Error: true, Message: text(event.ErrorEvent.Error)})
	}
}

func (r *Recorder) begin(step apitype.StepEventMetadata, at time.Time) {
	if counts(step) && step.Op == apitype.OpSame {
		r.timeline.Unchanged++
	}
	op, worked := work(step)
	if !worked {
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
	message := text(d.Message)
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
	timeline.Steps = append([]Step(nil), r.timeline.Steps...)
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
