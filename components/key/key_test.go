package key

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests prove what the program asks AWS for: rotation, the waiting window, protection and the policy's text.
// They do not prove that KMS accepts the policy, nor that a service which needs the key is on its list: that is infra's.

const (
	account = "123456789012"
	region  = "ap-southeast-2"
)

var services = []string{"events.amazonaws.com", "sns.amazonaws.com", "logs.ap-southeast-2.amazonaws.com", "cloudwatch.amazonaws.com"}

func declare(t *testing.T, protected bool) *record.Graph {
	t.Helper()
	return declareWith(t, Args{AccountID: account, Region: region, Protected: protected})
}

func declareWith(t *testing.T, args Args) *record.Graph {
	t.Helper()
	return record.Run(t, func(ctx *pulumi.Context) error {
		key, err := New(ctx, "operations", Spec{
			Description: "Logs and notifications", Alias: "alias/flowcomply-test-operations", Services: services,
		}, args)
		if err != nil {
			return err
		}
		ctx.Export("arn", key.Arn)
		ctx.Export("keyId", key.KeyID)
		return nil
	})
}

func TestNew_ProtectedKey(t *testing.T) {
	g := declare(t, true)
	g.Golden(t, "protected")
	key := g.One(t, "aws:kms/key:Key", "operations")
	assert.Equal(t, true, key.Get("enableKeyRotation"))
	assert.InDelta(t, 30, key.Get("deletionWindowInDays"), 0)
	assert.True(t, key.Protect)
	assert.Equal(t, policy(account, region, services), key.Get("policy"))
	alias := g.One(t, "aws:kms/alias:Alias", "operations")
	assert.Equal(t, "alias/flowcomply-test-operations", alias.Get("name"))
	assert.Equal(t, "operations-key", alias.Get("targetKeyId"))
	assert.Equal(t, 2, g.Registrations, "the component and the stack")
}

func TestNew_UnprotectedKeyCanBeDestroyed(t *testing.T) {
	key := declare(t, false).One(t, "aws:kms/key:Key", "operations")
	assert.False(t, key.Protect)
	assert.InDelta(t, 7, key.Get("deletionWindowInDays"), 0)
	assert.Equal(t, true, key.Get("enableKeyRotation"))
}

// Production without protection is about to be destroyed, and its last snapshots need the key for longer than a week.
func TestNew_AKeyThatHeldDataIsLostAfterAMonth(t *testing.T) {
	key := declareWith(t, Args{AccountID: account, Region: region, HeldData: true}).One(t, "aws:kms/key:Key", "operations")
	assert.False(t, key.Protect)
	assert.InDelta(t, 30, key.Get("deletionWindowInDays"), 0)
}

func TestNew_BadSpecDeclaresNothing(t *testing.T) {
	g, err := record.Try(func(ctx *pulumi.Context) error {
		_, err := New(ctx, "data", Spec{}, Args{AccountID: account, Region: region})
		return err
	})
	require.ErrorContains(t, err, `key "data": description: is empty`)
	assert.Empty(t, g.Of("aws:kms/key:Key"))
}

func TestPolicy_Golden(t *testing.T) {
	text, err := json.MarshalIndent(json.RawMessage(policy(account, region, services)), "", "  ")
	require.NoError(t, err)
	record.Golden(t, "policy.json", string(text)+"\n")
}

func TestPolicy_DoesNotDependOnTheOrderOfServices(t *testing.T) {
	assert.Equal(t, policy(account, region, []string{"sns.amazonaws.com", "budgets.amazonaws.com"}),
		policy(account, region, []string{"budgets.amazonaws.com", "sns.amazonaws.com"}))
}

// KMS.5: nobody but this account and services acting for it.
func TestPolicy_EveryServiceIsHeldToThisAccount(t *testing.T) {
	var document struct {
		Statement []struct {
			Sid       string
			Principal map[string]any
			Action    any
			Condition map[string]map[string]string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(policy(account, region, services)), &document))
	require.Len(t, document.Statement, 1+len(services))
	assert.Equal(t, map[string]any{"AWS": "arn:aws:iam::123456789012:root"}, document.Statement[0].Principal)
	for _, s := range document.Statement[1:] {
		if s.Sid == "UseLogsApSoutheast2" {
			assert.Equal(t, "arn:aws:logs:ap-southeast-2:123456789012:*", s.Condition["ArnLike"]["kms:EncryptionContext:aws:logs:arn"])
			continue
		}
		if s.Sid == "UseEvents" {
			assert.Equal(t, map[string]map[string]string{"ArnLike": {"kms:EncryptionContext:aws:sns:topicArn": "arn:aws:sns:ap-southeast-2:123456789012:*"}},
				s.Condition, "a source account would lose EventBridge's messages without a word")
			assert.Equal(t, []any{"kms:Decrypt", "kms:GenerateDataKey*"}, s.Action, "DescribeKey has no encryption context")
			continue
		}
		assert.Equal(t, account, s.Condition["StringEquals"]["aws:SourceAccount"], s.Sid)
	}
}

func TestSpec_Validate(t *testing.T) {
	good := Spec{Description: "d", Alias: "alias/flowcomply-data", Services: []string{"events.rds.amazonaws.com"}}
	require.NoError(t, good.Validate())
	for _, row := range []struct {
		name   string
		change func(*Spec)
		want   string
	}{
		{"no description", func(s *Spec) { s.Description = " " }, "description: is empty"},
		{"alias without prefix", func(s *Spec) { s.Alias = "data" }, `alias: "data" is malformed`},
		{"alias of AWS", func(s *Spec) { s.Alias = "alias/aws/rds" }, "alias: alias/aws/ belongs to AWS"},
		{"service twice", func(s *Spec) { s.Services = []string{"sns.amazonaws.com", "sns.amazonaws.com"} }, "services[1]:"},
		{"not a service", func(s *Spec) { s.Services = []string{"*"} }, `services[0]: "*" is malformed`},
	} {
		t.Run(row.name, func(t *testing.T) {
			spec := good
			row.change(&spec)
			require.ErrorContains(t, spec.Validate(), row.want)
		})
	}
	t.Run("all problems at once", func(t *testing.T) {
		err := Spec{}.Validate()
		require.ErrorContains(t, err, "description:")
		require.ErrorContains(t, err, "alias:")
	})
}
