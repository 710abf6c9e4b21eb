package bootstrap

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/stacks"
)

// The account here remembers what it is told. That AWS takes what is sent, a rehearsal shows, whose KMS and S3 are moto's.

// account is a KMS and an S3. An operation that fails says so and does nothing; what came before it stays.
type account struct {
	keys    map[string]*kmstypes.KeyMetadata
	aliases map[string]string
	rotated map[string]bool
	there   bool // the bucket
	status  s3types.BucketVersioningStatus
	block   *s3types.PublicAccessBlockConfiguration
	policy  string
	rules   []s3types.LifecycleRule
	role    bool // of ECS
	fails   map[string]error
	did     []string // what changed something
}

func newAccount() *account {
	return &account{keys: map[string]*kmstypes.KeyMetadata{}, aliases: map[string]string{}, rotated: map[string]bool{}, fails: map[string]error{}}
}

// change records an operation that changes something.
func (a *account) change(name string) error {
	if err := a.fails[name]; err != nil {
		return err
	}
	a.did = append(a.did, name)
	return nil
}

func (a *account) DescribeKey(_ context.Context, in *kms.DescribeKeyInput, _ ...func(*kms.Options)) (*kms.DescribeKeyOutput, error) {
	id := aws.ToString(in.KeyId)
	if target, is := a.aliases[id]; is {
		id = target
	}
	if found := a.keys[id]; found != nil {
		return &kms.DescribeKeyOutput{KeyMetadata: found}, nil
	}
	return nil, &kmstypes.NotFoundException{}
}

func (a *account) ListKeys(_ context.Context, in *kms.ListKeysInput, _ ...func(*kms.Options)) (*kms.ListKeysOutput, error) {
	if in.Marker == nil {
		return &kms.ListKeysOutput{Truncated: true, NextMarker: aws.String("the second page")}, nil
	}
	out := &kms.ListKeysOutput{}
	for id := range a.keys {
		out.Keys = append(out.Keys, kmstypes.KeyListEntry{KeyId: &id})
	}
	return out, nil
}

func (a *account) CreateKey(_ context.Context, in *kms.CreateKeyInput, _ ...func(*kms.Options)) (*kms.CreateKeyOutput, error) {
	metadata := &kmstypes.KeyMetadata{KeyId: aws.String("key-1"), Description: in.Description, KeyState: kmstypes.KeyStateEnabled}
	a.keys["key-1"] = metadata
	return &kms.CreateKeyOutput{KeyMetadata: metadata}, a.change("CreateKey")
}

func (a *account) CreateAlias(_ context.Context, in *kms.CreateAliasInput, _ ...func(*kms.Options)) (*kms.CreateAliasOutput, error) {
	if err := a.change("CreateAlias"); err != nil {
		return nil, err
	}
	a.aliases[*in.AliasName] = *in.TargetKeyId
	return nil, nil
}

func (a *account) GetKeyRotationStatus(_ context.Context, in *kms.GetKeyRotationStatusInput, _ ...func(*kms.Options)) (*kms.GetKeyRotationStatusOutput, error) {
	return &kms.GetKeyRotationStatusOutput{KeyRotationEnabled: a.rotated[*in.KeyId]}, nil
}

func (a *account) EnableKeyRotation(_ context.Context, in *kms.EnableKeyRotationInput, _ ...func(*kms.Options)) (*kms.EnableKeyRotationOutput, error) {
	a.rotated[*in.KeyId] = true
	return nil, a.change("EnableKeyRotation")
}

func answered(status int) error {
	return &awshttp.ResponseError{ResponseError: &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}}, Err: errors.New(http.StatusText(status)),
	}}
}

func (a *account) HeadBucket(context.Context, *s3.HeadBucketInput, ...func(*s3.Options)) (*s3.HeadBucketOutput, error) {
	if err := a.fails["HeadBucket"]; err != nil {
		return nil, err
	}
	if !a.there {
		return nil, answered(404)
	}
	return &s3.HeadBucketOutput{}, nil
}

func (a *account) CreateBucket(_ context.Context, in *s3.CreateBucketInput, _ ...func(*s3.Options)) (*s3.CreateBucketOutput, error) {
	a.there = true
	if in.CreateBucketConfiguration == nil || in.CreateBucketConfiguration.LocationConstraint != "ap-southeast-2" {
		return nil, errors.New("IllegalLocationConstraintException")
	}
	return nil, a.change("CreateBucket")
}

func (a *account) GetBucketVersioning(context.Context, *s3.GetBucketVersioningInput, ...func(*s3.Options)) (*s3.GetBucketVersioningOutput, error) {
	return &s3.GetBucketVersioningOutput{Status: a.status}, nil
}

func (a *account) PutBucketVersioning(_ context.Context, in *s3.PutBucketVersioningInput, _ ...func(*s3.Options)) (*s3.PutBucketVersioningOutput, error) {
	if err := a.change("PutBucketVersioning"); err != nil {
		return nil, err
	}
	a.status = in.VersioningConfiguration.Status
	return nil, nil
}

func unsetAs(code string, set bool) error {
	if set {
		return nil
	}
	return &smithy.GenericAPIError{Code: code}
}

func (a *account) GetPublicAccessBlock(context.Context, *s3.GetPublicAccessBlockInput, ...func(*s3.Options)) (*s3.GetPublicAccessBlockOutput, error) {
	return &s3.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: a.block}, unsetAs("NoSuchPublicAccessBlockConfiguration", a.block != nil)
}

func (a *account) PutPublicAccessBlock(_ context.Context, in *s3.PutPublicAccessBlockInput, _ ...func(*s3.Options)) (*s3.PutPublicAccessBlockOutput, error) {
	a.block = in.PublicAccessBlockConfiguration
	return nil, a.change("PutPublicAccessBlock")
}

func (a *account) GetBucketPolicy(context.Context, *s3.GetBucketPolicyInput, ...func(*s3.Options)) (*s3.GetBucketPolicyOutput, error) {
	return &s3.GetBucketPolicyOutput{Policy: &a.policy}, unsetAs("NoSuchBucketPolicy", a.policy != "")
}

func (a *account) PutBucketPolicy(_ context.Context, in *s3.PutBucketPolicyInput, _ ...func(*s3.Options)) (*s3.PutBucketPolicyOutput, error) {
	a.policy = *in.Policy
	return nil, a.change("PutBucketPolicy")
}

func (a *account) GetBucketLifecycleConfiguration(context.Context, *s3.GetBucketLifecycleConfigurationInput, ...func(*s3.Options)) (*s3.GetBucketLifecycleConfigurationOutput, error) {
	return &s3.GetBucketLifecycleConfigurationOutput{Rules: a.rules}, unsetAs("NoSuchLifecycleConfiguration", a.rules != nil)
}

func (a *account) PutBucketLifecycleConfiguration(_ context.Context, in *s3.PutBucketLifecycleConfigurationInput, _ ...func(*s3.Options)) (*s3.PutBucketLifecycleConfigurationOutput, error) {
	a.rules = in.LifecycleConfiguration.Rules
	return nil, a.change("PutBucketLifecycleConfiguration")
}

func (a *account) GetRole(_ context.Context, in *iam.GetRoleInput, _ ...func(*iam.Options)) (*iam.GetRoleOutput, error) {
	switch {
	case *in.RoleName != "AWSServiceRoleForECS":
		panic("asked for another role")
	case a.fails["GetRole"] != nil:
		return nil, a.fails["GetRole"]
	case !a.role:
		return nil, &iamtypes.NoSuchEntityException{}
	}
	return &iam.GetRoleOutput{}, nil
}

func (a *account) CreateServiceLinkedRole(_ context.Context, in *iam.CreateServiceLinkedRoleInput, _ ...func(*iam.Options)) (*iam.CreateServiceLinkedRoleOutput, error) {
	if *in.AWSServiceName != "ecs.amazonaws.com" {
		panic("made a role for another service")
	}
	if err := a.change("CreateServiceLinkedRole"); err != nil {
		return nil, err
	}
	a.role = true
	return nil, nil
}

// Somebody else's first cluster, or bootstrap, may make the role at the same time.
func TestRun_TakesARoleThatAnotherMadeMeanwhile(t *testing.T) {
	a := newAccount()
	a.fails["CreateServiceLinkedRole"] = &iamtypes.InvalidInputException{Message: aws.String("Service role name AWSServiceRoleForECS has been taken in this account")}
	how, err := a.run(t)
	require.NoError(t, err)
	assert.Equal(t, "kept", how[2])

	for _, operation := range []string{"GetRole", "CreateServiceLinkedRole"} {
		a = newAccount()
		a.fails[operation] = &iamtypes.InvalidInputException{Message: aws.String("nothing of the kind")}
		_, err = a.run(t)
		require.ErrorContains(t, err, "role AWSServiceRoleForECS: ", operation)
	}
}

var spec = Spec{
	Account: "210987654321", Region: "ap-southeast-2", Alias: "alias/x", KeyRegion: "ap-southeast-2", Bucket: "states",
	Tags: map[string]string{"project": "flowcomply"},
}

// run runs it, and returns how each thing was seen to.
func (a *account) run(t *testing.T) ([]string, error) {
	t.Helper()
	var how []string
	err := Run(t.Context(), spec, a, a, a, func(done Done) { how = append(how, done.How) })
	return how, err
}

func TestRun_MakesWhatIsMissingAndKeepsIt(t *testing.T) {
	a := newAccount()
	how, err := a.run(t)
	require.NoError(t, err)
	assert.Equal(t, []string{
		"made, now rotated each year",
		"made, now versioned, now closed to the public, now reached over TLS alone, now keeps old versions for 365 days",
		"made",
	}, how)
	assert.True(t, a.role)
	assert.Equal(t, "key-1", a.aliases["alias/x"])
	assert.Contains(t, a.policy, `"aws:SecureTransport":"false"`)
	assert.Contains(t, a.policy, `"arn:aws:s3:::states/*"`)
	a.did = nil
	how, err = a.run(t)
	require.NoError(t, err)
	assert.Equal(t, []string{"kept", "kept", "kept"}, how)
	assert.Empty(t, a.did)
}

func TestRun_LeavesWhatSomebodyDecided(t *testing.T) {
	a := newAccount()
	a.there, a.policy, a.rules = true, "theirs", []s3types.LifecycleRule{{}}
	a.block = &s3types.PublicAccessBlockConfiguration{BlockPublicAcls: aws.Bool(true)} // the half of it
	how, err := a.run(t)
	require.NoError(t, err)
	assert.Equal(t, "kept, now versioned, now closed to the public", how[1])
	assert.Equal(t, "theirs", a.policy)
}

// Wherever a run is cut off, the next one ends with all that there should be, once.
func TestRun_FinishesWhatWasBegun(t *testing.T) {
	cut := errors.New("connection reset")
	for _, at := range []string{"CreateAlias", "EnableKeyRotation", "CreateBucket", "PutBucketVersioning", "PutPublicAccessBlock", "PutBucketPolicy", "PutBucketLifecycleConfiguration", "CreateServiceLinkedRole"} {
		t.Run(at, func(t *testing.T) {
			a := newAccount()
			a.fails[at] = cut
			_, err := a.run(t)
			require.ErrorIs(t, err, cut)
			delete(a.fails, at)
			_, err = a.run(t)
			require.NoError(t, err)
			assert.Len(t, a.keys, 1)
			assert.Equal(t, map[string]string{"alias/x": "key-1"}, a.aliases)
			assert.True(t, a.rotated["key-1"])
			assert.Equal(t, s3types.BucketVersioningStatusEnabled, a.status)
			assert.NotEmpty(t, a.policy)
			assert.NotNil(t, a.block)
			assert.Len(t, a.rules, 1)
			assert.True(t, a.role)
		})
	}
}

func TestRun_RefusesAKeyOrBucketThatCannotBeUsed(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*account)
		want   string
	}{
		"key to be deleted": {func(a *account) { a.keys["key-1"].KeyState = kmstypes.KeyStatePendingDeletion }, "`aws kms cancel-key-deletion --key-id key-1`"},
		"key disabled":      {func(a *account) { a.keys["key-1"].KeyState = kmstypes.KeyStateDisabled }, "key alias/x: key key-1 is Disabled; run `aws kms enable-key --key-id key-1`"},
		"another's bucket":  {func(a *account) { a.fails["HeadBucket"] = answered(403) }, "bucket states: is another account's"},
		"bucket unknown":    {func(a *account) { a.fails["HeadBucket"] = answered(500) }, "bucket states: "},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount()
			a.keys["key-1"] = &kmstypes.KeyMetadata{KeyId: aws.String("key-1"), KeyState: kmstypes.KeyStateEnabled}
			a.aliases["alias/x"], a.rotated["key-1"] = "key-1", true
			tc.change(a)
			_, err := a.run(t)
			require.ErrorContains(t, err, tc.want)
			assert.Empty(t, a.did)
		})
	}
}

func TestSpecOf_ReadsTheStackFile(t *testing.T) {
	source := stacks.Source{Values: map[string]string{"flowcomply:account": `{"id":"210987654321","region":"ap-southeast-2"}`}}
	got, err := SpecOf(source, "awskms://alias/a/b?region=eu-west-1&context_x=y")
	require.NoError(t, err)
	assert.Equal(t, Spec{
		Account: "210987654321", Region: "ap-southeast-2", Provider: "awskms://alias/a/b?region=eu-west-1&context_x=y",
		Alias: "alias/a/b", KeyRegion: "eu-west-1", Bucket: "flowcomply-pulumi-210987654321", Tags: map[string]string{"project": "flowcomply"},
	}, got)
	for provider, why := range map[string]string{
		"":                                   "is no key in AWS KMS",
		"passphrase":                         "is no key in AWS KMS",
		"awskms://1234abcd?region=eu-west-1": "by no alias of its own",
		"awskms://alias/aws/s3?region=x":     "by no alias of its own",
		"awskms://alias/x":                   "names no region",
	} {
		_, err := SpecOf(source, provider)
		require.ErrorContains(t, err, why, provider)
		require.ErrorContains(t, err, "write awskms://alias/<name>?region=<region>")
	}
	_, err = SpecOf(stacks.Source{Values: map[string]string{"flowcomply:account": `{"id":"1","region":"r"}`}}, "awskms://alias/x?region=r")
	require.ErrorContains(t, err, "stack file: account: ")
	_, err = SpecOf(stacks.Source{}, "awskms://alias/x?region=r")
	require.ErrorContains(t, err, "stack file: account: ")
}

func TestPartition(t *testing.T) {
	for region, want := range map[string]string{"ap-southeast-2": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov"} {
		assert.Equal(t, want, partition(region))
	}
}
