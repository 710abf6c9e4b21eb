// Package secret declares a secret of the application in Secrets Manager, and generates the values that nobody has to
// know.
//
//   - A task definition names the secret's version, not just the secret: a new value rolls the services, and an older
//     task definition still gets the value it was written for.
//   - There is no rotation function, because the application reads its secrets at start. A rotation is a number in the
//     stack file and a deployment.
package secret

import (
	"cmp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/secretsmanager"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/internal/iampolicy"
	"github.com/flowcomply/infrastructure/components/validate"
)

// recoveryDays is how long a deleted secret of a protected environment can be brought back: the longest AWS allows.
// Without protection it is gone at once, or its name would stay taken and the stack could not be made again.
const recoveryDays = 30

// Source says where a secret's value comes from.
type Source string

// The sources of a secret.
const (
	FromDatabase Source = "database"  // the database's connection string
	FromCache    Source = "cache"     // the cache's connection string
	Generated    Source = "generated" // a random value made at deployment
	FromOperator Source = "operator"  // a value that an operator put into the stack's encrypted configuration
)

// The strength of a generated value in bytes: the default, and what the generator takes.
const (
	DefaultBytes = 32
	minBytes     = 16
	maxBytes     = 64
)

// Spec is what an operator decides about one secret.
type Spec struct {
	// Source is database, cache, generated or operator.
	Source Source `json:"source"`
	// Rotation counts a generated value's rotations: the next number makes a new value, and the services that use it
	// roll. Going back to an earlier number makes a new value too, never the old one. Default: 0.
	Rotation int `json:"rotation,omitempty"`
	// Bytes is a generated value's strength, 16 to 64. Changing it makes a new value, as a rotation does. Default: 32.
	Bytes int `json:"bytes,omitempty"`
}

// Validate returns every problem of the spec at once.
func (s Spec) Validate() error {
	return validate.All(
		validate.OneOf("source", s.Source, FromDatabase, FromCache, Generated, FromOperator),
		s.onlyGenerated(),
	)
}

// onlyGenerated checks what only a generated value has. The database's and the cache's own rotations are in their
// sections.
func (s Spec) onlyGenerated() error {
	if s.Source == Generated {
		return s.Generation().Validate()
	}
	return validate.All(
		validate.Demand(s.Rotation == 0, "rotation", "only a generated value rotates here", "leave it out"),
		validate.Demand(s.Bytes == 0, "bytes", "only a generated value has a strength", "leave it out"),
	)
}

// Generation is how a generated value is made, with the default strength filled in.
func (s Spec) Generation() GenerateSpec {
	return GenerateSpec{Bytes: cmp.Or(s.Bytes, DefaultBytes), Rotation: s.Rotation}
}

// Args are what other components supply.
type Args struct {
	AccountID string
	// SecretName is the secret's fixed name, <stack>/<KEY>. Changing it replaces the secret.
	SecretName string
	// Value is what the application gets. It is a secret from here on, even if it was not one before.
	Value pulumi.StringInput
	// KeyArn encrypts the value.
	KeyArn pulumi.StringInput
	// Protected guards against deletion and keeps a deleted secret for 30 days.
	Protected bool
}

// Secret is one secret and its current version.
type Secret struct {
	pulumi.ResourceState
	Arn       pulumi.StringOutput `pulumi:"arn"`
	VersionID pulumi.StringOutput `pulumi:"versionId"`
	// ValueFrom is what a task definition refers to: this secret, all of it, this version.
	ValueFrom pulumi.StringOutput `pulumi:"valueFrom"`
}

// New declares the secret and its version.
//
//runbook:pre.3#2 keeps the secret in Secrets Manager, encrypted, under a fixed name.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Secret, error) {
	stored := &Secret{}
	b, err := component.New(ctx, "flowcomply:secret:Secret", name, stored, args, opts)
	if err != nil {
		return nil, err
	}
	days := 0
	if args.Protected {
		days = recoveryDays
	}
	secret, err := secretsmanager.NewSecret(ctx, name, &secretsmanager.SecretArgs{
		Name:                 pulumi.String(args.SecretName),
		KmsKeyId:             args.KeyArn,
		RecoveryWindowInDays: pulumi.Int(days),
		Policy:               pulumi.String(policy(args.AccountID)),
	}, b.Parent, pulumi.Protect(args.Protected))
	if err != nil {
		return nil, b.Errorf("%w", err)
	}
	// A new value is a new version. The one before is left in place: tasks that still run, and the task definitions that
	// ECS may fall back to, name it.
	version, err := secretsmanager.NewSecretVersion(ctx, name, &secretsmanager.SecretVersionArgs{
		SecretId: secret.ID(), SecretString: args.Value,
	}, b.Parent, pulumi.RetainOnDelete(true))
	if err != nil {
		return nil, b.Errorf("version: %w", err)
	}
	stored.Arn, stored.VersionID = secret.Arn, version.VersionId
	stored.ValueFrom = pulumi.Sprintf("%s:::%s", secret.Arn, version.VersionId)
	return stored, b.Done()
}

// policy refuses everybody outside this account, whatever they were granted. AWS services that act for the account
// come with the caller's permission and are not meant.
func policy(accountID string) string {
	return iampolicy.Document(iampolicy.Statement{
		Sid: "DenyOtherAccounts", Effect: iampolicy.Deny,
		Principals: iampolicy.Principals{Anyone: true},
		Actions:    []string{"secretsmanager:*"},
		Resources:  []string{"*"}, // this secret: the policy is attached to it
		Conditions: iampolicy.Conditions{
			"StringNotEquals": {"aws:PrincipalAccount": {accountID}},
			"BoolIfExists":    {"aws:PrincipalIsAWSService": {"false"}},
		},
	})
}
