// Package account is recovery's AWS: what it asks of the account that a stack is in. It needs tag:GetResources,
// ecs:ListTasks, ecs:DescribeTasks, ecs:DescribeServices, rds:DescribeDBSnapshots and, to stop a migration, ecs:StopTask.
package account

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	tagtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/flowcomply/infrastructure/release/recovery"
	"github.com/flowcomply/infrastructure/verify/check"
)

// The parts of AWS's clients that are used.
type (
	tags interface {
		GetResources(context.Context, *tagging.GetResourcesInput, ...func(*tagging.Options)) (*tagging.GetResourcesOutput, error)
	}
	services interface {
		ListTasks(context.Context, *ecs.ListTasksInput, ...func(*ecs.Options)) (*ecs.ListTasksOutput, error)
		DescribeTasks(context.Context, *ecs.DescribeTasksInput, ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error)
		StopTask(context.Context, *ecs.StopTaskInput, ...func(*ecs.Options)) (*ecs.StopTaskOutput, error)
		DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error)
	}
	databases interface {
		DescribeDBSnapshots(context.Context, *rds.DescribeDBSnapshotsInput, ...func(*rds.Options)) (*rds.DescribeDBSnapshotsOutput, error)
	}
)

// Client asks one account, in one region.
type Client struct {
	tags      []tags // of the region, and of the one where AWS keeps what has none, such as DNS zones
	services  services
	databases databases
}

// global is the region where what has none is found by its tags
// (https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html).
const global = "us-east-1"

func noAccess(format string, values ...any) error {
	return &check.Failure{Cause: fmt.Sprintf(format, values...), Err: check.ErrAccess}
}

// Connect makes a client of the credentials at hand. Those of another account are refused, as the stack's provider does.
func Connect(ctx context.Context, where recovery.Account) (recovery.AWS, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(where.Region))
	if err != nil {
		return nil, noAccess("%v", err)
	}
	who, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, noAccess("whose credentials are used: %v; log in to AWS as for an update", err)
	}
	if id := aws.ToString(who.Account); where.ID != "" && id != where.ID {
		return nil, noAccess("the credentials are of account %s, and the stack is in %s; use those of the stack's", id, where.ID)
	}
	client := Client{
		tags:     []tags{tagging.NewFromConfig(cfg)},
		services: ecs.NewFromConfig(cfg), databases: rds.NewFromConfig(cfg),
	}
	if where.Region != global {
		globalConfig := cfg.Copy()
		globalConfig.Region = global
		client.tags = append(client.tags, tagging.NewFromConfig(globalConfig))
	}
	return client, nil
}

// Tagged lists what has a value of a tag.
func (c Client) Tagged(ctx context.Context, key, value string) ([]recovery.Tagged, error) {
	var all []recovery.Tagged
	for _, region := range c.tags {
		pages := tagging.NewGetResourcesPaginator(region, &tagging.GetResourcesInput{
			TagFilters: []tagtypes.TagFilter{{Key: &key, Values: []string{value}}},
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			for _, one := range page.ResourceTagMappingList {
				tagged := recovery.Tagged{ARN: aws.ToString(one.ResourceARN), Tags: map[string]string{}}
				for _, tag := range one.Tags {
					tagged.Tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
				}
				all = append(all, tagged)
			}
		}
	}
	return all, nil
}

// startedBy is how migrations mark their tasks (components/migration/prisma).
const startedBy = "flowcomply-migration"

// Migrations lists the migrations' tasks that have not stopped.
func (c Client) Migrations(ctx context.Context, cluster string) ([]recovery.Task, error) {
	mark := startedBy
	// A task that is being stopped is among those that are wanted stopped.
	var arns []string
	for _, wanted := range []ecstypes.DesiredStatus{ecstypes.DesiredStatusRunning, ecstypes.DesiredStatusStopped} {
		pages := ecs.NewListTasksPaginator(c.services, &ecs.ListTasksInput{Cluster: &cluster, StartedBy: &mark, DesiredStatus: wanted})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			arns = append(arns, page.TaskArns...)
		}
	}
	var running []recovery.Task
	for some := range slices.Chunk(arns, most) {
		shown, err := c.services.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &cluster, Tasks: some})
		if err != nil {
			return nil, err
		}
		for _, task := range shown.Tasks {
			if aws.ToString(task.LastStatus) != string(ecstypes.DesiredStatusStopped) {
				running = append(running, recovery.Task{Cluster: cluster, ARN: aws.ToString(task.TaskArn), Since: value(task.CreatedAt)})
			}
		}
	}
	return running, nil
}

// most is how many tasks ECS describes at once, and most services are a tenth of it.
const (
	most         = 100
	mostServices = 10
)

func value(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// Stop tells a task to stop.
func (c Client) Stop(ctx context.Context, task recovery.Task, why string) error {
	_, err := c.services.StopTask(ctx, &ecs.StopTaskInput{Cluster: &task.Cluster, Task: &task.ARN, Reason: &why})
	return err
}

// Deployments names the services that are being deployed.
func (c Client) Deployments(ctx context.Context, cluster string, services []string) ([]string, error) {
	var rolling []string
	for some := range slices.Chunk(services, mostServices) {
		shown, err := c.services.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: some})
		if err != nil {
			return nil, err
		}
		for _, service := range shown.Services {
			for _, deployment := range service.Deployments {
				if deployment.RolloutState == ecstypes.DeploymentRolloutStateInProgress {
					rolling = append(rolling, aws.ToString(service.ServiceName))
				}
			}
		}
	}
	slices.Sort(rolling)
	return slices.Compact(rolling), nil
}

// Snapshots names the snapshots of a database that RDS is still taking.
func (c Client) Snapshots(ctx context.Context, database string) ([]string, error) {
	kind := "manual"
	var creating []string
	pages := rds.NewDescribeDBSnapshotsPaginator(c.databases, &rds.DescribeDBSnapshotsInput{DBInstanceIdentifier: &database, SnapshotType: &kind})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, snapshot := range page.DBSnapshots {
			if aws.ToString(snapshot.Status) == "creating" {
				creating = append(creating, aws.ToString(snapshot.DBSnapshotIdentifier))
			}
		}
	}
	return creating, nil
}
