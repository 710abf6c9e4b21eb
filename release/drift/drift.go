// Package drift compares what a stack's state says with what is in AWS, and with the program that is checked out. It changes
// nothing, in AWS or in the state, and never mends what it finds.
//
// Decisions:
//   - What differs is a function of plain values: the events of a refresh that is only previewed, what has the stack's tag and is in
//     no state, and the events of a preview.
//   - The engine's refresh compares what the program declares. What else hangs on a role, a security group or a route table is
//     found by comparing what the provider read there with the resources that the state has for it (beside.go).
//   - What is expected is written in the stack file, with a reason and a last day. An expectation whose day is over is drift.
//   - Values of secrets are never in it: the engine masks them, and what has a telling name is masked here.
package drift

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/release"
	recovery "github.com/flowcomply/infrastructure/release/recover"
	"github.com/flowcomply/infrastructure/stacks"
)

// Kind says in what way something differs.
type Kind string

// The kinds of drift.
const (
	Changed    Kind = "changed"     // outside of Pulumi: AWS has another value than the state
	Deleted    Kind = "deleted"     // outside of Pulumi: AWS does not have it any more
	Added      Kind = "added"       // outside of Pulumi: something hangs on it that the program does not declare
	Untracked  Kind = "untracked"   // it has the stack's tag, and is in no state
	NotApplied Kind = "not applied" // the program that is checked out differs from the state: merged, and not applied
)

// Exit codes of the command, beside 2 for bad input.
const (
	CodeNone      = 0 // no drift, or expected drift only
	CodeNotLooked = 1 // could not look
	CodeDrift     = 3
	CodeSevere    = 4 // drift of class R1, R5, R6 or R8
)

// severe are the risk classes that make the command end with 4: data at risk, IAM widened, exposed, protection lost.
var severe = []string{"R1", "R5", "R6", "R8"}

// Difference is one property. A secret's value is masked.
type Difference struct {
	Path   string `json:"path"`
	Before string `json:"before"` // in the state; empty: nothing
	After  string `json:"after"`  // in AWS or, of what is not applied, in the program; empty: nothing
}

// Item is one resource that differs.
type Item struct {
	Kind        Kind         `json:"kind"`
	Type        string       `json:"type"`
	Name        string       `json:"name"` // logical; of what is in no state, its id
	Operation   string       `json:"operation,omitempty"`
	Differences []Difference `json:"differences,omitempty"`
	Risk        string       `json:"risk,omitempty"` // R1 to R10
	Next        string       `json:"next"`           // what the next `pulumi up` does about it, and what a person does
	Expected    *Expectation `json:"expected,omitempty"`
}

// Path is how drift.expected names the resource.
func (i Item) Path() string { return i.Type + "::" + i.Name }

// Expectation is an entry of drift.expected.
type Expectation struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
	Until  string `json:"until"`
}

// Classify gives the risk class of an item, R1 to R10; empty where it has none.
type Classify func(Item) string

// Sources are what a stack is compared by.
type Sources struct {
	Stack, Commit string
	Refresh       []release.Event      // of `pulumi refresh --preview-only`
	Preview       []release.Event      // of `pulumi preview` with the program that is checked out
	Untracked     []recovery.Candidate // in AWS with the stack's tag, and in no state
	Expected      []stacks.ExpectedDrift
	Classify      Classify
	Now           time.Time
}

// Drift is all that differs.
type Drift struct {
	Stack  string        `json:"stack"`
	Commit string        `json:"commit,omitempty"` // of the program
	At     time.Time     `json:"at"`
	Items  []Item        `json:"items"`            // the gravest first
	Over   []Expectation `json:"over,omitempty"`   // expectations whose last day is over
	Unused []Expectation `json:"unused,omitempty"` // expectations that nothing fits any more
}

// Compare finds what differs.
func Compare(in Sources) Drift {
	found := Drift{Stack: in.Stack, Commit: in.Commit, At: in.Now.UTC(), Items: []Item{}}
	refreshed, previewed := refreshSteps(in.Refresh), previewSteps(in.Preview)
	planned := map[string]string{}
	for _, one := range previewed {
		planned[one.urn] = one.op
	}
	for _, one := range refreshed {
		if item, differs := outside(one, planned[one.urn]); differs {
			found.Items = append(found.Items, item)
		}
	}
	found.Items = append(found.Items, beside(refreshed)...)
	for _, one := range in.Untracked {
		found.Items = append(found.Items, Item{
			Kind: Untracked, Type: one.Type, Name: one.ID,
			Next: "`pulumi up` does nothing about it; look who made it, and delete it or `pulumi import` it",
		})
	}
	for _, one := range previewed {
		if item, differs := notApplied(one); differs {
			found.Items = append(found.Items, item)
		}
	}
	for i := range found.Items {
		if in.Classify != nil {
			found.Items[i].Risk = in.Classify(found.Items[i])
		}
	}
	found.expect(in.Expected, in.Now)
	slices.SortStableFunc(found.Items, Item.compare)
	return found
}

func (i Item) compare(other Item) int {
	return cmp.Or(cmp.Compare(rank(i), rank(other)), strings.Compare(i.Path(), other.Path()), strings.Compare(string(i.Kind), string(other.Kind)))
}

// rank puts what is unexpected first, then what is severe, then the others by their class, and what has none last.
func rank(i Item) int {
	at := 20
	if n, is := strings.CutPrefix(i.Risk, "R"); is {
		at = 10*(len(n)-1) + int(n[len(n)-1]-'0')
		if slices.Contains(severe, i.Risk) {
			at -= 10
		}
	}
	if i.Expected != nil {
		at += 100
	}
	return at
}

// Unexpected are the items that nobody has announced.
func (d Drift) Unexpected() []Item {
	return slices.DeleteFunc(slices.Clone(d.Items), func(i Item) bool { return i.Expected != nil })
}

// Code is the exit code that says how bad it is.
func (d Drift) Code() int {
	unexpected := d.Unexpected()
	switch {
	case slices.ContainsFunc(unexpected, func(i Item) bool { return slices.Contains(severe, i.Risk) }):
		return CodeSevere
	case len(unexpected) > 0 || len(d.Over) > 0:
		return CodeDrift
	}
	return CodeNone
}
