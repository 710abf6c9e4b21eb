package awschecks

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
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

// RoleReader says what a role may do; *iam.Client is one.
type RoleReader interface {
	SimulatePrincipalPolicy(context.Context, *iam.SimulatePrincipalPolicyInput, ...func(*iam.Options)) (*iam.SimulatePrincipalPolicyOutput, error)
}

// SecretsReadable checks that the next task of a service would get its secrets. Each secret that its task definition
// names exists in that version, and the execution role may read it and use its key.
//
// IAM simulates the role's policies, so no value is read. It does not see what only the policy of the secret or key
// forbids; tasks then do not start, which identity sees.
//
//runbook:trouble.service#8 wants the secrets that the task definition names to be there for the next task.
func SecretsReadable(
	name string, want outputs.Service, out outputs.Outputs, services ServiceReader, secrets SecretReader, roles RoleReader, interval time.Duration,
) check.Check {
	c := &readable{name: name, want: want, out: out, services: services, secrets: secrets, roles: roles}
	return check.Check{Group: "secrets", Name: name, Run: func(ctx context.Context) (string, error) {
		return check.Poll(ctx, interval, c.probe)
	}}
}

type readable struct {
	name     string
	want     outputs.Service
	out      outputs.Outputs
	services ServiceReader
	secrets  SecretReader
	roles    RoleReader
}

func (c *readable) probe(ctx context.Context) (string, error) {
	references, err := c.references(ctx)
	if err != nil {
		return "", err
	}
	if len(references) == 0 {
		return "its containers have no secret", nil
	}
	var wrong check.Verdict
	var variables, arns, keys []string
	for _, r := range references {
		secret, err := describeSecret(ctx, r.arn, c.secrets)
		if err != nil {
			return "", err
		}
		wrong.Join(evaluateReference(r, secret))
		variables = append(variables, r.variable)
		arns = append(arns, r.arn)
		if secret == nil {
			continue
		}
		if key := keyOf(secret, c.out.Region, c.out.AccountID); key != "" && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	slices.Sort(arns)
	if err := c.simulate(ctx, readAction, slices.Compact(arns), &wrong); err != nil {
		return "", err
	}
	if err := c.simulate(ctx, decryptAction, keys, &wrong); err != nil {
		return "", err
	}
	if !wrong.OK() {
		return "", wrong.Err(nil)
	}
	slices.Sort(variables)
	return "its execution role may read " + strings.Join(variables, ", "), nil
}

// references are what the containers of the requested task definition name.
func (c *readable) references(ctx context.Context) ([]reference, error) {
	got, err := c.services.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &c.want.TaskDefinitionArn})
	if err != nil {
		return nil, Explain(err)
	}
	var found []reference
	if got.TaskDefinition == nil {
		return nil, nil
	}
	for _, container := range got.TaskDefinition.ContainerDefinitions {
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
func (c *readable) simulate(ctx context.Context, action string, resources []string, wrong *check.Verdict) error {
	if len(resources) == 0 {
		return nil
	}
	via, through := "kms:ViaService", "secretsmanager."+c.out.Region+".amazonaws.com"
	pages := iam.NewSimulatePrincipalPolicyPaginator(c.roles, &iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: &c.want.ExecutionRoleArn, ActionNames: []string{action}, ResourceArns: resources,
		ContextEntries: []types.ContextEntry{{
			ContextKeyName: &via, ContextKeyType: types.ContextKeyTypeEnumString, ContextKeyValues: []string{through},
		}},
	})
	decisions := map[string]types.PolicyEvaluationDecisionType{}
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return Explain(err)
		}
		for _, result := range page.EvaluationResults {
			decisions[aws.ToString(result.EvalResourceName)] = result.EvalDecision
			for _, one := range result.ResourceSpecificResults {
				decisions[aws.ToString(one.EvalResourceName)] = one.EvalResourceDecision
			}
		}
	}
	for _, resource := range resources {
		if decision := decisions[resource]; decision != types.PolicyEvaluationDecisionTypeAllowed {
			wrong.Fail("run `pulumi refresh` and `pulumi up` to restore the role's policy, or take away what denies it; running tasks live on, new ones would not start",
				"the execution role of %s may not %s on %s (%s)", c.name, action, resource, text.OrUnknown(string(decision)))
		}
	}
	return nil
}
