package recovery

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	tagtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/flowcomply/infrastructure/verify/check"
)

// prefix is what AWS's types begin with, and awsProvider is the type of its provider.
const (
	prefix      = "aws:"
	awsProvider = "pulumi:providers:aws"
)

// Account is where a stack is, as its provider is configured.
type Account struct {
	ID, Region string
	// Tag is the value of the tag named stack that everything of the stack has.
	Tag string
}

// StackTag is the name of that tag.
const StackTag = "stack"

// Account reads the provider's configuration; false when the state has no AWS provider.
func (s State) Account() (Account, bool) {
	configured, found := s.first(awsProvider)
	if !found {
		return Account{}, false
	}
	var allowed []string
	var tags struct {
		Tags map[string]string `json:"tags"`
	}
	// The engine keeps a provider's lists and objects as JSON. What cannot be read is empty, and then nothing is found by it.
	text := func(key string) string { return Resource(configured.Inputs()).text(key) }
	_ = json.Unmarshal([]byte(text("allowedAccountIds")), &allowed)
	_ = json.Unmarshal([]byte(text("defaultTags")), &tags)
	account := Account{Region: text("region"), Tag: tags.Tags[StackTag]}
	if len(allowed) == 1 {
		account.ID = allowed[0]
	}
	return account, true
}

// client is the account that a stack is in, in one region. It needs tag:GetResources, ecs:ListTasks, ecs:DescribeTasks,
// ecs:DescribeServices, rds:DescribeDBSnapshots and, to stop a migration, ecs:StopTask.
type client struct {
	tags     []tagging.GetResourcesAPIClient // of the region, and of the one where AWS keeps what has none, such as DNS zones
	services interface {
		ecs.ListTasksAPIClient
		ecs.DescribeTasksAPIClient
		ecs.DescribeServicesAPIClient
		StopTask(context.Context, *ecs.StopTaskInput, ...func(*ecs.Options)) (*ecs.StopTaskOutput, error)
	}
	databases rds.DescribeDBSnapshotsAPIClient
}

// global is the region where what has none is found by its tags
// (https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html).
const global = "us-east-1"

func noAccess(format string, values ...any) error {
	return &check.Failure{Cause: fmt.Sprintf(format, values...), Err: check.ErrAccess}
}

// Connect makes a client of the credentials at hand. Those of another account are refused, as the stack's provider does.
func Connect(ctx context.Context, where Account) (AWS, error) {
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
	reached := client{[]tagging.GetResourcesAPIClient{tagging.NewFromConfig(cfg)}, ecs.NewFromConfig(cfg), rds.NewFromConfig(cfg)}
	if where.Region != global {
		globalConfig := cfg.Copy()
		globalConfig.Region = global
		reached.tags = append(reached.tags, tagging.NewFromConfig(globalConfig))
	}
	return reached, nil
}

// Tagged lists what has a value of a tag.
func (c client) Tagged(ctx context.Context, key, value string) ([]Tagged, error) {
	var all []Tagged
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
				tagged := Tagged{ARN: aws.ToString(one.ResourceARN), Tags: map[string]string{}}
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
func (c client) Migrations(ctx context.Context, cluster string) ([]Task, error) {
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
	var running []Task
	for some := range slices.Chunk(arns, tasksAtOnce) {
		shown, err := c.services.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &cluster, Tasks: some})
		if err != nil {
			return nil, err
		}
		for _, task := range shown.Tasks {
			if aws.ToString(task.LastStatus) != string(ecstypes.DesiredStatusStopped) {
				running = append(running, Task{Cluster: cluster, ARN: aws.ToString(task.TaskArn), Since: aws.ToTime(task.CreatedAt)})
			}
		}
	}
	return running, nil
}

// What ECS describes at once.
const (
	tasksAtOnce    = 100
	servicesAtOnce = 10
)

// Stop tells a task to stop.
func (c client) Stop(ctx context.Context, task Task, why string) error {
	_, err := c.services.StopTask(ctx, &ecs.StopTaskInput{Cluster: &task.Cluster, Task: &task.ARN, Reason: &why})
	return err
}

// Deployments names the services that are being deployed.
func (c client) Deployments(ctx context.Context, cluster string, services []string) ([]string, error) {
	var rolling []string
	for some := range slices.Chunk(services, servicesAtOnce) {
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
func (c client) Snapshots(ctx context.Context, database string) ([]string, error) {
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
