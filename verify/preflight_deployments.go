package verify

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// DeploymentReader reads how far a service's deployments are; *ecs.Client is one.
type DeploymentReader interface {
	DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error)
}

// serviceSettled checks that ECS is not deploying the service: by somebody else's
// update, which Pulumi's lock does not see, or as what an update before has left. A
// deployment that ends before the check's deadline is waited for.
func serviceSettled(role, cluster, service string, api DeploymentReader, interval time.Duration) Check {
	return Check{Group: deploymentsGroup, Name: role, Run: func(ctx context.Context) (string, error) {
		return look(ctx, interval, func(ctx context.Context) (string, error) {
			got, err := describeService(ctx, cluster, service, api)
			if err != nil {
				return "", err
			}
			return judgeSettled(cluster, service, got)
		})
	}}
}

func judgeSettled(cluster, service string, got types.Service) (string, error) {
	if status := text(got.Status); status != active {
		return "", refused("deploy it again: `pulumi refresh`, then `pulumi up`; a deleted service does not come back", "the service is %s", orUnknown(status))
	}
	var moving, settled []string
	for _, d := range got.Deployments {
		line := fmt.Sprintf("%s is %s", revision(text(d.TaskDefinition)), orUnknown(string(d.RolloutState)))
		switch {
		case text(d.Status) == primary && d.RolloutState == types.DeploymentRolloutStateInProgress:
			moving = append(moving, fmt.Sprintf("%s with %d of %s running, since %s",
				line, d.RunningCount, count(int(d.DesiredCount), "task"), clock(d.CreatedAt)))
		case text(d.Status) == active:
			moving = append(moving, fmt.Sprintf("%s is still being replaced, with %s running",
				revision(text(d.TaskDefinition)), count(int(d.RunningCount), "task")))
		default:
			settled = append(settled, line)
		}
	}
	if len(moving) == 0 {
		return strings.Join(settled, "; "), nil
	}
	return "", &Failure{
		Cause:   "a deployment of " + service + " is under way: " + strings.Join(moving, "; "),
		Details: history(got),
		Next: fmt.Sprintf("find out whose it is (the events above); what an interrupted update left ends by itself. "+
			"Wait for it: `aws ecs wait services-stable --cluster %s --services %s`, then run the update again",
			cluster[strings.LastIndex(cluster, "/")+1:], service),
	}
}
