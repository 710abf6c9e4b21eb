// Package secret declares a secret of the application in Secrets Manager, and makes the values that nobody has to know.
//
// Decisions: a task definition names the secret's version, not just the secret, so that a new value rolls the services
// and an older task definition still gets the value it was written for; there is no rotation function, because the
// application reads its secrets at start: a rotation is a number in the stack file and a deployment.
package secret

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/secretsmanager"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/iampolicy"
)

// recoveryDays is how long a deleted secret of a protected environment can be brought back: the longest AWS allows.
// Without protection it is gone at once, or its name would stay taken and the stack could not be made again.
const recoveryDays = 30

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
	component := &Secret{}
	if err := ctx.RegisterComponentResource("flowcomply:secret:Secret", name, component, opts...); err != nil {
		return nil, fmt.Errorf("secret %q: %w", name, err)
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
	}, pulumi.Parent(component), pulumi.Protect(args.Protected))
	if err != nil {
		return nil, fmt.Errorf("secret %q: %w", name, err)
	}
	// A new value is a new version. The one before is left in place: tasks that still run, and the task definitions that
	// ECS may fall back to, name it.
	version, err := secretsmanager.NewSecretVersion(ctx, name, &secretsmanager.SecretVersionArgs{
		SecretId: secret.ID(), SecretString: args.Value,
	}, pulumi.Parent(component), pulumi.RetainOnDelete(true))
	if err != nil {
		return nil, fmt.Errorf("secret %q: version: %w", name, err)
	}
	component.Arn, component.VersionID = secret.Arn, version.VersionId
	component.ValueFrom = pulumi.Sprintf("%s:::%s", secret.Arn, version.VersionId)
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{
		"arn": component.Arn, "versionId": component.VersionID, "valueFrom": component.ValueFrom,
	})
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
