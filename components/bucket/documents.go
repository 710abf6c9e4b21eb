package bucket

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/validate"
)

// DocumentsSpec is what an operator decides about the documents.
type DocumentsSpec struct {
	// NoncurrentDays is how long a replaced or deleted version can still be brought back, 1 to 3650. Current versions
	// are kept for ever.
	NoncurrentDays int `json:"noncurrentDays"`
	// InfrequentAccessDays is the age at which documents move to the storage class that is cheaper to keep and dearer
	// to read, 30 or more. Default: 0, never.
	InfrequentAccessDays int `json:"infrequentAccessDays,omitempty"`
}

// Validate returns every problem of the spec at once.
func (s DocumentsSpec) Validate() error {
	return validate.All(
		validate.Range("noncurrentDays", s.NoncurrentDays, 1, 3650),
		validate.Demand(s.InfrequentAccessDays == 0 || s.InfrequentAccessDays >= 30,
			"infrequentAccessDays", fmt.Sprintf("%d is too early", s.InfrequentAccessDays), "0 for never, or 30 and more"))
}

// DocumentsArgs are what other components supply.
type DocumentsArgs struct {
	// BucketName is the bucket's fixed, globally unique name. Changing it replaces the bucket.
	BucketName string
	// KeyArn encrypts the documents.
	KeyArn pulumi.StringInput
	// LogBucket is the Name of the log bucket, which must list BucketName among its sources.
	LogBucket pulumi.StringInput
	// Protected guards against deletion. Without it, destroying the stack deletes the documents too.
	Protected bool
}

// Documents is the bucket of customers' documents.
type Documents struct {
	pulumi.ResourceState
	Name pulumi.StringOutput `pulumi:"name"`
	Arn  pulumi.StringOutput `pulumi:"arn"`
}

// NewDocuments declares the documents bucket and its settings.
//
//runbook:pre.2#6 declares the bucket of documents.
func NewDocuments(ctx *pulumi.Context, name string, spec DocumentsSpec, args DocumentsArgs, opts ...pulumi.ResourceOption) (*Documents, error) {
	documents := &Documents{}
	b, err := component.New(ctx, "flowcomply:bucket:Documents", name, documents, args, opts)
	if err != nil {
		return nil, err
	}
	bucket, _, err := newBucket(b, settings{
		name: args.BucketName, protected: args.Protected, key: args.KeyArn,
		rule: documentsRule(spec), policy: documentsPolicy(args.BucketName),
	})
	if err != nil {
		return nil, b.Errorf("%w", err)
	}
	if _, err := s3.NewBucketLoggingV2(ctx, name, &s3.BucketLoggingV2Args{
		Bucket: bucket.Bucket, TargetBucket: args.LogBucket, TargetPrefix: pulumi.String(accessPrefix(args.BucketName)),
	}, b.Parent); err != nil {
		return nil, b.Errorf("access logging: %w", err)
	}
	documents.Name, documents.Arn = bucket.Bucket, bucket.Arn
	return documents, b.Done()
}

func documentsRule(spec DocumentsSpec) s3.BucketLifecycleConfigurationV2RuleArgs {
	rule := s3.BucketLifecycleConfigurationV2RuleArgs{
		Id: pulumi.String("earlier-versions"),
		NoncurrentVersionExpiration: s3.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs{
			NoncurrentDays: pulumi.Int(spec.NoncurrentDays),
		},
		// The mark that a deletion leaves goes with the last version behind it.
		Expiration: s3.BucketLifecycleConfigurationV2RuleExpirationArgs{ExpiredObjectDeleteMarker: pulumi.Bool(true)},
	}
	if spec.InfrequentAccessDays > 0 {
		rule.Transitions = s3.BucketLifecycleConfigurationV2RuleTransitionArray{s3.BucketLifecycleConfigurationV2RuleTransitionArgs{
			Days: pulumi.Int(spec.InfrequentAccessDays), StorageClass: pulumi.String("STANDARD_IA"),
		}}
	}
	return rule
}
