package documents

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/emulator/emulatortest"
)

// These tests run the application's own calls with credentials of a role on the emulated AWS. That a task gets such
// credentials, the emulator's tests prove; a bucket with a key is theirs too.

const bucket = "documents"

type statement struct{ Sid, Effect, Action, Resource any }

// listDocuments and useDocuments are those of the program's task role.
var (
	listDocuments = statement{"ListDocuments", "Allow", "s3:ListBucket", "arn:aws:s3:::" + bucket}
	useDocuments  = statement{
		"UseDocuments", "Allow",
		[]string{"s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"}, "arn:aws:s3:::" + bucket + "/*",
	}
)

// role is a role on an emulated AWS, whose credentials are those of this test's process.
type role struct {
	*testing.T
	iam *iam.Client
}

func assumed(t *testing.T) role {
	t.Helper()
	endpoint := emulatortest.Start(t, filepath.Join("..", "..", "..", "..")).Endpoint
	admin := aws.Config{
		Region: emulatortest.Region, BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("x", "x", ""),
	}
	r := role{t, iam.NewFromConfig(admin)}
	_, err := s3.NewFromConfig(admin, func(o *s3.Options) { o.UsePathStyle = true }).CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket:                    aws.String(bucket),
		CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(emulatortest.Region)},
	})
	require.NoError(t, err)
	made, err := r.iam.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("task"), AssumeRolePolicyDocument: aws.String(`{"Statement":[]}`)})
	require.NoError(t, err)
	session, err := sts.NewFromConfig(admin).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: made.Role.Arn, RoleSessionName: aws.String("backend")})
	require.NoError(t, err)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": endpoint, "AWS_REGION": emulatortest.Region, "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
		"AWS_ACCESS_KEY_ID": *session.Credentials.AccessKeyId, "AWS_SECRET_ACCESS_KEY": *session.Credentials.SecretAccessKey,
		"AWS_SESSION_TOKEN": *session.Credentials.SessionToken,
	} {
		t.Setenv(name, value)
	}
	return r
}

// may replaces what the role is allowed.
func (r role) may(statements ...statement) {
	r.Helper()
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
	require.NoError(r, err)
	_, err = r.iam.PutRolePolicy(r.Context(), &iam.PutRolePolicyInput{
		RoleName: aws.String("task"), PolicyName: aws.String("own"), PolicyDocument: aws.String(string(text)),
	})
	require.NoError(r, err)
}

func TestBucket_NeedsWhatTheTaskRoleGives(t *testing.T) {
	role := assumed(t)
	documents, err := Open(t.Context(), bucket)
	require.NoError(t, err)

	role.may(listDocuments, useDocuments)
	require.NoError(t, documents.Ping(t.Context()))
	require.NoError(t, documents.Put(t.Context(), "a.json", []byte("{}")))
	text, err := documents.Get(t.Context(), "a.json")
	require.NoError(t, err)
	assert.Equal(t, "{}", string(text))

	role.may(useDocuments)
	require.ErrorContains(t, documents.Ping(t.Context()), "403")
	require.NoError(t, documents.Put(t.Context(), "a.json", []byte("{}")))

	role.may(listDocuments)
	require.NoError(t, documents.Ping(t.Context()))
	const refused = "assumed-role/task/backend is not authorized to perform: "
	require.ErrorContains(t, documents.Put(t.Context(), "a.json", []byte("{}")), refused+"s3:PutObject")
	_, err = documents.Get(t.Context(), "a.json")
	require.ErrorContains(t, err, refused+"s3:GetObject")
}
