package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// nameOf is a role's, by its ARN.
func nameOf(arn string) *string { return aws.String(arn[strings.LastIndex(arn, "/")+1:]) }

// withoutDocuments takes what the backend's task role may do with documents out of its policy, and keeps the policy for
// withDocuments. The bucket can still be listed, which is all that the health check asks for.
func withoutDocuments(ctx context.Context, t *target) ([]byte, error) {
	revision := t.Outputs.Services["backend"].TaskDefinitionArn
	definition, err := t.ECS().DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &revision})
	if err != nil {
		return nil, err
	}
	api, role := iam.NewFromConfig(t.AWS), nameOf(aws.ToString(definition.TaskDefinition.TaskRoleArn))
	listed, err := api.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: role})
	if err != nil {
		return nil, err
	}
	for _, name := range listed.PolicyNames {
		got, err := api.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: role, PolicyName: &name})
		if err != nil {
			return nil, err
		}
		before, err := url.QueryUnescape(aws.ToString(got.PolicyDocument))
		if err != nil {
			return nil, err
		}
		after, err := without(before, "s3:PutObject")
		if err != nil {
			return nil, err
		}
		if after == "" {
			continue
		}
		t.policy = iam.PutRolePolicyInput{RoleName: role, PolicyName: &name, PolicyDocument: &before}
		_, err = api.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: role, PolicyName: &name, PolicyDocument: &after})
		return nil, err
	}
	return nil, fmt.Errorf("no policy of %s allows s3:PutObject", *role)
}

func withDocuments(ctx context.Context, t *target) error {
	_, err := iam.NewFromConfig(t.AWS).PutRolePolicy(ctx, &t.policy)
	return err
}

// without is a policy document less the statements that name an action; empty where there is none.
func without(document, action string) (string, error) {
	var policy map[string]any
	if err := json.Unmarshal([]byte(document), &policy); err != nil {
		return "", err
	}
	statements, is := policy["Statement"].([]any)
	if !is {
		return "", errors.New("a policy document without a list of statements")
	}
	left := slices.DeleteFunc(slices.Clone(statements), func(one any) bool {
		statement, _ := one.(map[string]any)
		actions, _ := statement["Action"].([]any)
		return slices.Contains(actions, any(action))
	})
	if len(left) == len(statements) {
		return "", nil
	}
	policy["Statement"] = left
	text, err := json.Marshal(policy)
	return string(text), err
}
