package harness

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/flowcomply/infrastructure/internal/ecstask"
)

// Task runs a command in a one-off task of the revision that a service runs now, as a person does by hand, and waits for
// its end. An exit code that is not 0 is an error.
func (s *Stack) Task(ctx context.Context, role string, command ...string) error {
	ctx, cancel := context.WithTimeout(ctx, deployedWithin)
	defer cancel()
	like, err := s.Service(ctx, role)
	if err != nil {
		return err
	}
	started, err := s.ecs.RunTask(ctx, &ecs.RunTaskInput{
		Cluster: &s.Outputs.ClusterArn, TaskDefinition: like.TaskDefinition, LaunchType: types.LaunchTypeFargate,
		NetworkConfiguration: like.NetworkConfiguration,
		Overrides:            &types.TaskOverride{ContainerOverrides: []types.ContainerOverride{{Name: &role, Command: command}}},
	})
	if err != nil {
		return err
	}
	if len(started.Tasks) != 1 {
		return fmt.Errorf("ECS started %d tasks of %s", len(started.Tasks), role)
	}
	var ended types.Task
	err = Until(ctx, "task "+aws.ToString(started.Tasks[0].TaskArn)+" is still running", func(ctx context.Context) (bool, error) {
		shown, err := s.ecs.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &s.Outputs.ClusterArn, Tasks: []string{aws.ToString(started.Tasks[0].TaskArn)}})
		if err != nil {
			return false, err
		}
		if len(shown.Tasks) != 1 {
			return false, errors.New("ECS has forgotten the task")
		}
		ended = shown.Tasks[0]
		return aws.ToString(ended.LastStatus) == string(types.DesiredStatusStopped), nil
	})
	if err != nil {
		return err
	}
	read := ecstask.Read(ended, role)
	if own := read.Own[0]; own.Code != 0 {
		return fmt.Errorf("%s: exit code %d: %s %s %s", strings.Join(command, " "), own.Code, read.Why, own.Reason, read.Beside())
	}
	return nil
}
