package awschecks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// taskChunk is the most tasks that DescribeTasks takes:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html
const taskChunk = 100

const nextRefresh = "run `pulumi refresh` and `pulumi up`: the outputs are older than the account's state"

// Identity checks that the service runs what was asked for and nothing else:
//
//   - The requested task definition is that of its PRIMARY deployment, which is COMPLETED without failed tasks.
//   - No other deployment is ACTIVE.
//   - The definition has the requested image.
//   - At least the minimum of tasks runs, each from that definition and with that digest.
//
// A service that ECS rolled back, or that was scaled to zero, is steady too, and fails here; in an update one that is scaled
// to zero is waited for, as autoscaling brings it back a minute after a restore has let it. A failure tells why the
// deployment's tasks stopped, with the last lines that one of them wrote.
//
//runbook:4.3#1-3,appendix.C#2-3 lists and describes the tasks, and compares their digests with what was deployed.
//runbook:4.1#4,4.2#4 tells a deployment that ECS took back from one that succeeded.
func (s Stack) Identity(role string) check.Check {
	return check.Check{Group: "identity", Name: role, Run: func(ctx context.Context) (string, error) {
		c := &identity{Stack: s, want: s.Services[role]}
		err := poll.Until(ctx, s.Interval, func(ctx context.Context) error {
			err := c.probe(ctx)
			check.Failing(ctx, err)
			return err
		})
		return fmt.Sprintf("%s: %s on %s", Revision(c.want.TaskDefinitionArn), text.Count(c.running, "task"), outputs.ShortDigest(c.want.ImageDigest)), err
	}}
}

type identity struct {
	Stack

	want       outputs.Service
	definition *types.TaskDefinition // requested; nil until read
	containers []string              // those of it that hold the requested image
	running    int                   // tasks seen to run the requested image
}

// probe looks once. It reads the tasks only when the service is as asked for: before that, other tasks are known to
// run.
func (c *identity) probe(ctx context.Context) error {
	service, err := DescribeService(ctx, c.ClusterArn, c.want.ServiceName, c.ECS)
	if err != nil {
		return err
	}
	found := evaluateService(service, c.want, c.InUpdate)
	if err := c.readDefinition(ctx, &found); err != nil {
		if found.OK() {
			return err
		}
		found.Pending("its task definition could not be read: %v", err)
	}
	if found.OK() {
		running, err := c.tasks(ctx, c.want, types.DesiredStatusRunning)
		if err != nil {
			return err
		}
		c.running, found = evaluateTasks(running, c.want, c.containers)
	}
	if found.OK() {
		return nil
	}
	stopped, why := c.stoppedTasks(ctx, started(service, c.want))
	if why.Next != "" { // what the tasks died of beats what the service says
		found.Next = why.Next
	}
	found.Join(why)
	return found.Err(append(History(service), stopped...))
}

// DescribeService reads one service of a cluster. That it does not exist is a permanent failure.
func DescribeService(ctx context.Context, cluster, name string, api DeploymentReader) (types.Service, error) {
	out, err := api.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{name}})
	var noCluster *types.ClusterNotFoundException
	switch {
	case errors.As(err, &noCluster):
		return types.Service{}, permanent(fmt.Sprintf("cluster %s does not exist", cluster), nextRefresh)
	case err != nil:
		return types.Service{}, Explain(err)
	case len(out.Services) == 0:
		reasons := make([]string, 0, len(out.Failures))
		for _, failure := range out.Failures {
			reasons = append(reasons, strings.TrimSpace(aws.ToString(failure.Reason)+" "+aws.ToString(failure.Detail)))
		}
		return types.Service{}, permanent(fmt.Sprintf("service %s does not exist in cluster %s", name, cluster), nextRefresh, reasons...)
	}
	return out.Services[0], nil
}

// readDefinition reads the requested task definition once: a revision never changes.
func (c *identity) readDefinition(ctx context.Context, found *check.Verdict) error {
	if c.containers != nil {
		return nil
	}
	definition, err := c.taskDefinition(ctx, c.want.TaskDefinitionArn)
	if err != nil {
		return err
	}
	c.definition = definition
	containers, wrong := evaluateDefinition(definition, c.want)
	if wrong.OK() {
		c.containers = containers
	}
	found.Join(wrong)
	return nil
}

// taskDefinition is never nil where there is no error.
func (s Stack) taskDefinition(ctx context.Context, arn string) (*types.TaskDefinition, error) {
	out, err := s.ECS.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &arn})
	if err != nil {
		return nil, Explain(err)
	}
	return cmp.Or(out.TaskDefinition, &types.TaskDefinition{}), nil
}

// tasks returns a service's tasks with the desired status. A task that says it belongs to another group, such as a
// one-off migration, is left out.
func (s Stack) tasks(ctx context.Context, service outputs.Service, status types.DesiredStatus) ([]types.Task, error) {
	pages := ecs.NewListTasksPaginator(s.ECS, &ecs.ListTasksInput{
		Cluster: &s.ClusterArn, ServiceName: &service.ServiceName, DesiredStatus: status,
	})
	var arns []string
	err := eachPage(ctx, pages, func(page *ecs.ListTasksOutput) error {
		arns = append(arns, page.TaskArns...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	var tasks []types.Task
	for chunk := range slices.Chunk(arns, taskChunk) {
		out, err := s.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &s.ClusterArn, Tasks: chunk})
		if err != nil {
			return nil, Explain(err)
		}
		tasks = append(tasks, out.Tasks...)
	}
	return slices.DeleteFunc(tasks, func(t types.Task) bool {
		group := aws.ToString(t.Group)
		return group != "" && group != "service:"+service.ServiceName
	}), nil
}
