package secret

import (
	"fmt"

	"github.com/pulumi/pulumi-command/sdk/go/command/local"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/validate"
)

// GenerateSpec is how a random value is made.
type GenerateSpec struct {
	// Bytes is the value's strength, 16 to 64.
	Bytes int
	// Rotation counts the value's rotations.
	Rotation int
}

// Validate returns every problem of the spec at once.
func (s GenerateSpec) Validate() error {
	return validate.All(
		validate.Range("bytes", s.Bytes, minBytes, maxBytes),
		validate.Min("rotation", s.Rotation, 0),
	)
}

// Value is a random value that lives in the stack's encrypted state.
type Value struct {
	pulumi.ResourceState
	// Value is the secret: letters and digits only.
	Value pulumi.StringOutput `pulumi:"value"`
}

// Generate makes a random value once and keeps it until the spec changes. A preview makes none.
//
// pulumi-command runs create again whenever an input of the resource differs, and replaces the resource when a trigger
// does. Either way the value is a new one. So a release that rewords the command, its directory or its logging rotates
// every password: these inputs must stay as they are. The rotation is the only trigger, and changes a value on purpose.
//
// There is no update part: it could not tell a wanted change from another. There is no delete part: a value that nothing
// refers to needs no cleaning up.
func Generate(ctx *pulumi.Context, name string, spec GenerateSpec, opts ...pulumi.ResourceOption) (*Value, error) {
	generated := &Value{}
	b, err := component.New(ctx, "flowcomply:secret:Value", name, generated, struct{}{}, opts, spec.Validate())
	if err != nil {
		return nil, err
	}
	command, err := local.NewCommand(ctx, name, &local.CommandArgs{
		Create: pulumi.String(fmt.Sprintf("go run ./components/secret/cmd/generate -bytes %d", spec.Bytes)),
		// Commands start in infra/. Relative, so that a checkout elsewhere is not a change.
		Dir:      pulumi.String(".."),
		Triggers: pulumi.Array{pulumi.Int(spec.Rotation)},
		Logging:  local.LoggingNone,
		// The value before is nobody's business, the next command's neither.
		AddPreviousOutputInEnv: pulumi.Bool(false),
	}, b.Parent, pulumi.AdditionalSecretOutputs([]string{"stdout", "stderr"}))
	if err != nil {
		return nil, b.Errorf("command: %w", err)
	}
	generated.Value = pulumi.Sprintf("%s", pulumi.ToSecret(command.Stdout))
	return generated, b.Done()
}
