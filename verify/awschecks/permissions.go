package awschecks

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/flowcomply/infrastructure/verify/check"
)

// What a service learns in plain text with its access to documents and to mail: the bucket, and the address that it sends from.
// A test of the program holds that it gives them these names.
const (
	BucketVariable = "AWS_S3_BUCKET_NAME"
	SenderVariable = "AWS_SES_FROM_EMAIL"
)

// Permissions checks that a service's task role may do what the service is there for: keep documents in the bucket that the
// task definition names, with the bucket's key, and send mail from the address that it names. A health check cannot tell: it
// writes no document and sends no mail.
//
// IAM simulates the role's policies and nothing is written. It does not see what only the policy of the bucket, of the key or of
// an organization forbids.
func (s Stack) Permissions(role string) check.Check {
	return polled("permissions", role, s.Interval, func(ctx context.Context) (string, error) { return s.permitted(ctx, role) })
}

func (s Stack) permitted(ctx context.Context, role string) (string, error) {
	definition, err := s.taskDefinition(ctx, s.Services[role].TaskDefinitionArn)
	if err != nil {
		return "", err
	}
	var asked []simulation
	var may []string
	if bucket := environment(definition, BucketVariable); bucket != "" {
		documents, err := s.documents(ctx, bucket)
		if err != nil {
			return "", err
		}
		asked, may = append(asked, documents...), append(may, "keep documents in "+bucket)
	}
	if sender := environment(definition, SenderVariable); sender != "" {
		asked, may = append(asked, s.mail(sender)), append(may, "send mail from "+sender)
	}
	if len(asked) == 0 {
		return "its task definition names no bucket and no sender", nil
	}
	var wrong check.Verdict
	for _, one := range asked {
		one.whose, one.arn = "task role of "+role, aws.ToString(definition.TaskRoleArn)
		one.otherwise = "running tasks are refused already, whatever their health checks say"
		if one.arn == "" {
			return "", permanent("the task definition of "+role+" has no task role", nextRefresh)
		}
		if err := s.simulate(ctx, one, &wrong); err != nil {
			return "", err
		}
	}
	if !wrong.OK() {
		return "", wrong.Err(nil)
	}
	return "its task role may " + strings.Join(may, " and "), nil
}

// documents are what keeping documents in a bucket takes.
func (s Stack) documents(ctx context.Context, bucket string) ([]simulation, error) {
	arn := "arn:aws:s3:::" + bucket
	asked := []simulation{
		{actions: []string{"s3:ListBucket"}, resources: []string{arn}},
		{actions: []string{"s3:DeleteObject", "s3:GetObject", "s3:PutObject"}, resources: []string{arn + "/*"}},
	}
	key, err := s.bucketKey(ctx, bucket)
	if err != nil || key == "" {
		return asked, err
	}
	return append(asked, simulation{
		actions: []string{decryptAction, "kms:GenerateDataKey"}, resources: []string{key},
		context: map[string]string{viaService: s.service("s3")},
	}), nil
}

// bucketKey is the ARN of the key that a bucket's objects are encrypted with by default. It is empty for S3's own keys, for an
// alias and for AWS's managed key, and where the bucket is gone: health/api says that.
func (s Stack) bucketKey(ctx context.Context, bucket string) (string, error) {
	got, err := s.Buckets.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: &bucket})
	var answered smithy.APIError
	if errors.As(err, &answered) && slices.Contains([]string{"NoSuchBucket", "ServerSideEncryptionConfigurationNotFoundError"}, answered.ErrorCode()) {
		return "", nil
	}
	if err != nil {
		return "", Explain(err)
	}
	for _, rule := range got.ServerSideEncryptionConfiguration.Rules {
		if rule.ApplyServerSideEncryptionByDefault != nil {
			return keyArn(aws.ToString(rule.ApplyServerSideEncryptionByDefault.KMSMasterKeyID), s.Region, s.AccountID), nil
		}
	}
	return "", nil
}

// mail is what sending from an address takes; in the sandbox SES asks for the recipient's identity too.
func (s Stack) mail(sender string) simulation {
	return simulation{
		actions: []string{"ses:SendEmail", "ses:SendRawEmail"}, resources: []string{"arn:aws:ses:" + s.Region + ":" + s.AccountID + ":identity/" + s.MailIdentity},
		context: map[string]string{"ses:FromAddress": sender},
	}
}

// environment is the value of a variable that the first container that has it gets; empty where none has.
func environment(definition *types.TaskDefinition, name string) string {
	for _, container := range definition.ContainerDefinitions {
		for _, one := range container.Environment {
			if aws.ToString(one.Name) == name {
				return aws.ToString(one.Value)
			}
		}
	}
	return ""
}
