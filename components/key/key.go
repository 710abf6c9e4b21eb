// Package key declares a customer managed KMS key. What it protects is readable only through it, and CloudTrail records
// each use.
//
//   - The key material rotates every year by itself; old ciphertext stays readable.
//   - The alias is fixed, because people and policies address the key by it.
//   - An environment that holds data keeps a deleted key for the longest window AWS offers: no backup mends its loss, and a
//     snapshot that outlives its instance can be read only as long as its key is there. Production does so while it is torn
//     down too.
package key

import (
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/validate"
)

// Days between asking for a key's deletion and losing it: the longest and the shortest AWS allows.
const (
	protectedWindowDays   = 30
	unprotectedWindowDays = 7
)

var (
	aliasForm   = regexp.MustCompile(`alias/[a-zA-Z0-9][a-zA-Z0-9/_-]*`)
	serviceForm = regexp.MustCompile(`[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com`)
)

// Spec says what a key is for. infra writes it; no stack file does.
type Spec struct {
	// Description is what the console shows beside the key.
	Description string `json:"description"`
	// Alias is the key's fixed name, alias/… . Changing it makes a new alias and removes the old one; the key stays.
	Alias string `json:"alias"`
	// Services are the AWS service principals that use the key in their own name (logs.<region>.amazonaws.com,
	// cloudwatch.amazonaws.com, …). Services that act for a caller (RDS, ElastiCache, S3, Secrets Manager, ECR) need
	// no entry: they use the caller's permission and grants. Default: none.
	Services []string `json:"services,omitempty"`
}

// Validate returns every problem of the spec at once.
func (s Spec) Validate() error {
	return validate.All(
		validate.NotEmpty("description", s.Description),
		validate.Match("alias", s.Alias, aliasForm, "alias/<letters, digits, / _ ->"),
		validate.Demand(!strings.HasPrefix(s.Alias, "alias/aws/"), "alias", "alias/aws/ belongs to AWS", "alias/<name>"),
		validate.Unique("services", s.Services),
		validate.Each("services", s.Services, func(field, v string) error {
			return validate.Match(field, v, serviceForm, "a service principal such as sns.amazonaws.com")
		}),
	)
}

// Args are where the key lives.
type Args struct {
	AccountID string
	Region    string
	// Protected keeps the key from deletion and stretches the waiting window from 7 to 30 days.
	Protected bool
	// HeldData stretches the window also where the protection is off: of an environment that is torn down, whose last snapshots
	// are encrypted with the key.
	HeldData bool
}

// Key is one customer managed key and its alias.
type Key struct {
	pulumi.ResourceState
	Arn   pulumi.StringOutput `pulumi:"arn"`
	KeyID pulumi.StringOutput `pulumi:"keyId"`
}

// New declares the key and its alias. The spec is checked here, because no stack file went through a loader for it.
func New(ctx *pulumi.Context, name string, spec Spec, args Args, opts ...pulumi.ResourceOption) (*Key, error) {
	managed := &Key{}
	b, err := component.New(ctx, "flowcomply:key:Key", name, managed, args, opts, spec.Validate())
	if err != nil {
		return nil, err
	}
	window := unprotectedWindowDays
	if args.Protected || args.HeldData {
		window = protectedWindowDays
	}
	key, err := kms.NewKey(ctx, name, &kms.KeyArgs{
		Description:          pulumi.String(spec.Description),
		Policy:               pulumi.String(policy(args.AccountID, args.Region, spec.Services)),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(window),
	}, b.Parent, pulumi.Protect(args.Protected))
	if err != nil {
		return nil, b.Errorf("%w", err)
	}
	if _, err := kms.NewAlias(ctx, name, &kms.AliasArgs{Name: pulumi.String(spec.Alias), TargetKeyId: key.KeyId}, b.Parent); err != nil {
		return nil, b.Errorf("alias: %w", err)
	}
	managed.Arn, managed.KeyID = key.Arn, key.KeyId
	return managed, b.Done()
}
