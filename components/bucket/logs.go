package bucket

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/validate"
)

// LoadBalancerPrefix is where load balancers of the account may deliver: the prefix of their access and connection logs.
const LoadBalancerPrefix = "load-balancer"

// noncurrentLogDays is how long a replaced or deleted log can be brought back: time to notice that somebody erased
// their traces.
const noncurrentLogDays = 30

// LogsSpec is what an operator decides about the logs.
type LogsSpec struct {
	// RetentionDays is how long logs are kept, 30 to 3650.
	RetentionDays int `json:"retentionDays"`
}

// Validate returns every problem of the spec at once.
func (s LogsSpec) Validate() error {
	return validate.Range("retentionDays", s.RetentionDays, 30, 3650)
}

// LogsArgs say where the bucket lives and who delivers to it.
type LogsArgs struct {
	AccountID string
	Region    string
	// BucketName is the bucket's fixed, globally unique name. Changing it replaces the bucket.
	BucketName string
	// Sources are the names of the buckets whose S3 access logs are delivered here.
	Sources []string `args:"optional"`
	// Protected guards against deletion. Without it, destroying the stack deletes the logs too.
	Protected bool
}

// Logs is the bucket that access logs are delivered to. It logs no access to itself: each entry would be an access.
type Logs struct {
	pulumi.ResourceState
	// Name is known once the policy is in place, so that whatever delivers here is declared after it: a load balancer
	// that may not write is refused.
	Name pulumi.StringOutput `pulumi:"name"`
	Arn  pulumi.StringOutput `pulumi:"arn"`
}

// NewLogs declares the log bucket and its settings.
//
//runbook:pre.2#6 declares the bucket of access logs.
func NewLogs(ctx *pulumi.Context, name string, spec LogsSpec, args LogsArgs, opts ...pulumi.ResourceOption) (*Logs, error) {
	logs := &Logs{}
	b, err := component.New(ctx, "flowcomply:bucket:Logs", name, logs, args, opts)
	if err != nil {
		return nil, err
	}
	bucket, policy, err := newBucket(b, settings{
		name: args.BucketName, protected: args.Protected, rule: logsRule(spec), policy: logsPolicy(args),
	})
	if err != nil {
		return nil, b.Errorf("%w", err)
	}
	logs.Name, logs.Arn = policy.Bucket, bucket.Arn
	return logs, b.Done()
}

func logsRule(spec LogsSpec) s3.BucketLifecycleConfigurationV2RuleArgs {
	return s3.BucketLifecycleConfigurationV2RuleArgs{
		Id:         pulumi.String("old-logs"),
		Expiration: s3.BucketLifecycleConfigurationV2RuleExpirationArgs{Days: pulumi.Int(spec.RetentionDays)},
		NoncurrentVersionExpiration: s3.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs{
			NoncurrentDays: pulumi.Int(noncurrentLogDays),
		},
	}
}
