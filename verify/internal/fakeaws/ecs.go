// Package fakeaws plays single services of AWS for tests, behind the interfaces of their clients. It does not prove that AWS
// answers that way.
package fakeaws

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/flowcomply/infrastructure/verify/outputs"
)

// What the service runs, and what it ran or could run instead.
const (
	Cluster    = "arn:aws:ecs:ap-southeast-2:123456789012:cluster/flowcomply-production"
	Definition = "arn:aws:ecs:ap-southeast-2:123456789012:task-definition/flowcomply-backend:"
	Requested  = Definition + "42"
	Previous   = Definition + "41"
	Digest     = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	Other      = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
	Repo       = "123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/flowcomply-backend"
)

// Wanted is the service as the outputs ask for it.
var Wanted = outputs.Service{
	ServiceName: "backend-service", TaskDefinitionArn: Requested, ImageRepository: Repo, ImageDigest: Digest,
	MinimumTasks: 2, LogGroup: "/ecs/flowcomply-backend",
}

// Noon is the time of what the fakes report.
var Noon = time.Date(2025, 10, 7, 12, 0, 0, 0, time.UTC)

// ECS plays the four calls of ECS for one service. It keeps to the real
// limits: at most PageSize ARNs a page and 100 tasks a call.
type ECS struct {
	Service    *types.Service
	Definition types.TaskDefinition
	Running    []types.Task
	Stopped    []types.Task
	Said       []string // last lines of every task
	PageSize   int

	Errs  map[string]error // by call
	Calls map[string]int
	Look  func(*ECS) // before each DescribeServices; may change what it answers
}

// Healthy is a service exactly as wanted.
func Healthy() *ECS {
	return &ECS{
		Service: &types.Service{
			Status: aws.String("ACTIVE"), DesiredCount: 2, RunningCount: 2,
			Deployments: []types.Deployment{Deployment("PRIMARY", Requested, types.DeploymentRolloutStateCompleted)},
		},
		Definition: types.TaskDefinition{ContainerDefinitions: []types.ContainerDefinition{
			{Name: aws.String("backend"), Image: aws.String(Repo + "@" + Digest), LogConfiguration: &types.LogConfiguration{
				Options: map[string]string{"awslogs-group": Wanted.LogGroup, "awslogs-stream-prefix": "backend"},
			}},
		}},
		Running:  []types.Task{Task("a1", Requested, Digest), Task("a2", Requested, Digest)},
		PageSize: 100,
		Errs:     map[string]error{},
		Calls:    map[string]int{},
	}
}

// Deployment is a deployment with two tasks.
func Deployment(status, arn string, state types.DeploymentRolloutState) types.Deployment {
	return types.Deployment{
		Status: &status, TaskDefinition: &arn, RolloutState: state, DesiredCount: 2, RunningCount: 2,
		RolloutStateReason: aws.String("ECS deployment ecs-svc/1 completed."),
	}
}

// Task is a running task of the service, with GuardDuty's agent beside it.
func Task(id, arn, digest string) types.Task {
	t := types.Task{
		TaskArn: aws.String("arn:aws:ecs:ap-southeast-2:123456789012:task/flowcomply-production/" + id), TaskDefinitionArn: &arn,
		LastStatus: aws.String("RUNNING"), Group: aws.String("service:backend-service"),
		Containers: []types.Container{{Name: aws.String("backend")}, {Name: aws.String("aws-guardduty-agent-x")}},
	}
	if digest != "" {
		t.Containers[0].ImageDigest = &digest
	}
	return t
}

func (f *ECS) called(name string) error {
	f.Calls[name]++
	return f.Errs[name]
}

// DescribeServices answers with the service.
func (f *ECS) DescribeServices(_ context.Context, in *ecs.DescribeServicesInput, _ ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error) {
	if f.Look != nil {
		f.Look(f)
	}
	if err := f.called("DescribeServices"); err != nil {
		return nil, err
	}
	if f.Service == nil || *in.Cluster != Cluster || in.Services[0] != Wanted.ServiceName {
		return &ecs.DescribeServicesOutput{Failures: []types.Failure{{Reason: aws.String("MISSING")}}}, nil
	}
	return &ecs.DescribeServicesOutput{Services: []types.Service{*f.Service}}, nil
}

// DescribeTaskDefinition answers with the requested definition, and panics at any other.
func (f *ECS) DescribeTaskDefinition(
	_ context.Context, in *ecs.DescribeTaskDefinitionInput, _ ...func(*ecs.Options),
) (*ecs.DescribeTaskDefinitionOutput, error) {
	if *in.TaskDefinition != Requested {
		panic("asked for another task definition: " + *in.TaskDefinition)
	}
	return &ecs.DescribeTaskDefinitionOutput{TaskDefinition: &f.Definition}, f.called("DescribeTaskDefinition")
}

// ListTasks answers with a page of the running or the stopped tasks.
func (f *ECS) ListTasks(_ context.Context, in *ecs.ListTasksInput, _ ...func(*ecs.Options)) (*ecs.ListTasksOutput, error) {
	if err := f.called("ListTasks " + string(in.DesiredStatus)); err != nil {
		return nil, err
	}
	tasks := f.Running
	if in.DesiredStatus == types.DesiredStatusStopped {
		tasks = f.Stopped
	}
	from := 0
	if in.NextToken != nil {
		from = len(*in.NextToken)
	}
	to := min(from+f.PageSize, len(tasks))
	out := &ecs.ListTasksOutput{}
	for _, t := range tasks[from:to] {
		out.TaskArns = append(out.TaskArns, *t.TaskArn)
	}
	if to < len(tasks) {
		out.NextToken = aws.String(string(slices.Repeat([]byte{'x'}, to)))
	}
	return out, nil
}

// DescribeTasks answers with the tasks of the ARNs.
func (f *ECS) DescribeTasks(_ context.Context, in *ecs.DescribeTasksInput, _ ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error) {
	if len(in.Tasks) == 0 || len(in.Tasks) > 100 {
		panic("DescribeTasks takes 1 to 100 tasks")
	}
	out := &ecs.DescribeTasksOutput{}
	for _, t := range slices.Concat(f.Running, f.Stopped) {
		if slices.Contains(in.Tasks, *t.TaskArn) {
			out.Tasks = append(out.Tasks, t)
		}
	}
	return out, f.called("DescribeTasks")
}
