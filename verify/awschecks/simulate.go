package awschecks

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
)

// viaService is the condition key for the service that a request for a key comes by.
const viaService = "kms:ViaService"

// service is how a condition names a service of the stack's region.
func (s Stack) service(name string) string { return name + "." + s.Region + ".amazonaws.com" }

// simulation is what a role has to be allowed: each action on each resource.
type simulation struct {
	whose              string // the role, for people
	arn                string
	actions, resources []string
	context            map[string]string // what a request comes with, by condition key; a policy's conditions are held against it
	otherwise          string            // what happens without the permission
}

// simulate asks IAM for all actions and resources at once, and notes what is not allowed.
func (s Stack) simulate(ctx context.Context, asked simulation, wrong *check.Verdict) error {
	if len(asked.resources) == 0 {
		return nil
	}
	input := &iam.SimulatePrincipalPolicyInput{PolicySourceArn: &asked.arn, ActionNames: asked.actions, ResourceArns: asked.resources}
	for _, key := range slices.Sorted(maps.Keys(asked.context)) {
		input.ContextEntries = append(input.ContextEntries, types.ContextEntry{
			ContextKeyName: &key, ContextKeyType: types.ContextKeyTypeEnumString, ContextKeyValues: []string{asked.context[key]},
		})
	}
	type question struct{ action, resource string }
	decisions := map[question]types.PolicyEvaluationDecisionType{}
	pages := iam.NewSimulatePrincipalPolicyPaginator(s.Roles, input)
	err := eachPage(ctx, pages, func(page *iam.SimulatePrincipalPolicyOutput) error {
		for _, result := range page.EvaluationResults {
			action := aws.ToString(result.EvalActionName)
			decisions[question{action, aws.ToString(result.EvalResourceName)}] = result.EvalDecision
			for _, one := range result.ResourceSpecificResults {
				decisions[question{action, aws.ToString(one.EvalResourceName)}] = one.EvalResourceDecision
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, action := range asked.actions {
		for _, resource := range asked.resources {
			if decision := decisions[question{action, resource}]; decision != types.PolicyEvaluationDecisionTypeAllowed {
				wrong.Fail("run `pulumi refresh` and `pulumi up` to restore the role's policy, or take away what denies it; "+asked.otherwise,
					"the %s may not %s on %s (%s)", asked.whose, action, resource, text.OrUnknown(string(decision)))
			}
		}
	}
	return nil
}
