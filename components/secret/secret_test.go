package secret

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests prove what the program asks for. They do not prove that Secrets Manager enforces the policy, nor what the
// state file holds: the engine encrypts what is marked secret, and the marking is all that shows here.

func declare(t *testing.T, protected bool) *record.Graph {
	t.Helper()
	return record.Run(t, func(ctx *pulumi.Context) error {
		secret, err := New(ctx, "jwt-secret", Args{
			AccountID: "123456789012", SecretName: "flowcomply-test/JWT_SECRET", Value: pulumi.String("canary"),
			KeyArn: pulumi.String("arn:data"), Protected: protected,
		})
		if err != nil {
			return err
		}
		return ctx.RegisterResource("test:index:Sink", "sink", pulumi.Map{
			"arn": secret.Arn, "versionId": secret.VersionID, "valueFrom": secret.ValueFrom,
		}, &pulumi.CustomResourceState{})
	})
}

func TestNew_Golden(t *testing.T) {
	declare(t, true).Golden(t, "protected")
	declare(t, false).Golden(t, "unprotected")
}

func TestNew_Secret(t *testing.T) {
	g := declare(t, true)
	secret := g.One(t, "aws:secretsmanager/secret:Secret", "jwt-secret")
	assert.Equal(t, "flowcomply-test/JWT_SECRET", secret.Get("name"))
	assert.Equal(t, "arn:data", secret.Get("kmsKeyId"))
	assert.InDelta(t, 30, secret.Get("recoveryWindowInDays"), 0)
	assert.True(t, secret.Protect)

	version := g.One(t, "aws:secretsmanager/secretVersion:SecretVersion", "jwt-secret")
	assert.Equal(t, "jwt-secret-id", version.Get("secretId"))
	assert.True(t, version.IsSecret("secretString"))
	assert.True(t, version.RetainOnDelete, "the version before stays readable")
}

func TestNew_UnprotectedFreesItsName(t *testing.T) {
	secret := declare(t, false).One(t, "aws:secretsmanager/secret:Secret", "jwt-secret")
	assert.InDelta(t, 0, secret.Get("recoveryWindowInDays"), 0)
	assert.False(t, secret.Protect)
}

func TestNew_ValueFromNamesTheVersion(t *testing.T) {
	sink := declare(t, true).One(t, "test:index:Sink", "sink")
	assert.Equal(t, "arn:aws:mock:ap-southeast-2:123456789012:Secret/jwt-secret:::version-of-jwt-secret", sink.Get("valueFrom"))
	assert.Equal(t, "version-of-jwt-secret", sink.Get("versionId"))
	assert.False(t, sink.IsSecret("valueFrom"), "a reference is none: it belongs into task definitions")
}

func TestPolicy_Golden(t *testing.T) {
	text, err := json.MarshalIndent(json.RawMessage(policy("123456789012")), "", "  ")
	require.NoError(t, err)
	record.Golden(t, "policy.json", string(text)+"\n")
}

// Each row breaks one rule. What it does not prove: that the stack has a database or a cache for the source to name.
func TestSpec_Validate(t *testing.T) {
	for _, good := range []Spec{
		{Source: FromDatabase}, {Source: FromCache}, {Source: FromOperator}, {Source: Generated}, {Source: Generated, Rotation: 3, Bytes: 64},
	} {
		require.NoError(t, good.Validate(), "%+v", good)
	}
	for _, row := range []struct {
		name string
		spec Spec
		want string
	}{
		{"no source", Spec{}, `source: "" is not known; allowed: database, cache, generated, operator`},
		{"source misspelt", Spec{Source: "vault"}, `source: "vault" is not known`},
		{"rotation of the operator's", Spec{Source: FromOperator, Rotation: 1}, "rotation: only a generated value rotates here"},
		{"strength of the database's", Spec{Source: FromDatabase, Bytes: 32}, "bytes: only a generated value has a strength"},
		{"too weak", Spec{Source: Generated, Bytes: 15}, "bytes: 15 is out of range; allowed: 16 to 64"},
		{"too long", Spec{Source: Generated, Bytes: 65}, "bytes: 65 is out of range"},
		{"rotation backwards", Spec{Source: Generated, Rotation: -1}, "rotation: -1 is too small"},
	} {
		t.Run(row.name, func(t *testing.T) { require.ErrorContains(t, row.spec.Validate(), row.want) })
	}
	t.Run("all problems at once", func(t *testing.T) {
		err := Spec{Source: "vault", Rotation: 1, Bytes: 1}.Validate()
		for _, field := range []string{"source:", "rotation:", "bytes:"} {
			require.ErrorContains(t, err, field)
		}
	})
}
