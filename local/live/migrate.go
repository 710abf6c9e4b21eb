package live

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

// taskWithin is how long a one-off task may take; seconds are usual.
const taskWithin = 3 * time.Minute

// Migrate brings the database's schema to that of the deployed image, by a one-off task of the service (runbook 3.2).
func (s *Stack) Migrate(ctx context.Context, role string) error {
	ctx, cancel := context.WithTimeout(ctx, taskWithin)
	defer cancel()
	task, err := s.run(ctx, role, "migrate", "deploy")
	if err != nil {
		return fmt.Errorf("migration: %w", err)
	}
	container := task.Containers[0]
	lines := s.logOf(ctx, task)
	if aws.ToInt32(container.ExitCode) != 0 || container.ExitCode == nil {
		return fmt.Errorf("migration: %s: %s\n%s", aws.ToString(task.StoppedReason), aws.ToString(container.Reason), strings.Join(lines, "\n"))
	}
	if len(lines) > 0 {
		fmt.Fprintf(s.Log, "database           %s\n", lines[len(lines)-1])
	}
	return nil
}

// run starts a one-off task of a service's definition, on the service's network, and waits until it has stopped.
func (s *Stack) run(ctx context.Context, role string, command ...string) (types.Task, error) {
	found, err := s.Service(ctx, role)
	if err != nil {
		return types.Task{}, err
	}
	definition, err := s.ecs.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: found.TaskDefinition})
	if err != nil {
		return types.Task{}, err
	}
	started, err := s.ecs.RunTask(ctx, &ecs.RunTaskInput{
		Cluster: &s.Outputs.ClusterArn, TaskDefinition: found.TaskDefinition, LaunchType: types.LaunchTypeFargate,
		NetworkConfiguration: found.NetworkConfiguration, StartedBy: aws.String("local"),
		Overrides: &types.TaskOverride{ContainerOverrides: []types.ContainerOverride{
			{Name: definition.TaskDefinition.ContainerDefinitions[0].Name, Command: command},
		}},
	})
	if err != nil {
		return types.Task{}, err
	}
	if len(started.Tasks) == 0 {
		return types.Task{}, fmt.Errorf("no task was started: %v", started.Failures)
	}
	arn := aws.ToString(started.Tasks[0].TaskArn)
	var stopped types.Task
	err = Until(ctx, "task "+arn+" has not stopped", func(ctx context.Context) (bool, error) {
		shown, err := s.ecs.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &s.Outputs.ClusterArn, Tasks: []string{arn}})
		if err != nil || len(shown.Tasks) == 0 {
			return false, err
		}
		stopped = shown.Tasks[0]
		return aws.ToString(stopped.LastStatus) == "STOPPED" && len(stopped.Containers) > 0, nil
	})
	return stopped, err
}

// logOf is what a stopped task's first container wrote; nothing where that cannot be read, as its exit code tells more.
func (s *Stack) logOf(ctx context.Context, task types.Task) []string {
	definition, err := s.ecs.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: task.TaskDefinitionArn})
	if err != nil {
		return nil
	}
	container := definition.TaskDefinition.ContainerDefinitions[0]
	if container.LogConfiguration == nil {
		return nil
	}
	options, arn := container.LogConfiguration.Options, aws.ToString(task.TaskArn)
	stream := options["awslogs-stream-prefix"] + "/" + aws.ToString(container.Name) + "/" + arn[strings.LastIndex(arn, "/")+1:]
	events, err := cloudwatchlogs.NewFromConfig(s.AWS).GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
		LogGroupName: aws.String(options["awslogs-group"]), LogStreamName: &stream, StartFromHead: aws.Bool(true),
	})
	if err != nil {
		return nil
	}
	var lines []string
	for _, event := range events.Events {
		if line := strings.TrimSpace(aws.ToString(event.Message)); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// Service describes one of the stack's services as ECS has it now.
func (s *Stack) Service(ctx context.Context, role string) (types.Service, error) {
	known, err := s.service(role)
	if err != nil {
		return types.Service{}, err
	}
	shown, err := s.ecs.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &s.Outputs.ClusterArn, Services: []string{known.ServiceName}})
	if err != nil {
		return types.Service{}, err
	}
	if len(shown.Services) != 1 {
		return types.Service{}, fmt.Errorf("ECS knows no service %s", known.ServiceName)
	}
	return shown.Services[0], nil
}

// lookEvery is how long Until pauses between two looks.
const lookEvery = 200 * time.Millisecond

// Until looks again and again until what is waited for is so, an error occurs or the context ends; then the error says
// what has not come true.
func Until(ctx context.Context, not string, so func(context.Context) (bool, error)) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		done, err := so(ctx)
		if ctx.Err() != nil {
			return errors.Join(fmt.Errorf("%s: %w", not, context.Cause(ctx)), err)
		}
		if err != nil || done {
			return err
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}
