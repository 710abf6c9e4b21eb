package prisma

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// ended is a task as it stops by itself.
type ended struct {
	code    int32
	says    []string
	reason  string            // of the task
	never   bool              // it goes on until it is stopped
	started bool              // it failed to start: no exit code
	shown   []types.Container // instead of the container by itself
	late    time.Duration     // how long after its end the log can be read
	refused error             // of reading its log
}

// account is an ECS that runs what the script says, in order.
type account struct {
	script  []ended
	left    []string // tasks of an interrupted run
	ran     [][]string
	stopped []string
	tasks   map[string]*ended
	over    map[string]time.Time // when a task was first seen to be stopped
	trouble error                // of every DescribeTasks until it is taken
}

func (a *account) ListTasks(context.Context, *ecs.ListTasksInput, ...func(*ecs.Options)) (*ecs.ListTasksOutput, error) {
	return &ecs.ListTasksOutput{TaskArns: a.left}, nil
}

func (a *account) RunTask(_ context.Context, in *ecs.RunTaskInput, _ ...func(*ecs.Options)) (*ecs.RunTaskOutput, error) {
	if len(a.script) == 0 {
		return &ecs.RunTaskOutput{Failures: []types.Failure{{Reason: aws.String("RESOURCE:MEMORY"), Detail: aws.String("none left")}}}, nil
	}
	arn := "arn:aws:ecs:::task/c/" + string(rune('a'+len(a.ran)))
	a.ran = append(a.ran, in.Overrides.ContainerOverrides[0].Command)
	task := a.script[0]
	a.script, a.tasks[arn] = a.script[1:], &task
	return &ecs.RunTaskOutput{Tasks: []types.Task{{TaskArn: &arn}}}, nil
}

func (a *account) StopTask(_ context.Context, in *ecs.StopTaskInput, _ ...func(*ecs.Options)) (*ecs.StopTaskOutput, error) {
	a.stopped = append(a.stopped, aws.ToString(in.Task))
	a.tasks[*in.Task].never = false
	return &ecs.StopTaskOutput{}, nil
}

func (a *account) DescribeTasks(_ context.Context, in *ecs.DescribeTasksInput, _ ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error) {
	if err := a.trouble; err != nil {
		a.trouble = nil
		return nil, err
	}
	task := a.tasks[in.Tasks[0]]
	if task.never {
		return &ecs.DescribeTasksOutput{Tasks: []types.Task{{LastStatus: aws.String("DEACTIVATING")}}}, nil // not STOPPED
	}
	if a.over[in.Tasks[0]].IsZero() {
		a.over[in.Tasks[0]] = time.Now()
	}
	container := types.Container{Name: aws.String("backend"), ExitCode: &task.code}
	code := types.TaskStopCodeEssentialContainerExited
	if task.started {
		container.ExitCode, code = nil, types.TaskStopCodeTaskFailedToStart
	}
	containers := []types.Container{container}
	if task.shown != nil {
		containers = task.shown
	}
	return &ecs.DescribeTasksOutput{Tasks: []types.Task{{
		LastStatus: aws.String("STOPPED"), StopCode: code, StoppedReason: &task.reason, Containers: containers,
	}}}, nil
}

func (a *account) DescribeTaskDefinition(context.Context, *ecs.DescribeTaskDefinitionInput, ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error) {
	return &ecs.DescribeTaskDefinitionOutput{TaskDefinition: &types.TaskDefinition{ContainerDefinitions: []types.ContainerDefinition{{
		Name: aws.String("backend"), LogConfiguration: &types.LogConfiguration{
			LogDriver: types.LogDriverAwslogs, Options: map[string]string{"awslogs-group": "/ecs/b", "awslogs-stream-prefix": "ecs"},
		},
	}}}}, nil
}

// GetLogEvents has one line a page, as CloudWatch may. A stream without a line is not there.
func (a *account) GetLogEvents(_ context.Context, in *cloudwatchlogs.GetLogEventsInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.GetLogEventsOutput, error) {
	name, found := strings.CutPrefix(aws.ToString(in.LogStreamName), "ecs/backend/")
	arn := "arn:aws:ecs:::task/c/" + name
	task := a.tasks[arn]
	if !found || task == nil {
		return nil, errors.New("no such stream " + aws.ToString(in.LogStreamName))
	}
	if task.refused != nil {
		return nil, task.refused
	}
	if len(task.says) == 0 || task.late > 0 && (a.over[arn].IsZero() || time.Since(a.over[arn]) < task.late) {
		return nil, &logtypes.ResourceNotFoundException{Message: aws.String("The specified log stream does not exist.")}
	}
	next := len(aws.ToString(in.NextToken))
	if next >= len(task.says) {
		return &cloudwatchlogs.GetLogEventsOutput{NextForwardToken: aws.String(strings.Repeat("x", next))}, nil
	}
	return &cloudwatchlogs.GetLogEventsOutput{
		Events: []logtypes.OutputLogEvent{{Message: &task.says[next]}}, NextForwardToken: aws.String(strings.Repeat("x", next+1)),
	}, nil
}

// migrated is what an update's migration does in the account, on synctest's clock: receipt, what it shows, and how long it took.
func migrated(t *testing.T, a *account, change ...func(*Request)) (done Receipt, shown string, took time.Duration, err error) {
	t.Helper()
	if a.tasks == nil {
		a.tasks = map[string]*ended{}
	}
	a.over = map[string]time.Time{}
	var out bytes.Buffer
	asked := Request{
		Cluster: "c", TaskDefinition: "backend:7", Container: "backend", SecurityGroup: "sg-1", Subnets: []string{"subnet-1"},
		Status: []string{"migrate", "status"}, Deploy: []string{"migrate", "deploy"}, Timeout: time.Minute,
	}
	for _, f := range change {
		f(&asked)
	}
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		done, err = update(t.Context(), a, a, asked, &out)
		took = time.Since(began)
	})
	return done, out.String(), took, err
}
