// Package check declares a look at the stack as a step of its update: it changes nothing, and what it refuses stops the
// update there. Preflight is one, before a release's other steps; verification is another, the last resource of all, so
// that an update that succeeded is one that was proven.
//
// Decisions: the look is a program of package verify, which knows no Pulumi, and is asked over its standard input; its
// report is shown as it is made and kept in the state; what it is asked holds names and ARNs, no secret.
package check

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/step"
)

// Wiring is what infra supplies.
type Wiring struct {
	// Program is what `go run` is given, in the repository's root, such as ./cmd/step preflight.
	Program string
	// Arguments are the program's flags.
	Arguments []string
	// Question is what the program is asked, as it reads it from its standard input.
	Question pulumi.StringInput
	// Triggers are what is looked for again; none: every change of the question is a reason.
	Triggers pulumi.Array
	// Settled: nothing is looked at again, whatever has changed.
	Settled bool
	// After is what has to be done before.
	After []pulumi.Resource
}

// Check is one look.
type Check struct {
	pulumi.ResourceState
	// Done is what waits for the look.
	Done pulumi.Resource
	// Report is what the program wrote to its standard output.
	Report pulumi.StringOutput `pulumi:"report"`
	// LeftOut says that the look is still that of another release; empty where it is this one's.
	LeftOut pulumi.StringOutput
}

// New declares the look.
func New(ctx *pulumi.Context, name string, in Wiring, opts ...pulumi.ResourceOption) (*Check, error) {
	if in.Program == "" || in.Question == nil {
		return nil, fmt.Errorf("check %q: %w", name, errors.New("wiring: program or question is missing"))
	}
	component := &Check{}
	if err := ctx.RegisterComponentResource("flowcomply:check:Check", name, component, opts...); err != nil {
		return nil, fmt.Errorf("check %q: %w", name, err)
	}
	program := step.Program{
		Command: in.Program, Arguments: pulumi.ToStringArray(in.Arguments),
		Stdin:    in.Question.ToStringOutput().ToStringPtrOutput(),
		Triggers: in.Triggers, Always: len(in.Triggers) == 0, Settled: in.Settled,
	}
	done, err := step.New(ctx, name, program, pulumi.Parent(component), pulumi.DependsOn(in.After))
	if err != nil {
		return nil, fmt.Errorf("check %q: %w", name, err)
	}
	component.Done, component.Report, component.LeftOut = done, done.Stdout, step.LeftOut(name, done, program)
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{"report": component.Report})
}
