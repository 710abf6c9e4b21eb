package verify

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

const (
	cluster    = "arn:aws:ecs:ap-southeast-2:123456789012:cluster/flowcomply-production"
	definition = "arn:aws:ecs:ap-southeast-2:123456789012:task-definition/flowcomply-backend:"
	requested  = definition + "42"
	previous   = definition + "41"
	digest     = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	other      = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
	repo       = "123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/flowcomply-backend"
)

var wanted = outputs.Service{
	ServiceName: "backend-service", TaskDefinitionArn: requested, ImageRepository: repo, ImageDigest: digest,
	MinimumTasks: 2, LogGroup: "/ecs/flowcomply-backend",
}

var noon = time.Date(2025, 10, 7, 12, 0, 0, 0, time.UTC)

// fakeECS plays the four calls of ECS for one service. It keeps to the real
// limits: at most pageSize ARNs a page and taskChunk tasks a call.
type fakeECS struct {
	service    *types.Service
	definition types.TaskDefinition
	running    []types.Task
	stopped    []types.Task
	said       []string // last lines of every task
	pageSize   int

	errs  map[string]error // by call
	calls map[string]int
	look  func(*fakeECS) // before each DescribeServices; moves the world on
}

// healthy is a service exactly as wanted.
func healthy() *fakeECS {
	return &fakeECS{
		service: &types.Service{
			Status: aws.String("ACTIVE"), DesiredCount: 2, RunningCount: 2,
			Deployments: []types.Deployment{deployment("PRIMARY", requested, types.DeploymentRolloutStateCompleted)},
		},
		definition: types.TaskDefinition{ContainerDefinitions: []types.ContainerDefinition{
			{Name: aws.String("backend"), Image: aws.String(repo + "@" + digest), LogConfiguration: &types.LogConfiguration{
				Options: map[string]string{"awslogs-group": wanted.LogGroup, "awslogs-stream-prefix": "backend"},
			}},
		}},
		running:  []types.Task{task("a1", requested, digest), task("a2", requested, digest)},
		pageSize: 100,
		errs:     map[string]error{},
		calls:    map[string]int{},
	}
}

func deployment(status, arn string, state types.DeploymentRolloutState) types.Deployment {
	return types.Deployment{
		Status: &status, TaskDefinition: &arn, RolloutState: state, DesiredCount: 2, RunningCount: 2,
		RolloutStateReason: aws.String("ECS deployment ecs-svc/1 completed."),
	}
}

func task(id, arn, digest string) types.Task {
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

// fakeLog is the last lines of every stream.
type fakeLog []string

func (f fakeLog) LastErrors(context.Context, string, string, time.Time, int) ([]LogLine, error) {
	panic("identity does not look for errors")
}

func (f fakeLog) LastLines(_ context.Context, stream LogStream, limit int) ([]LogLine, error) {
	if stream.Group != wanted.LogGroup || len(stream.Name) < len("backend/backend/") {
		panic("asked for another log: " + stream.Group + " " + stream.Name)
	}
	var lines []LogLine
	for _, line := range f[max(0, len(f)-limit):] {
		lines = append(lines, LogLine{At: noon, Message: line})
	}
	return lines, nil
}

func (f *fakeECS) called(name string) error {
	f.calls[name]++
	return f.errs[name]
}

func (f *fakeECS) DescribeServices(_ context.Context, in *ecs.DescribeServicesInput, _ ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error) {
	if f.look != nil {
		f.look(f)
	}
	if err := f.called("DescribeServices"); err != nil {
		return nil, err
	}
	if f.service == nil || *in.Cluster != cluster || in.Services[0] != wanted.ServiceName {
		return &ecs.DescribeServicesOutput{Failures: []types.Failure{{Reason: aws.String("MISSING")}}}, nil
	}
	return &ecs.DescribeServicesOutput{Services: []types.Service{*f.service}}, nil
}

func (f *fakeECS) DescribeTaskDefinition(_ context.Context, in *ecs.DescribeTaskDefinitionInput, _ ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error) {
	if *in.TaskDefinition != requested {
		panic("asked for another task definition: " + *in.TaskDefinition)
	}
	return &ecs.DescribeTaskDefinitionOutput{TaskDefinition: &f.definition}, f.called("DescribeTaskDefinition")
}

func (f *fakeECS) ListTasks(_ context.Context, in *ecs.ListTasksInput, _ ...func(*ecs.Options)) (*ecs.ListTasksOutput, error) {
	if err := f.called("ListTasks " + string(in.DesiredStatus)); err != nil {
		return nil, err
	}
	tasks := f.running
	if in.DesiredStatus == types.DesiredStatusStopped {
		tasks = f.stopped
	}
	from := 0
	if in.NextToken != nil {
		from = len(*in.NextToken)
	}
	to := min(from+f.pageSize, len(tasks))
	out := &ecs.ListTasksOutput{}
	for _, t := range tasks[from:to] {
		out.TaskArns = append(out.TaskArns, *t.TaskArn)
	}
	if to < len(tasks) {
		out.NextToken = aws.String(string(slices.Repeat([]byte{'x'}, to)))
	}
	return out, nil
}

func (f *fakeECS) DescribeTasks(_ context.Context, in *ecs.DescribeTasksInput, _ ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error) {
	if len(in.Tasks) == 0 || len(in.Tasks) > taskChunk {
		panic("DescribeTasks takes 1 to 100 tasks")
	}
	out := &ecs.DescribeTasksOutput{}
	for _, t := range slices.Concat(f.running, f.stopped) {
		if slices.Contains(in.Tasks, *t.TaskArn) {
			out.Tasks = append(out.Tasks, t)
		}
	}
	return out, f.called("DescribeTasks")
}
