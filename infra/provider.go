package main

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/stacks"
)

// newProvider declares the one AWS provider. Credentials of any other account are refused before anything is read
// or made. The default tags name no version: a tag that changes with each release would touch every resource.
//
//runbook:pre.2#1,2.1#7-8 names account and region once; credentials of any other account are refused.
func newProvider(ctx *pulumi.Context, spec stacks.Spec) (*aws.Provider, error) {
	provider, err := aws.NewProvider(ctx, "aws", &aws.ProviderArgs{
		Region:            pulumi.String(spec.Account.Region),
		AllowedAccountIds: pulumi.StringArray{pulumi.String(spec.Account.ID)},
		DefaultTags: &aws.ProviderDefaultTagsArgs{Tags: pulumi.StringMap{
			"project": pulumi.String("flowcomply"),
			"stack":   pulumi.String(spec.Naming.Stack),
			"owner":   pulumi.String(spec.Owner),
		}},
	})
	if err != nil {
		return nil, fmt.Errorf("aws provider: %w", err)
	}
	return provider, nil
}
