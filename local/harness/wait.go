package harness

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Service describes one of the stack's services as ECS has it now.
func (s *Stack) Service(ctx context.Context, role string) (types.Service, error) {
	known, err := s.service(role)
	if err != nil {
		return types.Service{}, err
	}
	return s.describe(ctx, known.ServiceName)
}

// describe is a service of the stack's cluster, by its name in ECS.
func (s *Stack) describe(ctx context.Context, service string) (types.Service, error) {
	shown, err := s.ecs.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &s.Outputs.ClusterArn, Services: []string{service}})
	if err != nil {
		return types.Service{}, err
	}
	if len(shown.Services) != 1 {
		return types.Service{}, fmt.Errorf("ECS knows no service %s", service)
	}
	return shown.Services[0], nil
}

// Serves wants each service to run what was asked of it, in all its tasks, and nothing else.
func (s *Stack) Serves(ctx context.Context, asked map[string]outputs.Service) error {
	for _, role := range slices.Sorted(maps.Keys(asked)) {
		want := asked[role]
		runs, err := s.Service(ctx, role)
		if err != nil {
			return err
		}
		if len(runs.Deployments) != 1 || aws.ToString(runs.Deployments[0].TaskDefinition) != want.TaskDefinitionArn || runs.RunningCount != runs.DesiredCount {
			return fmt.Errorf("%s: %d of %d tasks run in %d deployments, the newest of %s; asked for is %s", role, runs.RunningCount, runs.DesiredCount,
				len(runs.Deployments), aws.ToString(runs.Deployments[0].TaskDefinition), want.TaskDefinitionArn)
		}
	}
	return nil
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
