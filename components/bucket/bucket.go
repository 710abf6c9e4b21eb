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

// settings are what differs between the two buckets.
type settings struct {
	name      string // the fixed, globally unique one
	protected bool
	rule      s3.BucketLifecycleConfigurationV2RuleArgs // ends what versioning keeps
	key       pulumi.StringPtrInput                     // what objects are encrypted with when their upload does not say; nil: S3's own
	policy    string
}

// newBucket declares a bucket: private, without ACLs, versioned, encrypted. The bucket alone is protected; its settings may change.
// The policy is attached once the bucket is closed to the public: S3 refuses to do both at a time.
func newBucket(b *component.Builder, s settings) (*s3.BucketV2, *s3.BucketPolicy, error) {
	bucket, err := s3.NewBucketV2(b.Ctx, b.Name, &s3.BucketV2Args{
		Bucket: pulumi.String(s.name), ForceDestroy: pulumi.Bool(!s.protected),
	}, b.Parent, pulumi.Protect(s.protected))
	if err != nil {
		return nil, nil, err
	}
	block, err := s3.NewBucketPublicAccessBlock(b.Ctx, b.Name, &s3.BucketPublicAccessBlockArgs{
		Bucket:          bucket.Bucket,
		BlockPublicAcls: pulumi.Bool(true), IgnorePublicAcls: pulumi.Bool(true),
		BlockPublicPolicy: pulumi.Bool(true), RestrictPublicBuckets: pulumi.Bool(true),
	}, b.Parent)
	if err != nil {
		return nil, nil, fmt.Errorf("public access block: %w", err)
	}
	owner, err := s3.NewBucketOwnershipControls(b.Ctx, b.Name, &s3.BucketOwnershipControlsArgs{
		Bucket: bucket.Bucket, Rule: s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, b.Parent)
	if err != nil {
		return nil, nil, fmt.Errorf("ownership: %w", err)
	}
	if err := version(b, bucket, s.rule); err != nil {
		return nil, nil, err
	}
	if err := encrypt(b, bucket, s.key); err != nil {
		return nil, nil, err
	}
	policy, err := s3.NewBucketPolicy(b.Ctx, b.Name, &s3.BucketPolicyArgs{
		Bucket: bucket.Bucket, Policy: pulumi.String(s.policy),
	}, b.Parent, pulumi.DependsOn([]pulumi.Resource{block, owner}))
	if err != nil {
		return nil, nil, fmt.Errorf("policy: %w", err)
	}
	return bucket, policy, nil
}

// version turns versioning on and declares the lifecycle rule that ends what versioning keeps.
func version(b *component.Builder, bucket *s3.BucketV2, rule s3.BucketLifecycleConfigurationV2RuleArgs) error {
	versioning, err := s3.NewBucketVersioningV2(b.Ctx, b.Name, &s3.BucketVersioningV2Args{
		Bucket:                  bucket.Bucket,
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
		Bucket: bucket.Bucket, Rules: s3.BucketLifecycleConfigurationV2RuleArray{rule},
	}, b.Parent, pulumi.DependsOn([]pulumi.Resource{versioning})); err != nil {
		return fmt.Errorf("lifecycle: %w", err)
	}
	return nil
}

// encrypt sets what objects are encrypted with: a KMS key, or S3's own where key is nil.
func encrypt(b *component.Builder, bucket *s3.BucketV2, key pulumi.StringPtrInput) error {
	algorithm := "AES256"
	if key != nil {
		algorithm = "aws:kms"
	}
	if _, err := s3.NewBucketServerSideEncryptionConfigurationV2(b.Ctx, b.Name, &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: bucket.Bucket,
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
