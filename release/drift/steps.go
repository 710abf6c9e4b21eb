package drift

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/flowcomply/infrastructure/release"
)

// step is what the engine says of one resource.
type step struct {
	op, urn  string
	kind     string // type
	old, new *apitype.StepEventStateMetadata
	keys     []string // properties that the engine says differ
}

func stepOf(m apitype.StepEventMetadata) step {
	return step{string(m.Op), m.URN, m.Type, m.Old, m.New, m.Diffs}
}

// nothing tells that a type is nothing in AWS: the program's own components, the stack, and providers.
func nothing(kind string) bool {
	return strings.HasPrefix(kind, "flowcomply:") || strings.HasPrefix(kind, "pulumi:")
}

// name is a resource's logical name.
func (s step) name() string { return s.urn[strings.LastIndex(s.urn, "::")+2:] }

// refreshSteps are what became of each resource that was read. The engine tells that once it has read it, as the operation that
// brings the state up to date.
func refreshSteps(events []release.Event) []step {
	var all []step
	for _, event := range events {
		if read := event.ResOutputsEvent; read != nil && !nothing(read.Metadata.Type) && read.Metadata.Old != nil {
			all = append(all, stepOf(read.Metadata))
		}
	}
	return all
}

// previewSteps are what an update would do. Of a replacement the halves are left out.
func previewSteps(events []release.Event) []step {
	changes := []string{"create", "update", "replace", "delete", "import"}
	var all []step
	for _, event := range events {
		planned := event.ResourcePreEvent
		if planned == nil || nothing(planned.Metadata.Type) || !slices.Contains(changes, string(planned.Metadata.Op)) {
			continue
		}
		all = append(all, stepOf(planned.Metadata))
	}
	return all
}

// outside is what somebody did to a resource beside Pulumi. planned is what an update would do to it anyway.
func outside(s step, planned string) (Item, bool) {
	item := Item{Type: s.kind, Name: s.name()}
	switch {
	case s.op == "delete" || s.new == nil && s.op == "refresh":
		item.Kind, item.Next = Deleted, "`pulumi up` does not see it; `pulumi up --refresh` creates it again"
		if slices.Contains(holdsData, s.kind) {
			item.Next += ", empty: look for a snapshot or a version to restore first (docs/on-call.md)"
		}
	case s.op == "update" && s.new != nil:
		item.Kind, item.Next = Changed, "`pulumi up` does not see it; `pulumi up --refresh` sets it back"
		item.Differences = s.named(compare(s.old.Inputs, s.new.Inputs))
		if len(item.Differences) == 0 {
			item.Differences = unshown(s)
		}
	default:
		return Item{}, false
	}
	switch {
	case planned != "" && item.Kind == Deleted:
		item.Next = fmt.Sprintf("`pulumi up` would %s what is not there any more, and may fail; `pulumi up --refresh` sees that first", planned)
	case planned != "":
		item.Next = fmt.Sprintf("`pulumi up` would %s it for another reason, and may leave this; `pulumi up --refresh` does both", planned)
	}
	return item, true
}

// named leaves out what the engine does not name, such as what the program ignores (ignoreChanges). An engine that names nothing
// leaves it to us.
func (s step) named(all []Difference) []Difference {
	if len(s.keys) == 0 {
		return all
	}
	return slices.DeleteFunc(all, func(d Difference) bool {
		end := strings.IndexAny(d.Path+".", ".[")
		return !slices.Contains(s.keys, d.Path[:end])
	})
}

// unshown are the properties that the engine says differ where the inputs look alike: what the provider reads of them, or that
// they are secret.
func unshown(s step) []Difference {
	var all []Difference
	for _, key := range s.keys {
		found := compare(map[string]any{key: s.old.Outputs[key]}, map[string]any{key: s.new.Outputs[key]})
		if len(found) == 0 {
			found = []Difference{{key, hidden, hidden}}
		}
		all = append(all, found...)
	}
	return all
}

// notApplied is what an update with the program that is checked out would do. An update of a resource whose inputs are the same is
// the engine's own affair.
func notApplied(s step) (Item, bool) {
	item := Item{Kind: NotApplied, Type: s.kind, Name: s.name(), Operation: s.op, Next: "`pulumi up` would " + s.op + " it"}
	if s.old != nil && s.new != nil {
		item.Differences = compare(s.old.Inputs, s.new.Inputs)
	}
	return item, s.op != "update" || len(item.Differences) > 0
}
