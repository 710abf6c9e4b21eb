package awschecks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

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

// DeploymentReader reads how far a service's deployments are; *ecs.Client is one.
type DeploymentReader interface {
	DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error)
}

// ServiceReader reads what a service was told to run; *ecs.Client is one.
type ServiceReader interface {
	DeploymentReader
	DescribeTaskDefinition(context.Context, *ecs.DescribeTaskDefinitionInput, ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error)
}

// TaskReader reads what really runs; *ecs.Client is one.
type TaskReader interface {
	ListTasks(context.Context, *ecs.ListTasksInput, ...func(*ecs.Options)) (*ecs.ListTasksOutput, error)
	DescribeTasks(context.Context, *ecs.DescribeTasksInput, ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error)
}

// Identity checks that the service runs what was asked for and nothing else:
//
//   - The requested task definition is that of its PRIMARY deployment, which is COMPLETED without failed tasks.
//   - No other deployment is ACTIVE.
//   - The definition has the requested image.
//   - At least the minimum of tasks runs, each from that definition and with that digest.
//
// A service that ECS rolled back, or that was scaled to zero, is steady too, and fails here. A failure tells why the
// deployment's tasks stopped, with the last lines that one of them wrote; logs may be nil, and hide too.
//
//runbook:4.3#1-3,appendix.C#2-3 lists and describes the tasks, and compares their digests with what was deployed.
//runbook:4.1#4,4.2#4 tells a deployment that ECS took back from one that succeeded.
func Identity(
	name, cluster string, want outputs.Service, services ServiceReader, tasks TaskReader, logs LogSource, hide *check.Redactor, interval time.Duration,
) check.Check {
	return check.Check{Group: "identity", Name: name, Run: func(ctx context.Context) (string, error) {
		c := &identity{cluster: cluster, want: want, services: services, tasks: tasks, logs: logs, hide: hide}
		err := poll.Until(ctx, interval, c.probe)
		return fmt.Sprintf("%s: %s on %s", Revision(want.TaskDefinitionArn), text.Count(c.running, "task"), outputs.ShortDigest(want.ImageDigest)), err
	}}
}

type identity struct {
	cluster    string
	want       outputs.Service
	services   ServiceReader
	tasks      TaskReader
	logs       LogSource
	hide       *check.Redactor
	definition *types.TaskDefinition // requested; nil until read
	containers []string              // those of it that hold the requested image
	running    int                   // tasks seen to run the requested image
}

// probe looks once. It reads the tasks only when the service is as asked for: before that, other tasks are known to
// run.
func (c *identity) probe(ctx context.Context) error {
	service, err := DescribeService(ctx, c.cluster, c.want.ServiceName, c.services)
	if err != nil {
		return err
	}
	found := evaluateService(service, c.want)
	if err := c.readDefinition(ctx, &found); err != nil {
		if found.OK() {
			return err
		}
		found.Pending("its task definition could not be read: %v", err)
	}
	if found.OK() {
		running, err := c.list(ctx, types.DesiredStatusRunning)
		if err != nil {
			return err
		}
		c.running, found = evaluateTasks(running, c.want, c.containers)
	}
	if found.OK() {
		return nil
	}
	stopped, why := c.stopped(ctx, started(service, c.want))
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
		return types.Service{}, poll.Permanent(&check.Failure{
			Cause: fmt.Sprintf("cluster %s does not exist", cluster),
			Next:  nextRefresh,
		})
	case err != nil:
		return types.Service{}, Explain(err)
	case len(out.Services) == 0:
		reasons := make([]string, 0, len(out.Failures))
		for _, failure := range out.Failures {
			reasons = append(reasons, strings.TrimSpace(aws.ToString(failure.Reason)+" "+aws.ToString(failure.Detail)))
		}
		return types.Service{}, poll.Permanent(&check.Failure{
			Cause:   fmt.Sprintf("service %s does not exist in cluster %s", name, cluster),
			Details: reasons,
			Next:    nextRefresh,
		})
	}
	return out.Services[0], nil
}

// readDefinition reads the requested task definition once: a revision never changes.
func (c *identity) readDefinition(ctx context.Context, found *check.Verdict) error {
	if c.containers != nil {
		return nil
	}
	out, err := c.services.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &c.want.TaskDefinitionArn})
	if err != nil {
		return Explain(err)
	}
	c.definition = out.TaskDefinition
	containers, wrong := evaluateDefinition(out.TaskDefinition, c.want)
	if wrong.OK() {
		c.containers = containers
	}
	found.Join(wrong)
	return nil
}

// list returns the service's tasks with the desired status. A task that says it belongs to another group, such as a
// one-off migration, is left out.
func (c *identity) list(ctx context.Context, status types.DesiredStatus) ([]types.Task, error) {
	pages := ecs.NewListTasksPaginator(c.tasks, &ecs.ListTasksInput{
		Cluster: &c.cluster, ServiceName: &c.want.ServiceName, DesiredStatus: status,
	})
	var arns []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, Explain(err)
		}
		arns = append(arns, page.TaskArns...)
	}
	var tasks []types.Task
	for chunk := range slices.Chunk(arns, taskChunk) {
		out, err := c.tasks.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &c.cluster, Tasks: chunk})
		if err != nil {
			return nil, Explain(err)
		}
		tasks = append(tasks, out.Tasks...)
	}
	return slices.DeleteFunc(tasks, func(t types.Task) bool {
		group := aws.ToString(t.Group)
		return group != "" && group != "service:"+c.want.ServiceName
	}), nil
}
