package secret

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests prove when a value changes, as far as the command's inputs decide it, and that the command can be run.
// They do not prove that pulumi-command treats inputs as it documents: that is for a run with the plugin.

func command(t *testing.T, spec GenerateSpec) record.Resource {
	t.Helper()
	return generate(t, spec).One(t, "command:local:Command", "database-password")
}

func generate(t *testing.T, spec GenerateSpec) *record.Graph {
	t.Helper()
	return record.Run(t, func(ctx *pulumi.Context) error {
		value, err := Generate(ctx, "database-password", spec)
		if err != nil {
			return err
		}
		return ctx.RegisterResource("test:index:Sink", "sink", pulumi.Map{"value": value.Value}, &pulumi.CustomResourceState{})
	})
}

func TestGenerate_Golden(t *testing.T) {
	generate(t, GenerateSpec{Bytes: 32}).Golden(t, "generate")
}

// The whole of the inputs, because a difference in any of them makes a new value in every environment. A change of
// this test is a rotation of all passwords at the next deployment.
func TestGenerate_InputsArePinned(t *testing.T) {
	assert.Equal(t, map[string]any{
		"create":                 "go run ./components/secret/cmd/generate -bytes 32",
		"dir":                    "..",
		"triggers":               []any{0.0},
		"logging":                "none",
		"addPreviousOutputInEnv": false,
	}, command(t, GenerateSpec{Bytes: 32}).Plain(), "no update, no delete, no path of a machine")
}

func TestGenerate_SameSpecSameInputs(t *testing.T) {
	spec := GenerateSpec{Bytes: 32, Rotation: 2}
	first, second := command(t, spec), command(t, spec)
	assert.Equal(t, first, second)
}

func TestGenerate_RotationChangesTheTriggerOnly(t *testing.T) {
	before, after := command(t, GenerateSpec{Bytes: 32}), command(t, GenerateSpec{Bytes: 32, Rotation: 1})
	assert.Equal(t, []any{1.0}, after.Get("triggers"))
	assert.Contains(t, after.ReplaceOnChanges, "triggers[*]")
	delete(before.Inputs, "triggers")
	delete(after.Inputs, "triggers")
	assert.Equal(t, before, after)
}

func TestGenerate_ValueIsASecret(t *testing.T) {
	g := generate(t, GenerateSpec{Bytes: 32})
	assert.ElementsMatch(t, []string{"stdout", "stderr"}, command(t, GenerateSpec{Bytes: 32}).SecretOutputs)
	sink := g.One(t, "test:index:Sink", "sink")
	assert.Equal(t, "stdout-of-database-password", sink.Get("value"))
	assert.True(t, sink.IsSecret("value"))
}

func TestGenerate_BadSpecDeclaresNothing(t *testing.T) {
	g, err := record.Try(func(ctx *pulumi.Context) error {
		_, err := Generate(ctx, "jwt-secret", GenerateSpec{Bytes: 8})
		return err
	})
	require.ErrorContains(t, err, `secret "jwt-secret": bytes: 8 is out of range; allowed: 16 to 64`)
	assert.Empty(t, g.Of("command:local:Command"))
}

// The command's words and directory must lead to the program from where commands start, infra/.
func TestGenerate_CommandRuns(t *testing.T) {
	for _, size := range []int{minBytes, maxBytes} {
		inputs := command(t, GenerateSpec{Bytes: size}).Plain()
		line, ok := inputs["create"].(string)
		require.True(t, ok)
		dir, ok := inputs["dir"].(string)
		require.True(t, ok)
		run := exec.Command("/bin/sh", "-c", line)
		run.Dir = filepath.Join("..", "..", "infra", dir)
		value, err := run.Output()
		require.NoError(t, err)
		assert.Regexp(t, `^[A-Za-z0-9]{22,86}$`, string(value))
	}
}
