package drill

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	secrettypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/flowcomply/infrastructure/components/migration/prisma"
	"github.com/flowcomply/infrastructure/components/migration/task"
)

// ready makes what a task needs to reach the copy as the service's own tasks reach the database.
func (d Drill) ready(ctx context.Context, r *run) (string, error) {
	out := d.Outputs.Services[d.Stack.Service]
	shown, err := d.ECS.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &d.Outputs.ClusterArn, Services: []string{out.ServiceName}})
	if err != nil {
		return "", fmt.Errorf("service %s: %w", out.ServiceName, err)
	}
	if len(shown.Services) == 0 || shown.Services[0].NetworkConfiguration == nil || shown.Services[0].NetworkConfiguration.AwsvpcConfiguration == nil {
		return "", fmt.Errorf("ECS knows no service %s with a network", out.ServiceName)
	}
	network := shown.Services[0].NetworkConfiguration.AwsvpcConfiguration
	r.subnets, r.group = network.Subnets, strings.Join(network.SecurityGroups, "")
	secret, err := d.address(ctx, r, out.ExecutionRoleArn)
	if err != nil {
		return "", err
	}
	r.definition, err = d.definition(ctx, r, out.TaskDefinitionArn, secret)
	return "a task of " + out.ServiceName + "'s own revision will have the copy's address", err
}

// address keeps the copy's address and password for the execution role, under the key of the service's own secret.
func (d Drill) address(ctx context.Context, r *run, role string) (string, error) {
	variables := d.Stack.Variables
	if len(variables) == 0 || r.instance.Endpoint == nil {
		return "", fmt.Errorf("service %s has no secret with the database's address, or the copy has no address", d.Stack.Service)
	}
	own, err := d.Secrets.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: aws.String(d.Outputs.SecretArns[variables[0]])})
	if err != nil {
		return "", fmt.Errorf("secret %s: %w", variables[0], err)
	}
	name := d.Stack.Name
	host := net.JoinHostPort(aws.ToString(r.instance.Endpoint.Address), strconv.Itoa(int(aws.ToInt32(r.instance.Endpoint.Port))))
	url := fmt.Sprintf("postgresql://%s:%s@%s/%s?schema=public&sslmode=require", d.Stack.User, r.password, host, d.Stack.Database)
	created, err := d.Secrets.CreateSecret(ctx, &secretsmanager.CreateSecretInput{
		// Not the same name each time: a deleted one is taken for a while.
		Name: aws.String(fmt.Sprintf("%s/drill/%d", name, d.Now().Unix())), SecretString: &url, KmsKeyId: own.KmsKeyId,
		Tags: []secrettypes.Tag{{Key: aws.String(mark), Value: &name}, {Key: aws.String("stack"), Value: &name}},
	})
	if err != nil {
		return "", fmt.Errorf("secret: %w", err)
	}
	secret := aws.ToString(created.ARN)
	r.made = append(r.made, func(ctx context.Context) error { return d.dropSecret(ctx, secret) })
	policy, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Effect": "Allow", "Principal": map[string]any{"AWS": role}, "Action": "secretsmanager:GetSecretValue", "Resource": "*", // this secret
	}}})
	if err != nil {
		return "", err
	}
	_, err = d.Secrets.PutResourcePolicy(ctx, &secretsmanager.PutResourcePolicyInput{SecretId: created.ARN, ResourcePolicy: aws.String(string(policy))})
	return secret, err
}

// definition registers the service's own revision with the copy's address.
func (d Drill) definition(ctx context.Context, r *run, of, address string) (string, error) {
	shown, err := d.ECS.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &of})
	if err != nil {
		return "", fmt.Errorf("task definition %s: %w", of, err)
	}
	was := shown.TaskDefinition
	containers := slices.Clone(was.ContainerDefinitions)
	for i := range containers {
		containers[i].Secrets = slices.Clone(containers[i].Secrets)
		for j, one := range containers[i].Secrets {
			if slices.Contains(d.Stack.Variables, aws.ToString(one.Name)) {
				containers[i].Secrets[j].ValueFrom = &address
			}
		}
	}
	registered, err := d.ECS.RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{
		Family: &d.Stack.Family, ContainerDefinitions: containers, Cpu: was.Cpu, Memory: was.Memory, NetworkMode: was.NetworkMode,
		RequiresCompatibilities: was.RequiresCompatibilities, RuntimePlatform: was.RuntimePlatform, Volumes: was.Volumes,
		ExecutionRoleArn: was.ExecutionRoleArn, TaskRoleArn: was.TaskRoleArn,
		Tags: []types.Tag{{Key: aws.String(mark), Value: aws.String(d.Stack.Name)}},
	})
	if err != nil {
		return "", fmt.Errorf("task definition: %w", err)
	}
	arn := aws.ToString(registered.TaskDefinition.TaskDefinitionArn)
	r.made = append(r.made, func(ctx context.Context) error { return d.dropDefinition(ctx, arn) })
	return arn, nil
}

func (d Drill) runner(r *run) task.Runner {
	return task.Runner{
		ECS: d.ECS, Logs: d.Logs, Show: d.Out, Interval: d.Look, Cluster: d.Outputs.ClusterArn, Definition: r.definition, Container: d.Stack.Service,
		Subnets: r.subnets, SecurityGroup: r.group, Name: "drill", StartedBy: "flowcomply-drill",
		Timeout: d.Stack.TaskTimeout, Late: "look at what the task wrote above, and at the copy's log, and run the drill again",
	}
}

// migrations asks the copy for its schema, and brings it to the release's as a restore would.
func (d Drill) migrations(ctx context.Context, r *run) (string, error) {
	done, err := prisma.Migrator{
		Tasks: d.runner(r), Status: d.Stack.Status, Deploy: d.Stack.Deploy, Next: func(task.Outcome) string {
			return "a restore of this snapshot would fail so too: look at what the task wrote"
		},
	}.Run(ctx)
	switch {
	case err != nil:
		return "", err
	case !done.Applied:
		return "the copy has the schema of " + d.Outputs.Version, nil
	}
	return "the snapshot is of an older schema; the migrations of " + d.Outputs.Version + " were applied to the copy", nil
}

// tables has the application count, where it can.
func (d Drill) tables(ctx context.Context, r *run) (string, error) {
	if len(d.Stack.Count) == 0 {
		return "not asked, as migration.count names no command", nil
	}
	counted, err := d.runner(r).Run(ctx, "count", d.Stack.Count, nil)
	if err != nil {
		return "", err
	}
	if counted.Code != 0 {
		return "", counted.Failure("count", "the copy lacks what it should have: look at the snapshot, and at the one before")
	}
	if len(counted.Written) == 0 {
		return "", errors.New("migration.count wrote nothing")
	}
	return strings.Join(counted.Written, "; "), nil
}
