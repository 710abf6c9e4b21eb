package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// outcome is how a task ended.
type outcome struct {
	arn     string
	code    int // -1: the container has none, as it never ran
	reason  string
	written []string
}

// how is the exit code and what ECS says beside it.
func (o outcome) how() string {
	if o.code < 0 {
		return "no exit code: " + o.reason
	}
	return fmt.Sprintf("exit code %d: %s", o.code, o.reason)
}

// failure names what went wrong, from what the task wrote, and what to do about it.
func (o outcome) failure(what string) error {
	said := strings.Join(last(o.written, 20), "\n")
	if said != "" {
		said = "\n" + said
	}
	return fmt.Errorf("%s: task %s: %s%s\nnext: %s", what, short(o.arn), o.how(), said, advice(o))
}

func last(lines []string, n int) []string { return lines[max(0, len(lines)-n):] }

// run starts a one-off task of the release and waits until it has stopped. An error is a task that did not start or did
// not stop by itself; an exit code is an outcome.
func (m migrator) run(ctx context.Context, what string, command []string) (outcome, error) {
	stream, err := m.stream(ctx)
	if err != nil {
		return outcome{}, fmt.Errorf("%s: %w", what, err)
	}
	started, err := m.tasks.RunTask(ctx, &ecs.RunTaskInput{
		Cluster: &m.cluster, TaskDefinition: &m.definition, LaunchType: types.LaunchTypeFargate, StartedBy: aws.String(startedBy),
		NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{
			Subnets: m.subnets, SecurityGroups: []string{m.group}, AssignPublicIp: types.AssignPublicIpDisabled,
		}},
		Overrides: &types.TaskOverride{ContainerOverrides: []types.ContainerOverride{{Name: &m.container, Command: command}}},
	})
	if err != nil {
		return outcome{}, fmt.Errorf("%s: start a task: %w", what, err)
	}
	if len(started.Tasks) == 0 {
		var reasons []string
		for _, failure := range started.Failures {
			reasons = append(reasons, aws.ToString(failure.Reason)+" "+aws.ToString(failure.Detail))
		}
		return outcome{}, fmt.Errorf("%s: ECS started no task: %s", what, strings.Join(reasons, "; "))
	}
	return m.await(ctx, what, aws.ToString(started.Tasks[0].TaskArn), stream)
}

// stopWithin is how long a task that is told to stop may take to: twice ECS's longest grace.
const stopWithin = 4 * time.Minute

// await waits until a task has stopped, and shows what it writes. At the deadline, and when we are interrupted, it is
// stopped, and waited for: a connection that is still open would keep the lock for the next attempt to run into.
func (m migrator) await(ctx context.Context, what, arn string, follow *cloudwatchlogs.GetLogEventsInput) (outcome, error) {
	if follow != nil {
		stream := aws.ToString(follow.LogStreamName) + short(arn)
		follow.LogStreamName = &stream
	}
	limited, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	ended := outcome{arn: arn, code: -1}
	err := m.stopped(limited, &ended, follow)
	if err == nil || limited.Err() == nil {
		return ended, wrap(what, err)
	}
	why := fmt.Sprintf("it took longer than %s", m.timeout)
	if ctx.Err() != nil {
		why = "this run was interrupted"
	}
	fmt.Fprintf(m.show, "migrate: stopping task %s, as %s\n", short(arn), why)
	grace, done := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer done()
	_, stopErr := m.tasks.StopTask(grace, &ecs.StopTaskInput{Cluster: &m.cluster, Task: &arn, Reason: aws.String("migration: " + why)})
	if stopErr == nil {
		stopErr = m.stopped(grace, &ended, follow)
	}
	if stopErr != nil {
		return ended, fmt.Errorf("%s: %s, and could not be stopped: %w\nnext: stop task %s by hand; while it runs it may hold the migrations' lock", what, why, stopErr, arn)
	}
	said := strings.Join(last(ended.written, 20), "\n")
	return ended, fmt.Errorf("%s: task %s was stopped, as %s; it holds no lock any more\n%s\n"+
		"next: look at what it waited for, as a long transaction of the application's; then run the update again, with a longer migration.timeoutMinutes if it only is slow",
		what, short(arn), why, said)
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// stopped waits for the task's end. Only STOPPED counts: a task that is being stopped still has its connections. An error
// of AWS's that passes is waited out; the last one is told with the deadline.
func (m migrator) stopped(ctx context.Context, ended *outcome, follow *cloudwatchlogs.GetLogEventsInput) error {
	tick := time.NewTicker(m.every)
	defer tick.Stop()
	var trouble error
	for {
		shown, err := m.tasks.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &m.cluster, Tasks: []string{ended.arn}})
		if err == nil && len(shown.Tasks) == 0 {
			err = fmt.Errorf("ECS knows no task %s", ended.arn)
		}
		m.follow(ctx, follow, ended)
		if err == nil && aws.ToString(shown.Tasks[0].LastStatus) == string(types.DesiredStatusStopped) {
			m.follow(ctx, follow, ended)
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

func (o *outcome) end(task types.Task) {
	o.reason = strings.TrimPrefix(fmt.Sprintf("%s: %s", task.StopCode, aws.ToString(task.StoppedReason)), ": ")
	for _, container := range task.Containers {
		if container.ExitCode != nil {
			o.code = int(*container.ExitCode)
		}
		if reason := aws.ToString(container.Reason); reason != "" {
			o.reason += "; " + reason
		}
	}
}

// stream is where the container's log will be, but for the task's id; nil where it writes to no CloudWatch log.
func (m migrator) stream(ctx context.Context) (*cloudwatchlogs.GetLogEventsInput, error) {
	shown, err := m.tasks.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &m.definition})
	if err != nil {
		return nil, fmt.Errorf("task definition %s: %w", m.definition, err)
	}
	for _, container := range shown.TaskDefinition.ContainerDefinitions {
		if aws.ToString(container.Name) != m.container {
			continue
		}
		if container.LogConfiguration == nil || container.LogConfiguration.LogDriver != types.LogDriverAwslogs {
			return nil, nil
		}
		options := container.LogConfiguration.Options
		return &cloudwatchlogs.GetLogEventsInput{
			LogGroupName: aws.String(options["awslogs-group"]), StartFromHead: aws.Bool(true),
			LogStreamName: aws.String(options["awslogs-stream-prefix"] + "/" + m.container + "/"),
		}, nil
	}
	return nil, fmt.Errorf("task definition %s has no container %s", m.definition, m.container)
}

// follow shows what was written since the last look. A log that cannot be read, or is not there yet, is no failure.
func (m migrator) follow(ctx context.Context, from *cloudwatchlogs.GetLogEventsInput, into *outcome) {
	if from == nil {
		return
	}
	for {
		page, err := m.logs.GetLogEvents(ctx, from)
		if err != nil || aws.ToString(page.NextForwardToken) == aws.ToString(from.NextToken) && len(page.Events) == 0 {
			return
		}
		for _, event := range page.Events {
			for _, line := range strings.Split(strings.TrimRight(aws.ToString(event.Message), "\n"), "\n") {
				into.written = append(into.written, line)
				fmt.Fprintf(m.show, "  %s\n", line)
			}
		}
		same := aws.ToString(page.NextForwardToken) == aws.ToString(from.NextToken)
		from.NextToken = page.NextForwardToken
		if same {
			return
		}
	}
}
