// Package task runs one-off ECS tasks of a service's task definition with other commands, as migrations and the drill of
// a restore do: what a task writes is shown as it is written, its exit code is an outcome, and none is left running.
package task

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
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
	ECS  ECS
	Logs Logs
	Show io.Writer     // what a task writes, indented
	Look time.Duration // between two looks at a task

	Cluster       string // name or ARN
	Definition    string // ARN or family:revision
	Container     string // in it, whose command is replaced
	Subnets       []string
	SecurityGroup string

	Name      string        // of who runs them, in front of what is shown
	StartedBy string        // marks the tasks, so that one that an interrupted run left is found; 36 characters at most
	Timeout   time.Duration // of one task, which is stopped then
	Late      string        // what to do about a task that took longer
}

// Outcome is how a task ended.
type Outcome struct {
	Arn     string
	Code    int // -1: the container has none, as it never ran
	Reason  string
	Written []string // lines of its log
}

// How is the exit code and what ECS says beside it.
func (o Outcome) How() string {
	if o.Code < 0 {
		return "no exit code: " + o.Reason
	}
	return fmt.Sprintf("exit code %d: %s", o.Code, o.Reason)
}

// Failure names what went wrong, from what the task wrote, and what to do next.
func (o Outcome) Failure(what, next string) error {
	said := strings.Join(last(o.Written, shown), "\n")
	if said != "" {
		said = "\n" + said
	}
	return fmt.Errorf("%s: task %s: %s%s\nnext: %s", what, Short(o.Arn), o.How(), said, next)
}

// shown is how many of a task's last lines an error has.
const shown = 20

func last(lines []string, n int) []string { return lines[max(0, len(lines)-n):] }

// Short is a task's id.
func Short(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// Others waits for tasks that an interrupted run left: two at once may be in one another's way, and what they are doing is
// not lost. One that takes longer than a task may is stopped.
func (r Runner) Others(ctx context.Context) error {
	listed, err := r.ECS.ListTasks(ctx, &ecs.ListTasksInput{Cluster: &r.Cluster, StartedBy: &r.StartedBy, DesiredStatus: types.DesiredStatusRunning})
	if err != nil {
		return fmt.Errorf("look for tasks of an interrupted run: %w", err)
	}
	for _, arn := range listed.TaskArns {
		fmt.Fprintf(r.Show, "%s: task %s of an interrupted run is still at work; waiting for it\n", r.Name, Short(arn))
		ended, err := r.await(ctx, "an interrupted run's task", arn, nil)
		if err != nil {
			return err
		}
		fmt.Fprintf(r.Show, "%s: it ended with %s\n", r.Name, ended.How())
	}
	return nil
}

// Run starts a one-off task and waits until it has stopped. An error is a task that did not start or did not stop by
// itself; an exit code is an outcome.
func (r Runner) Run(ctx context.Context, what string, command []string) (Outcome, error) {
	stream, err := r.stream(ctx)
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
	return r.await(ctx, what, aws.ToString(started.Tasks[0].TaskArn), stream)
}

// stopWithin is how long a task that is told to stop may take to: twice ECS's longest grace.
const stopWithin = 4 * time.Minute

// await waits until a task has stopped, and shows what it writes. At the deadline, and when we are interrupted, it is
// stopped, and waited for: a connection that is still open would keep the lock for the next attempt to run into.
func (r Runner) await(ctx context.Context, what, arn string, follow *cloudwatchlogs.GetLogEventsInput) (Outcome, error) {
	if follow != nil {
		stream := aws.ToString(follow.LogStreamName) + Short(arn)
		follow.LogStreamName = &stream
	}
	limited, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	ended := Outcome{Arn: arn, Code: -1}
	err := r.stopped(limited, &ended, follow)
	if err == nil || limited.Err() == nil {
		return ended, wrap(what, err)
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
		stopErr = r.stopped(grace, &ended, follow)
	}
	if stopErr != nil {
		return ended, fmt.Errorf("%s: %s, and could not be stopped: %w\nnext: stop task %s by hand; while it runs it may hold a lock", what, why, stopErr, arn)
	}
	said := strings.Join(last(ended.Written, shown), "\n")
	return ended, fmt.Errorf("%s: task %s was stopped, as %s; it holds no lock any more\n%s\n"+
		"next: %s", what, Short(arn), why, said, r.Late)
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// stopped waits for the task's end. Only STOPPED counts: a task that is being stopped still has its connections. An error
// of AWS's that passes is waited out; the last one is told with the deadline.
func (r Runner) stopped(ctx context.Context, ended *Outcome, follow *cloudwatchlogs.GetLogEventsInput) error {
	tick := time.NewTicker(r.Look)
	defer tick.Stop()
	var trouble error
	for {
		shown, err := r.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &r.Cluster, Tasks: []string{ended.Arn}})
		if err == nil && len(shown.Tasks) == 0 {
			err = fmt.Errorf("ECS knows no task %s", ended.Arn)
		}
		r.follow(ctx, follow, ended)
		if err == nil && aws.ToString(shown.Tasks[0].LastStatus) == string(types.DesiredStatusStopped) {
			r.follow(ctx, follow, ended)
			ended.end(shown.Tasks[0])
			return nil
		}
		if ctx.Err() == nil {
			trouble = err
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), trouble)
		case <-tick.C:
		}
	}
}

func (o *Outcome) end(task types.Task) {
	o.Reason = strings.TrimPrefix(fmt.Sprintf("%s: %s", task.StopCode, aws.ToString(task.StoppedReason)), ": ")
	for _, container := range task.Containers {
		if container.ExitCode != nil {
			o.Code = int(*container.ExitCode)
		}
		if reason := aws.ToString(container.Reason); reason != "" {
			o.Reason += "; " + reason
		}
	}
}

// stream is where the container's log will be, but for the task's id; nil where it writes to no CloudWatch log.
func (r Runner) stream(ctx context.Context) (*cloudwatchlogs.GetLogEventsInput, error) {
	shown, err := r.ECS.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &r.Definition})
	if err != nil {
		return nil, fmt.Errorf("task definition %s: %w", r.Definition, err)
	}
	for _, container := range shown.TaskDefinition.ContainerDefinitions {
		if aws.ToString(container.Name) != r.Container {
			continue
		}
		if container.LogConfiguration == nil || container.LogConfiguration.LogDriver != types.LogDriverAwslogs {
			return nil, nil
		}
		options := container.LogConfiguration.Options
		return &cloudwatchlogs.GetLogEventsInput{
			LogGroupName: aws.String(options["awslogs-group"]), StartFromHead: aws.Bool(true),
			LogStreamName: aws.String(options["awslogs-stream-prefix"] + "/" + r.Container + "/"),
		}, nil
	}
	return nil, fmt.Errorf("task definition %s has no container %s", r.Definition, r.Container)
}

// follow shows what was written since the last look. A log that cannot be read, or is not there yet, is no failure.
func (r Runner) follow(ctx context.Context, from *cloudwatchlogs.GetLogEventsInput, into *Outcome) {
	if from == nil {
		return
	}
	for {
		page, err := r.Logs.GetLogEvents(ctx, from)
		if err != nil || aws.ToString(page.NextForwardToken) == aws.ToString(from.NextToken) && len(page.Events) == 0 {
			return
		}
		for _, event := range page.Events {
			for _, line := range strings.Split(strings.TrimRight(aws.ToString(event.Message), "\n"), "\n") {
				into.Written = append(into.Written, line)
				fmt.Fprintf(r.Show, "  %s\n", line)
			}
		}
		same := aws.ToString(page.NextForwardToken) == aws.ToString(from.NextToken)
		from.NextToken = page.NextForwardToken
		if same {
			return
		}
	}
}
