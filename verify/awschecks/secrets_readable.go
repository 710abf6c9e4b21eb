package awschecks

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

const (
	readAction    = "secretsmanager:GetSecretValue"
	decryptAction = "kms:Decrypt"
)

// SecretsReadable checks that the next task of a service would get its secrets. Each secret that its task definition
// names exists in that version, and the execution role may read it and use its key.
//
// IAM simulates the role's policies, so no value is read. It does not see what only the policy of the secret or key
// forbids; tasks then do not start, which identity sees.
//
//runbook:trouble.service#8 wants the secrets that the task definition names to be there for the next task.
func (s Stack) SecretsReadable(role string) check.Check {
	return polled("secrets", role, s.Interval, func(ctx context.Context) (string, error) { return s.readable(ctx, role) })
}

func (s Stack) readable(ctx context.Context, role string) (string, error) {
	references, err := s.references(ctx, s.Services[role])
	if err != nil {
		return "", err
	}
	if len(references) == 0 {
		return "its containers have no secret", nil
	}
	var wrong check.Verdict
	var variables, arns, keys []string
	for _, r := range references {
		secret, err := describeSecret(ctx, r.arn, s.Secrets)
		if err != nil {
			return "", err
		}
		wrong.Join(evaluateReference(r, secret))
		variables = append(variables, r.variable)
		arns = append(arns, r.arn)
		if secret == nil {
			continue
		}
		if key := keyOf(secret, s.Region, s.AccountID); key != "" && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	slices.Sort(arns)
	if err := s.simulate(ctx, role, readAction, slices.Compact(arns), &wrong); err != nil {
		return "", err
	}
	if err := s.simulate(ctx, role, decryptAction, keys, &wrong); err != nil {
		return "", err
	}
	if !wrong.OK() {
		return "", wrong.Err(nil)
	}
	slices.Sort(variables)
	return "its execution role may read " + strings.Join(variables, ", "), nil
}

// references are what the containers of the requested task definition name.
func (s Stack) references(ctx context.Context, want outputs.Service) ([]reference, error) {
	definition, err := s.taskDefinition(ctx, want.TaskDefinitionArn)
	if err != nil {
		return nil, err
	}
	var found []reference
	for _, container := range definition.ContainerDefinitions {
		for _, secret := range container.Secrets {
			if r, ok := parseReference(aws.ToString(secret.Name), aws.ToString(secret.ValueFrom)); ok {
				found = append(found, r)
			}
		}
	}
	return found, nil
}

// simulate asks IAM for all resources at once. The key's policy statement is for
// requests by way of Secrets Manager, so the simulated one is such a request.
func (s Stack) simulate(ctx context.Context, role, action string, resources []string, wrong *check.Verdict) error {
	if len(resources) == 0 {
		return nil
	}
	via, through := "kms:ViaService", "secretsmanager."+s.Region+".amazonaws.com"
	pages := iam.NewSimulatePrincipalPolicyPaginator(s.Roles, &iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: aws.String(s.Services[role].ExecutionRoleArn), ActionNames: []string{action}, ResourceArns: resources,
		ContextEntries: []types.ContextEntry{{
			ContextKeyName: &via, ContextKeyType: types.ContextKeyTypeEnumString, ContextKeyValues: []string{through},
		}},
	})
	decisions := map[string]types.PolicyEvaluationDecisionType{}
	err := eachPage(ctx, pages, func(page *iam.SimulatePrincipalPolicyOutput) error {
		for _, result := range page.EvaluationResults {
			decisions[aws.ToString(result.EvalResourceName)] = result.EvalDecision
			for _, one := range result.ResourceSpecificResults {
				decisions[aws.ToString(one.EvalResourceName)] = one.EvalResourceDecision
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, resource := range resources {
		if decision := decisions[resource]; decision != types.PolicyEvaluationDecisionTypeAllowed {
			wrong.Fail("run `pulumi refresh` and `pulumi up` to restore the role's policy, or take away what denies it; running tasks live on, new ones would not start",
				"the execution role of %s may not %s on %s (%s)", role, action, resource, text.OrUnknown(string(decision)))
		}
	}
	return nil
}
