package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests hold the security controls of docs/controls.md over what the program declares for production and, where
// a control has to hold there too, staging. They do not prove that AWS has what was declared: the end-to-end test reads
// the values back from the emulator. Ids are of AWS Foundational Security Best Practices; those without one have a number.

// control is one row of docs/controls.md. A row without a check is an exception and says why; a row with one may say
// what it leaves open.
type control struct {
	number     int
	id, demand string
	where      string                                    // the package, or whoever else decides it
	production bool                                      // asked of production only
	check      func(c inspected)                         // what has to hold
	spoil      func([]record.Resource) []record.Resource // makes the check fail; default: no resource has an input
	open       string                                    // what is not so, and why
	owner      string                                    // who answers for what is open
}

// controls are all rows, in the order of their numbers.
func controls() []control {
	var all []control
	for _, part := range [][]control{
		computeControls, frontControls, databaseControls, cacheControls, bucketControls,
		secretControls, watchControls, networkControls, accessControls, accountControls, scannerControls,
	} {
		all = append(all, part...)
	}
	return all
}

func (c control) name() string {
	if c.id == "" {
		return fmt.Sprintf("%d %s", c.number, c.demand)
	}
	return c.id + " " + c.demand
}

// stacks are the stack files that have to obey.
func (c control) stacks() []string {
	if c.production {
		return []string{"production"}
	}
	return []string{"production", "staging"}
}

//runbook:pre.1#3 asks the controls of docs/controls.md of every change of the infrastructure.
func TestControls(t *testing.T) {
	for _, one := range controls() {
		if one.check == nil {
			continue
		}
		t.Run(one.name(), func(t *testing.T) {
			for _, stack := range one.stacks() {
				one.check(inspected{t, stack, graphOf(t, stack)})
			}
		})
	}
}

// witness notes that a check has failed.
type witness struct {
	testing.TB
	failed bool
}

func (w *witness) Helper()                   {}
func (w *witness) Errorf(string, ...any)     { w.failed = true }
func (w *witness) Fatalf(f string, a ...any) { w.Errorf(f, a...); w.FailNow() }
func (w *witness) FailNow()                  { w.failed = true; panic(w) }

// fails tells whether the check does on this graph.
func fails(t *testing.T, check func(inspected), graph *record.Graph) bool {
	w := &witness{TB: t}
	func() {
		defer func() {
			if caught := recover(); caught != nil && caught != any(w) {
				panic(caught)
			}
		}()
		check(inspected{w, "production", graph})
	}()
	return w.failed
}

func TestControls_EachCanFail(t *testing.T) {
	for _, one := range controls() {
		if one.check == nil {
			continue
		}
		t.Run(one.name(), func(t *testing.T) {
			spoil := one.spoil
			if spoil == nil {
				spoil = bare
			}
			assert.False(t, fails(t, one.check, graphOf(t, "production")))
			assert.True(t, fails(t, one.check, graphOf(t, "production").With(spoil)), "the check does not notice")
		})
	}
}

// bare takes every input and every protection away.
func bare(all []record.Resource) []record.Resource {
	for i := range all {
		all[i].Inputs, all[i].Protect = resource.PropertyMap{}, false
	}
	return all
}

// given sets one input of every resource of a type.
func given(typ, input string, value any) func([]record.Resource) []record.Resource {
	return func(all []record.Resource) []record.Resource {
		for i := range all {
			if all[i].Type == typ {
				all[i].Inputs = all[i].Inputs.Copy()
				all[i].Inputs[resource.PropertyKey(input)] = resource.NewPropertyValue(value)
			}
		}
		return all
	}
}

// plus adds a resource.
func plus(typ string, inputs map[string]any) func([]record.Resource) []record.Resource {
	return func(all []record.Resource) []record.Resource {
		return append(all, record.Resource{Type: typ, Name: "spoiler", Custom: true, Inputs: resource.NewPropertyMapFromMap(inputs)})
	}
}

func TestControls_AreComplete(t *testing.T) {
	for i, one := range controls() {
		require.Equal(t, i+1, one.number, "a row is missing or out of order")
		assert.NotEmpty(t, one.demand, one.number)
		assert.NotEmpty(t, one.where, one.number)
		assert.True(t, one.check != nil || one.open != "", "%s is neither tested nor an exception", one.name())
		assert.Equal(t, one.open != "", one.owner != "", "%s: what is open has an owner", one.name())
		assert.NotContains(t, one.demand+one.where+one.open, "|", "would break the table")
	}
	assert.Len(t, controls(), 111)
}

func TestControls_AreDocumented(t *testing.T) {
	var out strings.Builder
	out.WriteString(`# Security controls

What each control asks, where it is decided, and how it is held. Written by the tests of ` + "`infra`" + ` from the table that they
test by (` + "`make golden`" + `); a change of either alone fails. Ids are those of AWS Foundational Security Best Practices.

*Tested* names the stack files whose program obeys. *Open* is an exception: the reason, who answers for it, and the checks of
Prowler that fail for it. ` + "`make scan`" + ` holds what Prowler finds in production against that column.

| # | control | demand | decided by | held |
| --- | --- | --- | --- | --- |
`)
	for _, one := range controls() {
		fmt.Fprintf(&out, "| %d | %s | %s | %s | %s |\n", one.number, dash(one.id), one.demand, one.where, one.held())
	}
	out.WriteString("\n## Open\n\n| control | why | owner | Prowler's checks |\n| --- | --- | --- | --- |\n")
	for _, one := range controls() {
		if one.open != "" {
			fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", one.name(), one.open, one.owner, one.accepted())
		}
	}
	record.Golden(t, "../../docs/controls.md", out.String())
}

func (c control) held() string {
	switch {
	case c.check == nil:
		return "open, see below"
	case c.open != "":
		return "tested: " + strings.Join(c.stacks(), ", ") + "; in part open, see below"
	default:
		return "tested: " + strings.Join(c.stacks(), ", ")
	}
}

func dash(text string) string {
	if text == "" {
		return "–"
	}
	return text
}
