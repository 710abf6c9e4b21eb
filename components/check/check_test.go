package check_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/check"
	"github.com/flowcomply/infrastructure/components/internal/record"
)

// These tests prove what the engine is asked to run, and when again. They do not prove that a check refuses what it should:
// the programs' own tests do.

const commandType = "command:local:Command"

func declared(t *testing.T, args check.Args) record.Resource {
	t.Helper()
	g := record.Run(t, func(ctx *pulumi.Context) error {
		_, err := check.New(ctx, "look", args)
		return err
	})
	assert.Equal(t, 2, g.Registrations)
	return g.One(t, commandType, "look")
}

func TestCheck_AsksOverStandardInput(t *testing.T) {
	made := declared(t, check.Args{
		Command: "./verify/cmd/look", Arguments: []string{"--flag", "two words"},
		Question: pulumi.String(`{"stack":"staging"}`),
	})
	assert.Equal(t, "go run ./verify/cmd/look --flag 'two words'", made.Get("create"))
	assert.Equal(t, `{"stack":"staging"}`, made.Get("stdin"))
	assert.Nil(t, made.Get("update"), "every change of the question is a reason to look again")
	assert.Nil(t, made.Get("delete"))
	assert.Empty(t, made.IgnoreChanges)
}

func TestCheck_LooksAgainForItsTriggersAlone(t *testing.T) {
	in := check.Args{Command: "./verify/cmd/look", Question: pulumi.String("{}"), Triggers: pulumi.Array{pulumi.String("v1.1.0")}}
	made := declared(t, in)
	assert.Equal(t, []any{"v1.1.0"}, made.Get("triggers"))
	assert.Contains(t, made.Get("update"), "PULUMI_COMMAND_STDOUT")
	in.Frozen = true
	assert.Equal(t, []string{"create", "stdin", "triggers", "update"}, declared(t, in).IgnoreChanges)
}

func TestCheck_WantsACommandAndAQuestion(t *testing.T) {
	for _, in := range []check.Args{{Question: pulumi.String("{}")}, {Command: "./verify/cmd/look"}} {
		_, err := record.Try(func(ctx *pulumi.Context) error {
			_, err := check.New(ctx, "look", in)
			return err
		})
		require.ErrorContains(t, err, `check "look": args: command or question is missing`)
	}
}
