package record

import (
	"errors"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests hold that the recorder writes down what a program asks for, so that a test which finds nothing has
// looked at something. They do not prove that a real engine or provider would answer alike.

type part struct{ pulumi.ResourceState }

// custom registers a resource of any type with these inputs, and gives its outputs under "arn" and "name".
type custom struct {
	pulumi.CustomResourceState
	Arn pulumi.StringOutput `pulumi:"arn"`
}

func sample(ctx *pulumi.Context) error {
	component := &part{}
	if err := ctx.RegisterComponentResource("flowcomply:test:Part", "part", component); err != nil {
		return err
	}
	made := &custom{}
	err := ctx.RegisterResource("aws:kms/key:Key", "part-key", pulumi.Map{
		"plain": pulumi.String("text"), "hidden": pulumi.ToSecret(pulumi.String("secret")),
		"list": pulumi.Array{pulumi.Map{"deep": pulumi.Int(3)}}, "whole": pulumi.ToSecret(pulumi.Map{"inside": pulumi.String("x")}),
	}, made, pulumi.Parent(component), pulumi.Protect(true), pulumi.IgnoreChanges([]string{"plain"}),
		pulumi.RetainOnDelete(true), pulumi.Timeouts(&pulumi.CustomTimeouts{Create: "5m"}))
	if err != nil {
		return err
	}
	ctx.Export("arn", made.Arn)
	ctx.Export("password", pulumi.ToSecret(pulumi.String("secret")))
	return ctx.RegisterResourceOutputs(component, pulumi.Map{})
}

func TestRun_RecordsWhatIsAskedFor(t *testing.T) {
	g := Run(t, sample)
	assert.Equal(t, "aws:kms/key:Key part-key < part [protected] [retained] [ignores plain]\nflowcomply:test:Part part\n", g.String())
	assert.Equal(t, 2, g.Registrations, "the component's and the stack's")
	key := g.One(t, "aws:kms/key:Key", "part-key")
	assert.Equal(t, "flowcomply:test:Part", key.ParentType())
	assert.Equal(t, "create=5m update= delete=", key.Timeouts)
	assert.True(t, key.Custom)
	assert.Empty(t, g.One(t, "flowcomply:test:Part", "part").ParentName())
}

func TestGet_SeesThroughSecretsAndIsSecretTellsThem(t *testing.T) {
	key := Run(t, sample).One(t, "aws:kms/key:Key", "part-key")
	assert.Equal(t, "secret", key.Get("hidden"))
	assert.True(t, key.IsSecret("hidden"))
	assert.True(t, key.IsSecret("whole.inside"), "what holds it is a secret")
	assert.False(t, key.IsSecret("plain"))
	assert.Equal(t, 3.0, key.Get("list.0.deep"))
	assert.Nil(t, key.Get("list.1.deep"))
	assert.Nil(t, key.Get("absent"))
	assert.Equal(t, map[string]any{"inside": "x"}, key.Plain()["whole"])
}

func TestExports_AreResolvedAndKeepSecrets(t *testing.T) {
	g := Run(t, sample)
	assert.Equal(t, "arn:aws:mock:ap-southeast-2:123456789012:Key/part-key", g.Exports["arn"].StringValue())
	assert.True(t, g.Exports["password"].IsSecret())
	assert.Len(t, g.All(), 2, "the resource that shows them is not the program's")
}

func TestPreview_KnowsNothingComputed(t *testing.T) {
	g := Run(t, sample, Preview())
	assert.NotContains(t, g.Exports, "arn")
	assert.Equal(t, Run(t, sample).String(), g.String())
}

func TestAnswer_OverridesOneResource(t *testing.T) {
	g := Run(t, sample, Answer("aws:kms/key:Key", "part-key", map[string]any{"arn": "mine"}), Answer("aws:kms/key:Key", "other", map[string]any{"arn": "not"}))
	assert.Equal(t, "mine", g.Exports["arn"].StringValue())
}

func TestOptions_GiveStackAndConfiguration(t *testing.T) {
	Run(t, func(ctx *pulumi.Context) error {
		assert.Equal(t, "staging", ctx.Stack())
		assert.Equal(t, Project, ctx.Project())
		cfg := config.New(ctx, "")
		assert.Equal(t, "open", cfg.Require("plain"))
		ctx.Export("hidden", cfg.RequireSecret("hidden"))
		return nil
	}, On("staging"), Config(map[string]string{Project + ":plain": "open", Project + ":hidden": "closed"}, Project+":hidden"))
}

func TestTry_ReturnsTheProgramsErrorAndWhatCameBefore(t *testing.T) {
	broken := errors.New("halfway")
	g, err := Try(func(ctx *pulumi.Context) error {
		if err := sample(ctx); err != nil {
			return err
		}
		return broken
	})
	require.ErrorContains(t, err, "halfway")
	assert.Len(t, g.All(), 2)
	assert.Empty(t, g.Exports)
}

func TestCalls_KeepArgumentsAndProvider(t *testing.T) {
	g := Run(t, func(ctx *pulumi.Context) error {
		var out struct {
			ZoneID string `pulumi:"zoneId"`
		}
		if err := ctx.Invoke("aws:route53/getZone:getZone", map[string]any{"name": "example.com"}, &out); err != nil {
			return err
		}
		assert.Equal(t, "ZLOOKEDUP", out.ZoneID)
		return nil
	})
	require.Len(t, g.Calls(), 1)
	assert.Equal(t, "aws:route53/getZone:getZone", g.Calls()[0].Token)
	assert.Equal(t, "example.com", g.Calls()[0].Args["name"].StringValue())
	assert.Empty(t, g.Calls()[0].Provider, "no provider was given")
}

func TestFail_FailsOneResourceWhenItIsMade(t *testing.T) {
	broken := Fail("aws:kms/key:Key", "part-key", errors.New("access denied"))
	g, err := Try(sample, broken)
	require.ErrorContains(t, err, "access denied")
	assert.Equal(t, Run(t, sample).String(), g.String(), "it was asked for")
	Run(t, sample, broken, Preview())
	Run(t, sample, Fail("aws:kms/key:Key", "other", errors.New("access denied")))
}

func TestFailCall_FailsTheInvokesOfAToken(t *testing.T) {
	ask := func(token string) error {
		_, err := Try(func(ctx *pulumi.Context) error {
			return ctx.Invoke(token, map[string]any{"name": "x"}, &struct{}{})
		}, FailCall("aws:route53/getZone:getZone", errors.New("throttled")))
		return err
	}
	require.ErrorContains(t, ask("aws:route53/getZone:getZone"), "throttled")
	require.NoError(t, ask("aws:ecr/getAuthorizationToken:getAuthorizationToken"))
	require.ErrorContains(t, ask("aws:ecr/getImage:getImage"), "couldn't find resource", "an account holds no images yet")
}

func TestShows_FindsTextOutsideOfSecretsAtAnyDepth(t *testing.T) {
	open := resource.NewStringProperty("a canary here")
	g := (&Graph{}).With(func([]Resource) []Resource {
		return []Resource{{Type: "a:b:C", Name: "c", Inputs: resource.PropertyMap{
			"closed": resource.MakeSecret(open),
			"half":   resource.NewObjectProperty(resource.PropertyMap{"in": resource.MakeSecret(open), "out": open}),
			"list":   resource.NewArrayProperty([]resource.PropertyValue{resource.NewStringProperty("other"), open}),
		}}}
	})
	assert.Equal(t, []string{"a:b:C c half.out", "a:b:C c list.1"}, g.Shows("canary"))
}

func TestWith_LeavesTheGraphAlone(t *testing.T) {
	g := Run(t, sample)
	assert.Empty(t, g.With(func([]Resource) []Resource { return nil }).All())
	assert.Len(t, g.All(), 2)
}
