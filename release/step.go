package release

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/flowcomply/infrastructure/release/part"
)

// Step is what an update would do to one resource, or did.
type Step struct {
	Op        string // create, update, replace or delete
	Type      string
	Name      string
	Diffs     []string // the inputs that differ
	Protected bool     // by Pulumi, in the state
}

func (s Step) String() string {
	text := s.Op + " " + s.Type + " " + s.Name
	if len(s.Diffs) > 0 {
		text += " (" + strings.Join(s.Diffs, ", ") + ")"
	}
	return text
}

// Part is the part of a release that the step belongs to.
func (s Step) Part() part.Part { return part.Of(s.Type, s.Name) }

// Runs tells whether the step does the work of its part. A command with the same triggers is updated without running. An
// image is built for any difference. Deleting does no work.
func (s Step) Runs() bool {
	switch s.Op {
	case "create", "replace":
		return true
	case "update":
		return s.Type != part.CommandType || s.Part() == part.Preflight || s.Part() == part.Verify
	}
	return false
}

// ops are the operations as people call them, without what changes nothing, and without the halves of a replacement, which
// has an event of its own.
var ops = map[apitype.OpType]string{
	apitype.OpCreate: "create", apitype.OpImport: "create", apitype.OpUpdate: "update", apitype.OpReplace: "replace", apitype.OpDelete: "delete",
}

// Steps are what a preview would do, sorted, each once.
func Steps(events []Event) []Step {
	var steps []Step
	replaced := map[string]bool{}
	for _, event := range events {
		if event.ResourcePreEvent == nil {
			continue
		}
		m := event.ResourcePreEvent.Metadata
		if m.Op == apitype.OpReplace {
			replaced[m.URN] = true
		}
		if m.Op == apitype.OpDeleteReplaced && !replaced[m.URN] { // the old half of a replacement that an earlier update did not finish
			m.Op = apitype.OpDelete
		}
		if step, changes := stepOf(m); changes {
			steps = append(steps, step)
		}
	}
	slices.SortStableFunc(steps, func(a, b Step) int { return strings.Compare(a.Type+" "+a.Name, b.Type+" "+b.Name) })
	return slices.CompactFunc(steps, func(a, b Step) bool { return a.String() == b.String() })
}

func stepOf(m apitype.StepEventMetadata) (Step, bool) {
	op := ops[m.Op]
	if op == "" || m.Type == string(resource.RootStackType) || strings.HasPrefix(m.Type, "pulumi:") {
		return Step{}, false
	}
	diffs := slices.Clone(m.Diffs)
	slices.Sort(diffs)
	protected := m.Old != nil && m.Old.Protect
	return Step{Op: op, Type: m.Type, Name: resource.URN(m.URN).Name(), Diffs: slices.Compact(diffs), Protected: protected}, true
}

// Names lists the steps that do the work of a part, in order.
func Names(steps []Step, of part.Part) []string {
	var names []string
	for _, step := range steps {
		if step.Part() == of && step.Runs() {
			names = append(names, step.Name)
		}
	}
	return names
}

// Started tells whether an update started with a part of a release.
func Started(events []Event, of part.Part) bool {
	return slices.ContainsFunc(events, func(e Event) bool {
		if e.ResourcePreEvent == nil || e.ResourcePreEvent.Planning {
			return false
		}
		m := e.ResourcePreEvent.Metadata
		step := Step{Op: works(m.Op), Type: m.Type, Name: resource.URN(m.URN).Name()}
		return step.Part() == of && step.Runs() // which nothing does that changes nothing
	})
}

// works is the operation that an update really makes. Of a replacement only the first half counts.
func works(op apitype.OpType) string {
	if op == apitype.OpCreateReplacement {
		return "replace"
	}
	return ops[op]
}

// Notes are the messages of the program about what it would do, without those of the engine.
func Notes(events []Event) []string {
	var notes []string
	for _, event := range events {
		if d := event.DiagnosticEvent; d != nil && d.Severity == "info" && !d.Ephemeral {
			if text := strings.TrimSpace(colors.Never.Colorize(d.Message)); text != "" && !slices.Contains(notes, text) {
				notes = append(notes, text)
			}
		}
	}
	return notes
}

// report is what verify wrote: the output of its step.
func report(events []Event) []byte {
	for _, event := range slices.Backward(events) {
		if event.ResOutputsEvent == nil || event.ResOutputsEvent.Planning {
			continue
		}
		m := event.ResOutputsEvent.Metadata
		if m.New == nil || m.Type != part.CommandType || part.Of(m.Type, resource.URN(m.URN).Name()) != part.Verify {
			continue
		}
		if text, ok := m.New.Outputs["stdout"].(string); ok && json.Valid([]byte(text)) {
			return []byte(text)
		}
	}
	return nil
}
