package awschecks

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
	"github.com/flowcomply/infrastructure/verify/internal/fakeaws"
)

// Hand-written S3, ECS and IAM answer here. That IAM's simulation is what a task meets is AWS's word; on the emulated AWS
// `make faults` takes a permission away.

const (
	taskRole = "arn:aws:iam::123456789012:role/backend-task-role"
	bucket   = "arn:aws:s3:::documents"
	sender   = "noreply@flowcomply.com"
	mailbox  = "arn:aws:ses:ap-southeast-2:123456789012:identity/flowcomply.com"
)

// fakeBucket plays the encryption of one bucket.
type fakeBucket struct {
	key string
	err error
}

func (f *fakeBucket) GetBucketEncryption(_ context.Context, in *s3.GetBucketEncryptionInput, _ ...func(*s3.Options)) (*s3.GetBucketEncryptionOutput, error) {
	if *in.Bucket != "documents" {
		panic("asked of another bucket")
	}
	rule := s3types.ServerSideEncryptionRule{ApplyServerSideEncryptionByDefault: &s3types.ServerSideEncryptionByDefault{KMSMasterKeyID: &f.key}}
	return &s3.GetBucketEncryptionOutput{ServerSideEncryptionConfiguration: &s3types.ServerSideEncryptionConfiguration{
		Rules: []s3types.ServerSideEncryptionRule{{}, rule},
	}}, f.err
}

// application is a service that keeps documents and sends mail, on an AWS that lets it.
type application struct {
	ecs    *fakeaws.ECS
	vault  *fakeVault
	bucket *fakeBucket
}

func (a application) environment(variables map[string]string) {
	container := &a.ecs.Definition.ContainerDefinitions[0]
	container.Environment = nil
	for name, value := range variables {
		container.Environment = append(container.Environment, types.KeyValuePair{Name: &name, Value: &value})
	}
}

func permitted() application {
	a := application{fakeaws.Healthy(), vault(), &fakeBucket{key: dataKey}}
	a.ecs.Definition.TaskRoleArn = aws.String(taskRole)
	a.environment(map[string]string{"PORT": "3001", BucketVariable: "documents", SenderVariable: sender})
	a.vault.comesWith = map[string][]string{
		taskRole + " " + decryptAction: {"kms:ViaService=s3.ap-southeast-2.amazonaws.com"},
		taskRole + " ses:SendEmail":    {"ses:FromAddress=" + sender},
		taskRole + " s3:ListBucket":    nil,
		taskRole + " s3:DeleteObject":  nil,
	}
	return a
}

func TestPermissions(t *testing.T) {
	const no, never = iamtypes.PolicyEvaluationDecisionTypeImplicitDeny, iamtypes.PolicyEvaluationDecisionTypeExplicitDeny
	denies := func(decision iamtypes.PolicyEvaluationDecisionType, what string) func(application) {
		return func(a application) { a.vault.denied[what] = decision }
	}
	for name, tc := range map[string]struct {
		edit    func(application)
		outcome check.Outcome
		says    []string
	}{
		"all of it": {func(application) {}, check.OK, []string{"its task role may keep documents in documents and send mail from " + sender}},
		"no writing": {denies(no, "s3:PutObject "+bucket+"/*"), check.FailedNow,
			[]string{"the task role of backend may not s3:PutObject on " + bucket + "/* (implicitDeny)"}},
		"no reading, denied": {denies(never, "s3:GetObject "+bucket+"/*"), check.FailedNow, []string{"s3:GetObject on " + bucket + "/* (explicitDeny)"}},
		"no listing":         {denies(no, "s3:ListBucket "+bucket), check.FailedNow, []string{"may not s3:ListBucket on " + bucket}},
		"no key":             {denies(no, "kms:GenerateDataKey "+dataKey), check.FailedNow, []string{"may not kms:GenerateDataKey on " + dataKey}},
		"no mail":            {denies(no, "ses:SendRawEmail "+mailbox), check.FailedNow, []string{"may not ses:SendRawEmail on " + mailbox}},
		"nothing at all": {func(a application) {
			denies(no, "s3:ListBucket "+bucket)(a)
			denies(no, "ses:SendEmail "+mailbox)(a)
		}, check.FailedNow, []string{"s3:ListBucket on " + bucket, "; ", "ses:SendEmail on " + mailbox}},
		"a key of S3's":         {func(a application) { a.bucket.key = ""; denies(no, "kms:Decrypt "+dataKey)(a) }, check.OK, nil},
		"a bucket that is gone": {func(a application) { a.bucket.err = &smithy.GenericAPIError{Code: "NoSuchBucket"} }, check.OK, nil},
		"the bucket may not be asked": {func(a application) { a.bucket.err = &smithy.GenericAPIError{Code: "AccessDenied", Message: "no"} }, check.FailedNow,
			[]string{"AccessDenied: no"}},
		"documents alone":  {func(a application) { a.environment(map[string]string{BucketVariable: "documents"}) }, check.OK, []string{"keep documents in documents"}},
		"neither":          {func(a application) { a.environment(nil); a.ecs.Definition.TaskRoleArn = nil }, check.OK, []string{"names no bucket and no sender"}},
		"without any role": {func(a application) { a.ecs.Definition.TaskRoleArn = nil }, check.FailedNow, []string{"the task definition of backend has no task role"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := permitted()
			tc.edit(a)
			s := wanted(Clients{ECS: a.ecs, Roles: a.vault, Buckets: a.bucket})
			s.MailIdentity = "flowcomply.com"
			got := checktest.One(t, s.Permissions("backend"))
			checktest.Expect(t, got, tc.outcome, tc.says...)
			assert.Equal(t, "permissions", got.Group)
		})
	}
}
