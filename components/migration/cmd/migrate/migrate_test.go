package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests hold what is asked of ECS, and what is made of its answers. They do not prove that ECS answers so, nor
// what Prisma does: the end-to-end test runs real tasks.

// ended is a task as it stops by itself.
type ended struct {
	code    int32
	says    []string
	reason  string
	never   bool // it goes on until it is stopped
	started bool // it failed to start: no exit code
}

// account is an ECS that runs what the script says, in order.
type account struct {
	script  []ended
	left    []string // tasks of an interrupted run
	ran     [][]string
	stopped []string
	tasks   map[string]*ended
	trouble error // of every DescribeTasks until it is taken
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
	container := types.Container{ExitCode: &task.code}
	code := types.TaskStopCodeEssentialContainerExited
	if task.started {
		container.ExitCode, code = nil, types.TaskStopCodeTaskFailedToStart
	}
	return &ecs.DescribeTasksOutput{Tasks: []types.Task{{
		LastStatus: aws.String("STOPPED"), StopCode: code, StoppedReason: &task.reason, Containers: []types.Container{container},
	}}}, nil
}

func (a *account) DescribeTaskDefinition(context.Context, *ecs.DescribeTaskDefinitionInput, ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error) {
	return &ecs.DescribeTaskDefinitionOutput{TaskDefinition: &types.TaskDefinition{ContainerDefinitions: []types.ContainerDefinition{{
		Name: aws.String("backend"), LogConfiguration: &types.LogConfiguration{
			LogDriver: types.LogDriverAwslogs, Options: map[string]string{"awslogs-group": "/ecs/b", "awslogs-stream-prefix": "ecs"},
		},
	}}}}, nil
}

// GetLogEvents has one line a page, as CloudWatch may.
func (a *account) GetLogEvents(_ context.Context, in *cloudwatchlogs.GetLogEventsInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.GetLogEventsOutput, error) {
	name, found := strings.CutPrefix(aws.ToString(in.LogStreamName), "ecs/backend/")
	task := a.tasks["arn:aws:ecs:::task/c/"+name]
	if !found || task == nil {
		return nil, errors.New("no such stream " + aws.ToString(in.LogStreamName))
	}
	next := len(aws.ToString(in.NextToken))
	if next >= len(task.says) {
		return &cloudwatchlogs.GetLogEventsOutput{NextForwardToken: aws.String(strings.Repeat("x", next))}, nil
	}
	return &cloudwatchlogs.GetLogEventsOutput{
		Events: []logtypes.OutputLogEvent{{Message: &task.says[next]}}, NextForwardToken: aws.String(strings.Repeat("x", next+1)),
	}, nil
}

func migrated(t *testing.T, a *account, change ...func(*request)) (receipt, string, error) {
	t.Helper()
	if a.tasks == nil {
		a.tasks = map[string]*ended{}
	}
	var shown bytes.Buffer
	asked := request{
		cluster: "c", definition: "backend:7", container: "backend", group: "sg-1", subnets: []string{"subnet-1"},
		status: []string{"migrate", "status"}, deploy: []string{"migrate", "deploy"}, timeout: time.Minute,
	}
	for _, f := range change {
		f(&asked)
	}
	done, err := newMigrator(asked, a, a, &shown, time.Millisecond).migrate(t.Context())
	return done, shown.String(), err
}

func TestMigrate_AsksAppliesAndAsksAgain(t *testing.T) {
	a := &account{script: []ended{{code: 1, says: []string{"not yet applied:", "two"}}, {says: []string{"Applying migration `two`"}}, {}}}
	done, shown, err := migrated(t, a)
	require.NoError(t, err)
	assert.Equal(t, [][]string{{"migrate", "status"}, {"migrate", "deploy"}, {"migrate", "status"}}, a.ran)
	assert.Equal(t, receipt{Result: "applied", TaskDefinition: "backend:7", Tasks: []string{
		"arn:aws:ecs:::task/c/a", "arn:aws:ecs:::task/c/b", "arn:aws:ecs:::task/c/c",
	}}, done)
	assert.Equal(t, 1, strings.Count(shown, "Applying migration `two`"), shown)
}

func TestMigrate_DoesNothingWhereNothingIsPending(t *testing.T) {
	a := &account{script: []ended{{}}}
	done, _, err := migrated(t, a)
	require.NoError(t, err)
	assert.Equal(t, "nothing pending", done.Result)
	assert.Len(t, a.ran, 1)
}

func TestMigrate_ExplainsWhatPrismaSays(t *testing.T) {
	for _, row := range []struct{ says, advice string }{
		{"Error: P1002", "pg_advisory_lock"}, {"Error: P3009", "--rolled-back"}, {"Error: P3018", "the database's own message"},
		{"Error: P1001: Can't reach", "security groups"}, {"something else", "run the update again"},
	} {
		a := &account{script: []ended{{code: 1}, {code: 1, says: []string{"Prisma schema loaded", row.says}, reason: "Essential container in task exited"}}}
		_, _, err := migrated(t, a)
		require.ErrorContains(t, err, "deploy: task b: exit code 1: EssentialContainerExited: Essential container in task exited")
		require.ErrorContains(t, err, row.says)
		require.ErrorContains(t, err, row.advice)
	}
}

func TestMigrate_TellsATaskThatNeverRan(t *testing.T) {
	a := &account{script: []ended{{code: 1}, {started: true, reason: "CannotPullContainerError: not found"}}}
	_, _, err := migrated(t, a)
	require.ErrorContains(t, err, "no exit code: TaskFailedToStart: CannotPullContainerError: not found")
	require.ErrorContains(t, err, "whether the registry holds the digest")
	_, _, err = migrated(t, &account{})
	require.ErrorContains(t, err, "ECS started no task: RESOURCE:MEMORY none left")
}

func TestMigrate_LeavesNoLockBehind(t *testing.T) {
	a := &account{script: []ended{{code: 1}, {never: true, says: []string{"waiting"}}}}
	_, _, err := migrated(t, a, func(r *request) { r.timeout = 20 * time.Millisecond })
	require.ErrorContains(t, err, "deploy: task b was stopped, as it took longer than 20ms; it holds no lock any more\nwaiting")
	assert.Equal(t, []string{"arn:aws:ecs:::task/c/b"}, a.stopped)
}

func TestMigrate_WaitsOutAnErrorThatPasses(t *testing.T) {
	a := &account{script: []ended{{}}, trouble: errors.New("ThrottlingException")}
	_, _, err := migrated(t, a)
	require.NoError(t, err)
}

// What an interrupted run left is waited for: two migrations at once would only wait for one another's lock.
func TestMigrate_WaitsForAnInterruptedRun(t *testing.T) {
	a := &account{left: []string{"old"}, tasks: map[string]*ended{"old": {}}, script: []ended{{}}}
	_, shown, err := migrated(t, a)
	require.NoError(t, err)
	assert.Contains(t, shown, "task old of an interrupted run is still at work")
	assert.Contains(t, shown, "it ended with exit code 0")

	a = &account{left: []string{"old"}, tasks: map[string]*ended{"old": {never: true}}}
	_, _, err = migrated(t, a, func(r *request) { r.timeout = 10 * time.Millisecond })
	require.ErrorContains(t, err, "an interrupted run's task: task old was stopped")
	assert.Empty(t, a.ran, "started beside one that had not ended")
}

func TestParse_NamesEverythingThatIsMissing(t *testing.T) {
	_, err := parse([]string{"-cluster", "c", "-status", "npx prisma"}, &bytes.Buffer{})
	for _, want := range []string{"-region is missing", "-task-definition is missing", `-status "npx prisma": want a command as a JSON list`, `-deploy "": want`} {
		require.ErrorContains(t, err, want)
	}
	assert.Equal(t, 2, run([]string{"surplus"}, &bytes.Buffer{}, &bytes.Buffer{}))
}
