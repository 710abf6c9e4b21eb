package component

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests hold what all components have in common. They do not show that each of them passes its own arguments on.

type arguments struct {
	Text      string
	Input     pulumi.StringInput
	List      []string
	ByName    map[string]int
	Within    struct{ Deep string }
	Protected bool
	Left      string `args:"optional"`
}

func full() arguments {
	args := arguments{Text: "text", Input: pulumi.String("x"), List: []string{"a"}, ByName: map[string]int{"a": 1}}
	args.Within.Deep = "deep"
	return args
}

type part struct {
	pulumi.ResourceState
	Unlisted string
	Listed   string              `pulumi:"listed"`
	Later    pulumi.StringOutput `pulumi:"later"`
}

func TestMissing_NamesEveryHole(t *testing.T) {
	require.NoError(t, Missing(full()))
	require.NoError(t, Missing(struct{}{}))
	assert.Equal(t, []string{
		"args.Text: is missing", "args.Input: is missing", "args.List: is missing", "args.ByName: is missing", "args.Within.Deep: is missing",
	}, strings.Split(Missing(arguments{List: []string{}}).Error(), "\n"))
}

func TestNew_DeclaresNothingFromHolesAndNamesTheComponent(t *testing.T) {
	graph, err := record.Try(func(ctx *pulumi.Context) error {
		_, err := New(ctx, "flowcomply:test:Part", "one", &part{}, arguments{Text: "x"}, nil, assert.AnError)
		return err
	})
	require.ErrorContains(t, err, `test "one": args.Input: is missing`)
	require.ErrorIs(t, err, assert.AnError)
	assert.Empty(t, graph.All())
}

func TestDone_RegistersTheTaggedFields(t *testing.T) {
	graph := record.Run(t, func(ctx *pulumi.Context) error {
		one := &part{Listed: "plain", Unlisted: "x"}
		b, err := New(ctx, "flowcomply:test:Part", "one", one, full(), nil)
		if err != nil {
			return err
		}
		one.Later = pulumi.String("later").ToStringOutput()
		assert.Equal(t, map[string]any{"listed": pulumi.String("plain"), "later": one.Later}, plain(b.outputs()))
		return b.Done()
	})
	assert.Equal(t, 2, graph.Registrations, "the component's and the stack's")
}

func plain(outputs pulumi.Map) map[string]any {
	out := map[string]any{}
	for key, value := range outputs {
		out[key] = value
	}
	return out
}
