// Package step declares a step of a release: a program of this repository that an update runs, once for each value of
// its triggers.
//
// pulumi-command runs `create` for a new resource and for one whose triggers differ, and `update` where anything else
// of its inputs does (its documentation of create, update and triggers). A step's update therefore does nothing but
// hand on what the last run wrote: other subnets are no reason to migrate again. There is no delete part: nothing that a
// release has done is undone because it is no longer declared. Nothing runs in a preview.
//
// A frozen step ignores what changes. So one that an update made before it failed is not made once more when the stack goes
// back to what was verified, where its triggers are again those of the release before; and a later program may write its
// command in another way (docs/decisions/0028-one-program-for-the-steps-of-a-release.md).
package step

import (
	"fmt"

	"github.com/pulumi/pulumi-command/sdk/go/command/local"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/internal/shell"
)

// keep is the command of an update: the output stays what it was.
const keep = `printf '%s' "$PULUMI_COMMAND_STDOUT"`

// Program is a Go program of this repository with its arguments.
type Program struct {
	// Command is what `go run` is given, in the repository's root, such as ./cmd/step migrate.
	Command string
	// Arguments are flags and values; none is a secret, as the state shows them. They are quoted for the shell.
	Arguments pulumi.StringArray
	// Stdin is what the program reads; none when nil.
	Stdin pulumi.StringPtrInput
	// Triggers are what the program is run again for.
	Triggers pulumi.Array
	// Always makes every changed input a reason to run again, not only the triggers.
	Always bool
	// Frozen leaves the step as it last was, whatever its inputs are now: its release is the one that was verified, or an
	// earlier one that is gone back to.
	Frozen bool
}

// inputs are all that decide whether a step is run.
var inputs = []string{"create", "stdin", "triggers", "update"}

// New declares the step. What the program writes to standard error is shown as it runs; its standard output, a short
// receipt, is kept in the state.
func New(ctx *pulumi.Context, name string, program Program, opts ...pulumi.ResourceOption) (*local.Command, error) {
	args := &local.CommandArgs{
		Create: pulumi.Sprintf("go run %s %s", program.Command, program.Arguments.ToStringArrayOutput().ApplyT(
			func(arguments []string) string { return shell.Quote(arguments...) })),
		Dir:      pulumi.String(".."), // commands start in infra/; relative, so that a checkout elsewhere is no change
		Stdin:    program.Stdin,
		Triggers: program.Triggers,
		Logging:  local.LoggingStderr,
	}
	if !program.Always {
		args.Update = pulumi.String(keep)
	}
	if program.Frozen {
		opts = append(opts, pulumi.IgnoreChanges(inputs))
	}
	command, err := local.NewCommand(ctx, name, args, opts...)
	if err != nil {
		return nil, fmt.Errorf("step %q: %w", name, err)
	}
	return command, nil
}

// LeftOut says that the step was last run for other triggers than the program's, because an update was limited to other
// resources (--target, --exclude): the engine then answers with what is in the state. It is empty where the step is the
// release's, and where the release makes no step.
func LeftOut(name string, command *local.Command, program Program) pulumi.StringOutput {
	if program.Frozen {
		return pulumi.String("").ToStringOutput()
	}
	// As text, since numbers come back from the state as others than they were given.
	return pulumi.All(pulumi.JSONMarshal(command.Triggers), pulumi.JSONMarshal(program.Triggers)).ApplyT(func(all []any) string {
		if all[0] == all[1] {
			return ""
		}
		return fmt.Sprintf("%s was run for %s and not for %s", name, all[0], all[1])
	}).(pulumi.StringOutput)
}
