// Package task runs one-off ECS tasks of a service's task definition with other commands, as migrations and the drill of
// a restore do: what a task writes is shown as it is written, its exit code is an outcome, and none is left running.
package task

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/flowcomply/infrastructure/internal/poll"
)

// ECS is what is asked of ECS.
type ECS interface {
	RunTask(context.Context, *ecs.RunTaskInput, ...func(*ecs.Options)) (*ecs.RunTaskOutput, error)
	StopTask(context.Context, *ecs.StopTaskInput, ...func(*ecs.Options)) (*ecs.StopTaskOutput, error)
	ListTasks(context.Context, *ecs.ListTasksInput, ...func(*ecs.Options)) (*ecs.ListTasksOutput, error)
	DescribeTasks(context.Context, *ecs.DescribeTasksInput, ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error)
	DescribeTaskDefinition(context.Context, *ecs.DescribeTaskDefinitionInput, ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error)
}

// Logs is what is asked of CloudWatch Logs.
type Logs interface {
	GetLogEvents(context.Context, *cloudwatchlogs.GetLogEventsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.GetLogEventsOutput, error)
}

// Runner runs the tasks of one definition, one after another.
type Runner struct {
	ECS      ECS
	Logs     Logs
	Show     io.Writer     // what a task writes, indented
	Interval time.Duration // between two looks at a task

	Cluster       string // name or ARN
	Definition    string // ARN or family:revision
	Container     string // in it, whose command is replaced, and whose exit code is the outcome
	Subnets       []string
	SecurityGroup string

	Name      string        // of who runs them, in front of what is shown
	StartedBy string        // marks the tasks, so that one that an interrupted run left is found; 36 characters at most
	Timeout   time.Duration // of one task, which is stopped then
	Late      string        // what to do about a task that took longer
}

// Others waits for tasks that an interrupted run left running, as two at once may disturb each other. One that takes
// longer than the time-out is stopped.
func (r Runner) Others(ctx context.Context) error {
	listed, err := r.ECS.ListTasks(ctx, &ecs.ListTasksInput{Cluster: &r.Cluster, StartedBy: &r.StartedBy, DesiredStatus: types.DesiredStatusRunning})
	if err != nil {
		return fmt.Errorf("look for tasks of an interrupted run: %w", err)
	}
	for _, arn := range listed.TaskArns {
		fmt.Fprintf(r.Show, "%s: task %s of an interrupted run is still at work; waiting for it\n", r.Name, Short(arn))
		ended, err := r.wait(ctx, "an interrupted run's task", arn, nil, nil)
		if err != nil {
			return err
		}
		fmt.Fprintf(r.Show, "%s: it ended with %s\n", r.Name, ended.How())
	}
	return nil
}

// Run starts a one-off task with another command in the container, and waits until it has stopped. An error is a task that
// did not start or did not stop by itself; an exit code is an outcome. Complete tells, from the exit code and the lines of
// the log so far, whether the caller needs no more of them; nil: all there are. Lines come late, and are waited for: for the
// first one up to 30 s after the task has stopped, for each further one up to 10 s.
func (r Runner) Run(ctx context.Context, what string, command []string, complete func(Outcome) bool) (Outcome, error) {
	log, err := r.logOf(ctx)
	if err != nil {
		return Outcome{}, fmt.Errorf("%s: %w", what, err)
	}
	started, err := r.ECS.RunTask(ctx, &ecs.RunTaskInput{
		Cluster: &r.Cluster, TaskDefinition: &r.Definition, LaunchType: types.LaunchTypeFargate, StartedBy: &r.StartedBy,
		NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{
			Subnets: r.Subnets, SecurityGroups: []string{r.SecurityGroup}, AssignPublicIp: types.AssignPublicIpDisabled,
		}},
		Overrides: &types.TaskOverride{ContainerOverrides: []types.ContainerOverride{{Name: &r.Container, Command: command}}},
	})
	if err != nil {
		return Outcome{}, fmt.Errorf("%s: start a task: %w", what, err)
	}
	if len(started.Tasks) == 0 {
		var reasons []string
		for _, failure := range started.Failures {
			reasons = append(reasons, aws.ToString(failure.Reason)+" "+aws.ToString(failure.Detail))
		}
		return Outcome{}, fmt.Errorf("%s: ECS started no task: %s", what, strings.Join(reasons, "; "))
	}
	return r.wait(ctx, what, aws.ToString(started.Tasks[0].TaskArn), log, complete)
}

// stopWithin is how long a task that is told to stop may take to: twice ECS's longest grace.
const stopWithin = 4 * time.Minute

// wait waits until a task has stopped, and shows what it writes. At the deadline, or when interrupted, it stops the task
// and waits for its end: a connection that is still open would hold the lock that the next attempt needs.
func (r Runner) wait(ctx context.Context, what, arn string, log *stream, complete func(Outcome) bool) (Outcome, error) {
	log.of(arn)
	limited, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	ended := Outcome{Arn: arn, Code: -1}
	if err := r.waitStopped(limited, &ended, log); err == nil {
		r.followToEnd(ctx, log, &ended, complete)
		return ended, nil
	}
	why := fmt.Sprintf("it took longer than %s", r.Timeout)
	if ctx.Err() != nil {
		why = "this run was interrupted"
	}
	fmt.Fprintf(r.Show, "%s: stopping task %s, as %s\n", r.Name, Short(arn), why)
	grace, done := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer done()
	_, stopErr := r.ECS.StopTask(grace, &ecs.StopTaskInput{Cluster: &r.Cluster, Task: &arn, Reason: aws.String(r.Name + ": " + why)})
	if stopErr == nil {
		stopErr = r.waitStopped(grace, &ended, log)
	}
	if stopErr != nil {
		return ended, fmt.Errorf("%s: %s, and could not be stopped: %w\nnext: stop task %s by hand; while it runs it may hold a lock", what, why, stopErr, arn)
	}
	said := strings.Join(lastLines(ended.Written, shownLines), "\n")
	return ended, fmt.Errorf("%s: task %s was stopped, as %s; it holds no lock any more\n%s\n"+
		"next: %s", what, Short(arn), why, said, r.Late)
}

// waitStopped waits for the task's end, or for the context's. Only STOPPED counts: a task that is being stopped still has its connections. After
// a temporary error of AWS it tries again; what was seen last is reported at the deadline.
func (r Runner) waitStopped(ctx context.Context, ended *Outcome, log *stream) error {
	return poll.Until(ctx, r.Interval, func(ctx context.Context) error {
		shown, err := r.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &r.Cluster, Tasks: []string{ended.Arn}})
		r.follow(ctx, log, ended)
		switch {
		case err != nil:
			return err
		case len(shown.Tasks) == 0:
			return fmt.Errorf("ECS knows no task %s", ended.Arn)
		case aws.ToString(shown.Tasks[0].LastStatus) != string(types.DesiredStatusStopped):
			return fmt.Errorf("it is %s", aws.ToString(shown.Tasks[0].LastStatus))
		}
		ended.read(shown.Tasks[0], r.Container)
		return nil
	})
}
