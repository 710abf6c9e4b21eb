package bootstrap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// Buckets is what is asked of S3, in the bucket's region.
type Buckets interface {
	HeadBucket(context.Context, *s3.HeadBucketInput, ...func(*s3.Options)) (*s3.HeadBucketOutput, error)
	CreateBucket(context.Context, *s3.CreateBucketInput, ...func(*s3.Options)) (*s3.CreateBucketOutput, error)
	GetBucketVersioning(context.Context, *s3.GetBucketVersioningInput, ...func(*s3.Options)) (*s3.GetBucketVersioningOutput, error)
	PutBucketVersioning(context.Context, *s3.PutBucketVersioningInput, ...func(*s3.Options)) (*s3.PutBucketVersioningOutput, error)
	GetPublicAccessBlock(context.Context, *s3.GetPublicAccessBlockInput, ...func(*s3.Options)) (*s3.GetPublicAccessBlockOutput, error)
	PutPublicAccessBlock(context.Context, *s3.PutPublicAccessBlockInput, ...func(*s3.Options)) (*s3.PutPublicAccessBlockOutput, error)
	GetBucketPolicy(context.Context, *s3.GetBucketPolicyInput, ...func(*s3.Options)) (*s3.GetBucketPolicyOutput, error)
	PutBucketPolicy(context.Context, *s3.PutBucketPolicyInput, ...func(*s3.Options)) (*s3.PutBucketPolicyOutput, error)
	GetBucketLifecycleConfiguration(context.Context, *s3.GetBucketLifecycleConfigurationInput, ...func(*s3.Options)) (
		*s3.GetBucketLifecycleConfigurationOutput, error)
	PutBucketLifecycleConfiguration(context.Context, *s3.PutBucketLifecycleConfigurationInput, ...func(*s3.Options)) (
		*s3.PutBucketLifecycleConfigurationOutput, error)
}

// keptDays is for how long a state that was overwritten can be had back.
const keptDays = 365

type bucket struct {
	s3   Buckets
	spec Spec
}

// ensure makes the bucket where there is none: versioned, closed to the public, and reached over TLS alone. S3 encrypts each
// object by itself (https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html), and secrets in a
// state are encrypted with the key before that.
func (b bucket) ensure(ctx context.Context) (string, error) {
	how := []string{"kept"}
	there, err := b.there(ctx)
	if err != nil {
		return "", err
	}
	if !there {
		how = []string{"made"}
		if err := b.make(ctx); err != nil {
			return "", err
		}
	}
	for _, setting := range []struct {
		is  func(context.Context) (bool, error)
		put func(context.Context) error
		say string
	}{
		{b.versioned, b.version, "now versioned"},
		{b.closed, b.close, "now closed to the public"},
		{b.hasPolicy, b.putPolicy, "now reached over TLS alone"},
		{b.hasLifecycle, b.putLifecycle, fmt.Sprintf("now keeps old versions for %d days", keptDays)},
	} {
		is, err := setting.is(ctx)
		if err == nil && !is {
			err = setting.put(ctx)
			how = append(how, setting.say)
		}
		if err != nil {
			return "", err
		}
	}
	return strings.Join(how, ", "), nil
}

// there also tells somebody else's bucket, which S3 hides behind 403: names are the whole world's.
func (b bucket) there(ctx context.Context) (bool, error) {
	_, err := b.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &b.spec.Bucket, ExpectedBucketOwner: &b.spec.Account})
	var answered *awshttp.ResponseError
	switch {
	case err == nil:
		return true, nil
	case errors.As(err, &answered) && answered.HTTPStatusCode() == 404:
		return false, nil
	case errors.As(err, &answered) && answered.HTTPStatusCode() == 403:
		return false, fmt.Errorf("is another account's, or s3:ListBucket is not allowed: %w; "+
			"use credentials that may, or name another bucket with --bucket", err)
	}
	return false, err
}

func (b bucket) make(ctx context.Context) error {
	input := &s3.CreateBucketInput{Bucket: &b.spec.Bucket}
	if b.spec.Region != "us-east-1" { // where S3 takes no name of a region
		input.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(b.spec.Region)}
	}
	_, err := b.s3.CreateBucket(ctx, input)
	return err
}

func (b bucket) versioned(ctx context.Context) (bool, error) {
	now, err := b.s3.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &b.spec.Bucket})
	return err == nil && now.Status == types.BucketVersioningStatusEnabled, err
}

func (b bucket) version(ctx context.Context) error {
	_, err := b.s3.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
		Bucket: &b.spec.Bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
	})
	return err
}

func (b bucket) closed(ctx context.Context) (bool, error) {
	now, err := b.s3.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: &b.spec.Bucket})
	if set, err := isSet(err, "NoSuchPublicAccessBlockConfiguration"); !set {
		return false, err
	}
	is := now.PublicAccessBlockConfiguration
	return is != nil && aws.ToBool(is.BlockPublicAcls) && aws.ToBool(is.IgnorePublicAcls) &&
		aws.ToBool(is.BlockPublicPolicy) && aws.ToBool(is.RestrictPublicBuckets), nil
}

func (b bucket) close(ctx context.Context) error {
	yes := aws.Bool(true)
	_, err := b.s3.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
		Bucket: &b.spec.Bucket, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
			BlockPublicAcls: yes, IgnorePublicAcls: yes, BlockPublicPolicy: yes, RestrictPublicBuckets: yes,
		},
	})
	return err
}

// hasPolicy tells whether there is a policy: one that somebody wrote is theirs.
func (b bucket) hasPolicy(ctx context.Context) (bool, error) {
	_, err := b.s3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &b.spec.Bucket})
	return isSet(err, "NoSuchBucketPolicy")
}

func (b bucket) putPolicy(ctx context.Context) error {
	arn := "arn:" + partition(b.spec.Region) + ":s3:::" + b.spec.Bucket
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Sid": "TLSOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": []string{arn, arn + "/*"},
		"Condition": map[string]any{"Bool": map[string]string{"aws:SecureTransport": "false"}},
	}}})
	if err != nil {
		return err
	}
	_, err = b.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &b.spec.Bucket, Policy: aws.String(string(text))})
	return err
}

// partition is the part of AWS that a region is in: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// hasLifecycle tells whether there are lifecycle rules: those that somebody wrote are theirs.
func (b bucket) hasLifecycle(ctx context.Context) (bool, error) {
	_, err := b.s3.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &b.spec.Bucket})
	return isSet(err, "NoSuchLifecycleConfiguration")
}

func (b bucket) putLifecycle(ctx context.Context) error {
	_, err := b.s3.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
		Bucket: &b.spec.Bucket, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{{
			ID: aws.String("old-states"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("")},
			NoncurrentVersionExpiration:    &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(keptDays)},
			AbortIncompleteMultipartUpload: &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(7)},
		}}},
	})
	return err
}

// isSet tells from an answer's error whether there is such a setting. The code is S3's for none.
func isSet(err error, code string) (bool, error) {
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == code {
		return false, nil
	}
	return err == nil, err
}
