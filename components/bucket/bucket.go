// Package bucket declares the two S3 buckets of an environment: the one for customers' documents and the one that
// access logs are delivered to.
//
//   - Both have fixed names, because the application and the log deliveries are configured with them.
//   - Access is by policy alone (ACLs are off) and over TLS alone.
//   - Versions are kept, so that a deletion by mistake or malice can be undone for a while.
//   - Documents are encrypted with a key of ours. Logs cannot be: neither load balancers nor S3 itself deliver into a
//     bucket with one.
package bucket

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
)

// abortDays is when the parts of an upload that never ended are removed: nothing shows them, and they cost.
const abortDays = 7

// base is what both buckets have in common, and what each adds to.
type base struct {
	*component.Builder
	bucket *s3.BucketV2
	closed []pulumi.Resource // what must be in place before the policy
}

// newBase declares the bucket: private, without ACLs, versioned. The bucket alone is protected; its settings may change.
func newBase(b *component.Builder, bucketName string, protected bool) (*base, error) {
	bucket, err := s3.NewBucketV2(b.Ctx, b.Name, &s3.BucketV2Args{
		Bucket: pulumi.String(bucketName), ForceDestroy: pulumi.Bool(!protected),
	}, b.Parent, pulumi.Protect(protected))
	if err != nil {
		return nil, err
	}
	block, err := s3.NewBucketPublicAccessBlock(b.Ctx, b.Name, &s3.BucketPublicAccessBlockArgs{
		Bucket:          bucket.Bucket,
		BlockPublicAcls: pulumi.Bool(true), IgnorePublicAcls: pulumi.Bool(true),
		BlockPublicPolicy: pulumi.Bool(true), RestrictPublicBuckets: pulumi.Bool(true),
	}, b.Parent)
	if err != nil {
		return nil, fmt.Errorf("public access block: %w", err)
	}
	owner, err := s3.NewBucketOwnershipControls(b.Ctx, b.Name, &s3.BucketOwnershipControlsArgs{
		Bucket: bucket.Bucket, Rule: s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, b.Parent)
	if err != nil {
		return nil, fmt.Errorf("ownership: %w", err)
	}
	return &base{Builder: b, bucket: bucket, closed: []pulumi.Resource{block, owner}}, nil
}

// version turns versioning on and declares the lifecycle rule that ends what versioning keeps.
func (b *base) version(rule s3.BucketLifecycleConfigurationV2RuleArgs) error {
	versioning, err := s3.NewBucketVersioningV2(b.Ctx, b.Name, &s3.BucketVersioningV2Args{
		Bucket:                  b.bucket.Bucket,
		VersioningConfiguration: s3.BucketVersioningV2VersioningConfigurationArgs{Status: pulumi.String("Enabled")},
	}, b.Parent)
	if err != nil {
		return fmt.Errorf("versioning: %w", err)
	}
	rule.Status = pulumi.String("Enabled")
	rule.Filter = s3.BucketLifecycleConfigurationV2RuleFilterArgs{} // all objects
	rule.AbortIncompleteMultipartUpload = s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{
		DaysAfterInitiation: pulumi.Int(abortDays),
	}
	// Rules about versions mean nothing before there are any.
	if _, err := s3.NewBucketLifecycleConfigurationV2(b.Ctx, b.Name, &s3.BucketLifecycleConfigurationV2Args{
		Bucket: b.bucket.Bucket, Rules: s3.BucketLifecycleConfigurationV2RuleArray{rule},
	}, b.Parent, pulumi.DependsOn([]pulumi.Resource{versioning})); err != nil {
		return fmt.Errorf("lifecycle: %w", err)
	}
	return nil
}

// encrypt sets what objects are encrypted with when their upload does not say: a KMS key, or S3's own where key is nil.
func (b *base) encrypt(key pulumi.StringPtrInput) error {
	algorithm := "AES256"
	if key != nil {
		algorithm = "aws:kms"
	}
	if _, err := s3.NewBucketServerSideEncryptionConfigurationV2(b.Ctx, b.Name, &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: b.bucket.Bucket,
		Rules: s3.BucketServerSideEncryptionConfigurationV2RuleArray{s3.BucketServerSideEncryptionConfigurationV2RuleArgs{
			ApplyServerSideEncryptionByDefault: s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
				SseAlgorithm: pulumi.String(algorithm), KmsMasterKeyId: key,
			},
			BucketKeyEnabled: pulumi.Bool(key != nil), // one call to KMS for many objects
		}},
	}, b.Parent); err != nil {
		return fmt.Errorf("encryption: %w", err)
	}
	return nil
}

// policy attaches the bucket policy once the bucket is closed to the public: S3 refuses to do both at a time.
func (b *base) policy(document string) (*s3.BucketPolicy, error) {
	policy, err := s3.NewBucketPolicy(b.Ctx, b.Name, &s3.BucketPolicyArgs{
		Bucket: b.bucket.Bucket, Policy: pulumi.String(document),
	}, b.Parent, pulumi.DependsOn(b.closed))
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return policy, nil
}
