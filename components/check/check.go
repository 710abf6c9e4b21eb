// Package check declares a check of the stack as a step of its update: it changes nothing, and what it refuses stops the
// update there. Preflight is one, before a release's other steps; verification is another, the last resource of all, so
// that an update that succeeded is one that was verified.
//
// Decisions:
//   - The check is done by a program that knows no Pulumi, and is asked over its standard input.
//   - Its report is shown as it is made, and kept in the state.
//   - What it is asked holds names and ARNs, no secret.
package check

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/step"
)

// Args are what infra supplies.
type Args struct {
	// Command is what `go run` is given, in the repository's root, such as ./cmd/step preflight.
	Command string
	// Arguments are the program's flags.
	Arguments []string
	// Question is what the program is asked, as it reads it from its standard input.
	Question pulumi.StringInput
	// Triggers are what the check is made again for; none: every change of the question is a reason.
	Triggers pulumi.Array
	// Frozen: the check is not made again, whatever has changed.
	Frozen bool
	// After is what has to be done before.
	After []pulumi.Resource
}

// Check is one check.
type Check struct {
	pulumi.ResourceState
	// Done is what others wait for.
	Done pulumi.Resource
	// Report is what the program wrote to its standard output.
	Report pulumi.StringOutput `pulumi:"report"`
	// LeftOut says that the check is still that of another release; empty where it is this one's.
	LeftOut pulumi.StringOutput
}

// New declares the check.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Check, error) {
	if args.Command == "" || args.Question == nil {
		return nil, fmt.Errorf("check %q: %w", name, errors.New("args: command or question is missing"))
	}
	component := &Check{}
	if err := ctx.RegisterComponentResource("flowcomply:check:Check", name, component, opts...); err != nil {
		return nil, fmt.Errorf("check %q: %w", name, err)
	}
	program := step.Program{
		Command: args.Command, Arguments: pulumi.ToStringArray(args.Arguments),
		Stdin:    args.Question.ToStringOutput().ToStringPtrOutput(),
		Triggers: args.Triggers, Always: len(args.Triggers) == 0, Frozen: args.Frozen,
	}
	done, err := step.New(ctx, name, program, pulumi.Parent(component), pulumi.DependsOn(args.After))
	if err != nil {
		return nil, fmt.Errorf("check %q: %w", name, err)
	}
	component.Done, component.Report, component.LeftOut = done, done.Stdout, step.LeftOut(name, done, program)
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{"report": component.Report})
}
