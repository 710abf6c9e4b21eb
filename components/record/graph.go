package record

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Resource is one registration, as the program asked for it.
type Resource struct {
	Type, Name, ParentURN, Provider, Timeouts  string
	Custom, Protect, RetainOnDelete            bool
	DeleteBeforeReplace                        bool
	IgnoreChanges, ReplaceOnChanges, DependsOn []string
	SecretOutputs                              []string
	Inputs                                     resource.PropertyMap
}

// Call is one invoke.
type Call struct {
	Token, Provider string
	Args            resource.PropertyMap
}

// Graph is everything a program registered.
type Graph struct {
	// Exports are the stack's outputs, resolved; those that a provider computes are missing in a preview.
	Exports   resource.PropertyMap
	resources []Resource
	calls     []Call
	// Registrations counts RegisterResourceOutputs: once for each component, once for the stack.
	Registrations int
}

// All returns every registration, sorted by type and name.
func (g *Graph) All() []Resource {
	return slices.SortedFunc(slices.Values(g.resources), func(a, b Resource) int { return strings.Compare(a.Type+" "+a.Name, b.Type+" "+b.Name) })
}

// With is the graph with other registrations, for tests that want to see a check fail.
func (g *Graph) With(change func([]Resource) []Resource) *Graph {
	other := *g
	other.resources = change(g.All())
	return &other
}

// Calls returns every invoke.
func (g *Graph) Calls() []Call { return g.calls }

// Of returns the registrations of one type, sorted by name.
func (g *Graph) Of(typ string) []Resource {
	return slices.DeleteFunc(g.All(), func(r Resource) bool { return r.Type != typ })
}

// One returns the registration of that type and name; none or several fail the test.
func (g *Graph) One(t testing.TB, typ, name string) Resource {
	t.Helper()
	found := slices.DeleteFunc(g.Of(typ), func(r Resource) bool { return r.Name != name })
	if len(found) != 1 {
		t.Fatalf("%d registrations of %s %q, want one; the program registered:\n%s", len(found), typ, name, g)
	}
	return found[0]
}

// String is the graph in text, a line a registration: type, name, parent, and the options that matter when
// something goes wrong. It is the form of the golden files.
func (g *Graph) String() string {
	var out strings.Builder
	for _, r := range g.All() {
		fmt.Fprintln(&out, r)
	}
	return out.String()
}

// String is the resource's line in a golden file.
func (r Resource) String() string {
	line := r.Type + " " + r.Name
	if parent := r.ParentName(); parent != "" {
		line += " < " + parent
	}
	for _, mark := range []struct {
		set  bool
		text string
	}{{r.Protect, "protected"}, {r.RetainOnDelete, "retained"}, {r.DeleteBeforeReplace, "delete-before-replace"}} {
		if mark.set {
			line += " [" + mark.text + "]"
		}
	}
	if len(r.IgnoreChanges) > 0 {
		line += " [ignores " + strings.Join(r.IgnoreChanges, ", ") + "]"
	}
	return line
}

// ParentName is the logical name of the parent, or nothing for a child of the stack itself.
func (r Resource) ParentName() string {
	if urn, known := r.parent(); known {
		return urn.Name()
	}
	return ""
}

// ParentType is the type token of the parent, or nothing for a child of the stack itself.
func (r Resource) ParentType() string {
	if urn, known := r.parent(); known {
		return string(urn.Type())
	}
	return ""
}

func (r Resource) parent() (resource.URN, bool) {
	urn := resource.URN(r.ParentURN)
	return urn, urn != "" && urn.QualifiedType() != resource.RootStackType
}
