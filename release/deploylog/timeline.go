package deploylog

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/flowcomply/infrastructure/release/part"
)

// Timeline is what one update did and when. It is a plain value, as a Recorder made it, and can be kept as JSON.
type Timeline struct {
	// Start is when the engine began and End when it said its last word; both zero when there was no update.
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	// Result is succeeded, failed or canceled, and empty when the engine was killed before it could say so.
	Result apitype.OperationResult `json:"result"`
	// Steps are the operations on resources, in the order in which they began.
	Steps []Step `json:"steps"`
	// Unchanged is the number of resources that the engine looked at and left alone.
	Unchanged int `json:"unchanged"`
	// Problems are warnings, and errors that belong to no failed step.
	Problems []Problem `json:"problems,omitempty"`
	// Path are the indexes in Steps of the critical path, first to last.
	Path []int `json:"path,omitempty"`
}

// Step is one operation on one resource.
type Step struct {
	URN  string         `json:"urn"`
	Type string         `json:"type"` // such as aws:ecs/service:Service
	Name string         `json:"name"` // the logical name
	Op   apitype.OpType `json:"op"`   // create, update, replace (its create half), delete or import
	// Phase is the step of the release that this is; empty for any other resource.
	Phase Phase `json:"phase,omitempty"`
	// Group is the component that the resource is a part of, such as "backend (Service)".
	Group string    `json:"group"`
	Start time.Time `json:"start"`
	End   time.Time `json:"end"` // of an unfinished step: the engine's last word
	// Failed says that the operation failed, Unfinished that its end was never seen.
	Failed     bool `json:"failed,omitempty"`
	Unfinished bool `json:"unfinished,omitempty"`
	// Critical says that the step is on the critical path.
	Critical bool `json:"critical,omitempty"`
	// After are the URNs of the steps of this update that it waited for, through unchanged resources too. Empty where
	// dependencies are not known (Guessed), and where nothing it depends on was touched.
	After   []string `json:"after,omitempty"`
	Guessed bool     `json:"guessed,omitempty"`
	// Causes are the engine's error messages about a failed step, without colour; they are redacted when written.
	Causes []string `json:"causes,omitempty" log:"foreign"`

	began, ended int // the events' places in the record: exact where the clock only has seconds
}

// Problem is a warning or an error of the engine, a provider or the program.
type Problem struct {
	Name    string `json:"name,omitempty"` // of the resource it is about; empty for the program and the engine
	Error   bool   `json:"error"`
	Message string `json:"message" log:"foreign"`
}

// Took is how long the update ran.
func (t Timeline) Took() time.Duration { return t.End.Sub(t.Start) }

// Took is how long the step ran.
func (s Step) Took() time.Duration { return s.End.Sub(s.Start) }

// CriticalPath is the chain of steps that ended last, first step first. It follows each step back to the one it waited for
// that ended last. An update gets faster only if this chain does.
func (t Timeline) CriticalPath() []Step {
	path := make([]Step, len(t.Path))
	for i, at := range t.Path {
		path[i] = t.Steps[at]
	}
	return path
}

// Failed are the steps that failed, in the order in which they began.
func (t Timeline) Failed() []Step {
	return slices.DeleteFunc(slices.Clone(t.Steps), func(s Step) bool { return !s.Failed })
}

// Of are the steps of a phase, in the order in which they began.
func (t Timeline) Of(phase Phase) []Step {
	return slices.DeleteFunc(slices.Clone(t.Steps), func(s Step) bool { return s.Phase != phase })
}

// Phase is a step of the release in the graph: preflight, then images and snapshot side by side, then migration, then
// services side by side, then verify.
type Phase string

// The steps of a release.
const (
	Preflight Phase = "preflight"
	Images    Phase = "images"
	Snapshot  Phase = "snapshot"
	Migration Phase = "migration"
	Services  Phase = "services"
	Verify    Phase = "verify"
)

// Phases lists the steps of a release in their order.
func Phases() []Phase { return []Phase{Preflight, Images, Snapshot, Migration, Services, Verify} }

// phases are the parts of a release as steps in its graph: there, an image that is built and one that is taken are one.
var phases = map[part.Part]Phase{
	part.Preflight: Preflight, part.Build: Images, part.Publish: Images, part.Snapshot: Snapshot, part.Migration: Migration,
	part.Service: Services, part.Verify: Verify,
}

// phaseOf recognises a step of a release; what is no longer declared is none.
func phaseOf(typ, name string, op apitype.OpType) Phase {
	if op == apitype.OpDelete {
		return ""
	}
	return phases[part.Of(typ, name)]
}

// Label is the step for people: "Image backend", "Migration", or the resource's name.
func (s Step) Label() string {
	switch s.Phase {
	case Images:
		return "Image " + cutWord(s.Name, "image")
	case Services:
		return "Service " + cutWord(s.Name, "service")
	case "":
		return s.Name
	default: // there is one of these in a release, most often
	}
	label := upper(string(s.Phase))
	if rest := cutWord(s.Name, string(s.Phase)); rest != s.Name {
		label += " " + rest
	}
	return label
}

// cutWord takes a word off the end of a name, or off its start. A name that is nothing else stays.
func cutWord(name, word string) string {
	if rest, found := strings.CutSuffix(name, "-"+word); found {
		return rest
	}
	return strings.TrimPrefix(name, word+"-")
}

// verb is the operation as people say it. A step of the release that is created or replaced is a program that ran.
func (s Step) verb() string {
	verb := string(s.Op)
	if s.Phase != "" && s.Type == part.CommandType && (s.Op == apitype.OpCreate || s.Op == apitype.OpReplace) {
		verb = "run"
	}
	switch {
	case s.Failed:
		return verb + " failed"
	case s.Unfinished:
		return verb + " not finished"
	}
	return verb
}

// counts are the operations by kind: "5 replaced, 1 deleted, 240 unchanged".
func (t Timeline) counts() string {
	done := map[string]int{"failed": len(t.Failed()), "unchanged": t.Unchanged}
	for _, step := range t.Steps {
		if !step.Failed && !step.Unfinished {
			done[strings.TrimSuffix(string(step.Op), "e")+"ed"]++
		}
	}
	var parts []string
	for _, what := range []string{"created", "replaced", "updated", "deleted", "imported", "failed", "unchanged"} {
		if done[what] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", done[what], what))
		}
	}
	return strings.Join(parts, ", ")
}
