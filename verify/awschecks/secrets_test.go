package awschecks

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	secretstypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
	"github.com/flowcomply/infrastructure/verify/internal/fakeaws"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Hand-written Secrets Manager and IAM answer here. That IAM's simulation is what
// a task meets is AWS's word.

const (
	smokeSecretArn = "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:smoke"
	urlSecret      = "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:flowcomply-production/DATABASE_URL-aaaaaa"
	keySecret      = "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:flowcomply-production/API-bbbbbb"
	dataKey        = "arn:aws:kms:ap-southeast-2:123456789012:key/1234abcd"
	backend        = "arn:aws:iam::123456789012:role/backend-execution-role"
)

type fakeVault struct {
	secrets map[string]*secretsmanager.DescribeSecretOutput
	denied  map[string]iamtypes.PolicyEvaluationDecisionType // by action and resource
	nested  bool                                             // results by resource, as for several resources
	// comesWith are the contexts that requests have to come with, by role and their first action.
	comesWith map[string][]string
}

func (f *fakeVault) DescribeSecret(_ context.Context, in *secretsmanager.DescribeSecretInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.DescribeSecretOutput, error) {
	if found := f.secrets[*in.SecretId]; found != nil {
		return found, nil
	}
	return nil, &secretstypes.ResourceNotFoundException{}
}

func (f *fakeVault) SimulatePrincipalPolicy(_ context.Context, in *iam.SimulatePrincipalPolicyInput, _ ...func(*iam.Options)) (*iam.SimulatePrincipalPolicyOutput, error) {
	if want, known := f.comesWith[*in.PolicySourceArn+" "+in.ActionNames[0]]; !known || !slices.Equal(want, contexts(in)) {
		panic("asked of another role, or in another way")
	}
	out := &iam.SimulatePrincipalPolicyOutput{}
	for _, action := range in.ActionNames {
		for _, resource := range in.ResourceArns {
			decision := iamtypes.PolicyEvaluationDecisionTypeAllowed
			if no, ok := f.denied[action+" "+resource]; ok {
				decision = no
			}
			result := iamtypes.EvaluationResult{EvalActionName: &action, EvalResourceName: &resource, EvalDecision: decision}
			if f.nested {
				result = iamtypes.EvaluationResult{EvalActionName: &action, EvalResourceName: aws.String("*"), ResourceSpecificResults: []iamtypes.ResourceSpecificResult{
					{EvalResourceName: &resource, EvalResourceDecision: decision},
				}}
			}
			out.EvaluationResults = append(out.EvaluationResults, result)
		}
	}
	return out, nil
}

// contexts are key=value.
func contexts(in *iam.SimulatePrincipalPolicyInput) []string {
	var all []string
	for _, entry := range in.ContextEntries {
		all = append(all, *entry.ContextKeyName+"="+strings.Join(entry.ContextKeyValues, ","))
	}
	return all
}

func vault() *fakeVault {
	kept := func() *secretsmanager.DescribeSecretOutput {
		return &secretsmanager.DescribeSecretOutput{
			ARN: aws.String(urlSecret), KmsKeyId: aws.String(dataKey),
			VersionIdsToStages: map[string][]string{"v2": {"AWSCURRENT"}, "v1": {"AWSPREVIOUS"}},
		}
	}
	return &fakeVault{
		secrets: map[string]*secretsmanager.DescribeSecretOutput{urlSecret: kept(), keySecret: kept(), smokeSecretArn: kept()},
		denied:  map[string]iamtypes.PolicyEvaluationDecisionType{},
		comesWith: map[string][]string{
			backend + " " + readAction:    {"kms:ViaService=secretsmanager.ap-southeast-2.amazonaws.com"},
			backend + " " + decryptAction: {"kms:ViaService=secretsmanager.ap-southeast-2.amazonaws.com"},
		},
	}
}

// using is a task definition with the secrets' addresses.
func using(from ...string) *fakeaws.ECS {
	f := fakeaws.Healthy()
	for i, one := range from {
		f.Definition.ContainerDefinitions[0].Secrets = append(f.Definition.ContainerDefinitions[0].Secrets,
			types.Secret{Name: aws.String([]string{"DATABASE_URL", "API"}[i]), ValueFrom: aws.String(one)})
	}
	return f
}

func readableCheck(f *fakeVault, from ...string) check.Check {
	s := wanted(Clients{ECS: using(from...), Secrets: f, Roles: f})
	want := fakeaws.Wanted
	want.ExecutionRoleArn = backend
	s.Services["backend"] = want
	return s.SecretsReadable("backend")
}

func TestSecretsReadable(t *testing.T) {
	const no, never = iamtypes.PolicyEvaluationDecisionTypeImplicitDeny, iamtypes.PolicyEvaluationDecisionTypeExplicitDeny
	for name, tc := range map[string]struct {
		edit    func(*fakeVault)
		outcome check.Outcome
		says    []string
	}{
		"readable":    {func(*fakeVault) {}, check.OK, []string{"its execution role may read API, DATABASE_URL"}},
		"by resource": {func(f *fakeVault) { f.nested = true }, check.OK, nil},
		"AWS' own key": {func(f *fakeVault) {
			f.secrets[urlSecret].KmsKeyId, f.secrets[keySecret].KmsKeyId = nil, aws.String("alias/aws/secretsmanager")
		}, check.OK, nil},
		"key by id": {func(f *fakeVault) { f.secrets[urlSecret].KmsKeyId = aws.String("1234abcd") }, check.OK, nil},
		"not allowed": {func(f *fakeVault) { f.denied[readAction+" "+urlSecret] = no }, check.FailedNow,
			[]string{"the execution role of backend may not secretsmanager:GetSecretValue on " + urlSecret + " (implicitDeny)"}},
		"forbidden, by resource": {func(f *fakeVault) { f.nested = true; f.denied[readAction+" "+keySecret] = never }, check.FailedNow, []string{keySecret + " (explicitDeny)"}},
		"key not allowed":        {func(f *fakeVault) { f.denied[decryptAction+" "+dataKey] = no }, check.FailedNow, []string{"may not kms:Decrypt on " + dataKey}},
		"gone":                   {func(f *fakeVault) { delete(f.secrets, urlSecret) }, check.FailedNow, []string{"the secret of DATABASE_URL does not exist"}},
		"going":                  {func(f *fakeVault) { f.secrets[urlSecret].DeletedDate = aws.Time(fakeaws.Noon) }, check.FailedNow, []string{"DATABASE_URL is about to be deleted"}},
		"without a value":        {func(f *fakeVault) { f.secrets[urlSecret].VersionIdsToStages = nil }, check.FailedNow, []string{"DATABASE_URL has no current version"}},
		"version without a stage": {func(f *fakeVault) {
			f.secrets[urlSecret].VersionIdsToStages = map[string][]string{"v3": {"AWSCURRENT"}, "v2": {"AWSPREVIOUS"}}
		}, check.FailedNow, []string{"names version v1 of the secret of DATABASE_URL, which has no stage any more"}},
		"two at once": {func(f *fakeVault) { delete(f.secrets, urlSecret); f.denied[readAction+" "+keySecret] = no }, check.FailedNow, []string{"does not exist; ", keySecret}},
	} {
		t.Run(name, func(t *testing.T) {
			f := vault()
			tc.edit(f)
			checktest.Expect(t, checktest.One(t, readableCheck(f, urlSecret+":::v1", keySecret)), tc.outcome, tc.says...)
		})
	}
	checktest.Expect(t, checktest.One(t, readableCheck(vault())), check.OK, "its containers have no secret")
	checktest.Expect(t, checktest.One(t, readableCheck(vault(), urlSecret+":password:STAGE:")), check.FailedNow, "the stage STAGE of the secret of DATABASE_URL")
}

func TestParseReference(t *testing.T) {
	for from, want := range map[string]reference{
		urlSecret:                       {"X", urlSecret, "", ""},
		urlSecret + ":::v1":             {"X", urlSecret, "", "v1"},
		urlSecret + ":user:AWSPENDING:": {"X", urlSecret, "AWSPENDING", ""},
	} {
		got, ok := parseReference("X", from)
		require.True(t, ok, from)
		assert.Equal(t, want, got)
	}
	_, ok := parseReference("X", "arn:aws:ssm:ap-southeast-2:123456789012:parameter/x")
	assert.False(t, ok)
}

func TestSecretsStored(t *testing.T) {
	out := outputs.Outputs{SecretArns: map[string]string{"DATABASE_URL": urlSecret, "API": keySecret}, SmokeSecretArn: smokeSecretArn}
	checktest.Expect(t, checktest.One(t, SecretsStored(out, vault(), 4*time.Second)), check.OK, "3 secrets with a current version")
	assert.Len(t, out.SecretArns, 2, "the outputs stay as they are")
	f := vault()
	delete(f.secrets, smokeSecretArn)
	f.secrets[keySecret].DeletedDate = aws.Time(fakeaws.Noon)
	got := checktest.One(t, SecretsStored(out, f, 4*time.Second))
	checktest.Expect(t, got, check.FailedNow, "the secret of the smoke user does not exist", "the secret of API is about to be deleted")
	assert.Equal(t, 1, strings.Count(got.Cause, ";"))
}
