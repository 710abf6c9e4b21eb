package awschecks

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

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
	for _, asked := range []struct {
		action    string
		resources []string
	}{{readAction, slices.Compact(arns)}, {decryptAction, keys}} {
		if err := s.simulate(ctx, simulation{
			whose: "execution role of " + role, arn: s.Services[role].ExecutionRoleArn, actions: []string{asked.action}, resources: asked.resources,
			context: map[string]string{viaService: s.service("secretsmanager")}, otherwise: "running tasks live on, new ones would not start",
		}, &wrong); err != nil {
			return "", err
		}
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
