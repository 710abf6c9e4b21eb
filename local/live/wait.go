package live

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

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
