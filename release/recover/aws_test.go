package recovery

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	tagtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests hold what is asked of AWS, and what is made of its answers. They do not prove that AWS answers so; for the
// emulated one, its own tests do.

var ctx = context.Background()

// region has one resource a page.
type region []string

func (r region) GetResources(_ context.Context, in *tagging.GetResourcesInput, _ ...func(*tagging.Options)) (*tagging.GetResourcesOutput, error) {
	if len(r) == 0 || aws.ToString(in.TagFilters[0].Key) != "stack" || in.TagFilters[0].Values[0] != "flowcomply-production" {
		return &tagging.GetResourcesOutput{}, nil
	}
	at := len(aws.ToString(in.PaginationToken))
	out := &tagging.GetResourcesOutput{ResourceTagMappingList: []tagtypes.ResourceTagMapping{{
		ResourceARN: &r[at], Tags: []tagtypes.Tag{{Key: aws.String("stack"), Value: aws.String("flowcomply-production")}},
	}}}
	if at+1 < len(r) {
		out.PaginationToken = aws.String("xxxxxxxxxx"[:at+1])
	}
	return out, nil
}

func TestTagged_IsWhatBothRegionsHave(t *testing.T) {
	found, err := client{tags: []tagging.GetResourcesAPIClient{region{"a", "b"}, region{"zone"}}}.Tagged(ctx, "stack", "flowcomply-production")
	require.NoError(t, err)
	tag := map[string]string{"stack": "flowcomply-production"}
	assert.Equal(t, []Tagged{{ARN: "a", Tags: tag}, {ARN: "b", Tags: tag}, {ARN: "zone", Tags: tag}}, found)
}

// containers is an ECS with tasks by what is wanted of them, and services.
type containers struct {
	tasks    map[ecstypes.DesiredStatus][]ecstypes.Task
	services []ecstypes.Service
	stopped  []string
	trouble  error
	asked    []int
}

func (c *containers) ListTasks(_ context.Context, in *ecs.ListTasksInput, _ ...func(*ecs.Options)) (*ecs.ListTasksOutput, error) {
	out := &ecs.ListTasksOutput{}
	if aws.ToString(in.StartedBy) == "flowcomply-migration" && aws.ToString(in.Cluster) == "main" {
		for _, task := range c.tasks[in.DesiredStatus] {
			out.TaskArns = append(out.TaskArns, *task.TaskArn)
		}
	}
	return out, c.trouble
}

func (c *containers) DescribeTasks(_ context.Context, in *ecs.DescribeTasksInput, _ ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error) {
	out := &ecs.DescribeTasksOutput{}
	for _, tasks := range c.tasks {
		for _, task := range tasks {
			for _, arn := range in.Tasks {
				if arn == *task.TaskArn {
					out.Tasks = append(out.Tasks, task)
				}
			}
		}
	}
	return out, nil
}

func (c *containers) StopTask(_ context.Context, in *ecs.StopTaskInput, _ ...func(*ecs.Options)) (*ecs.StopTaskOutput, error) {
	c.stopped = append(c.stopped, *in.Cluster+" "+*in.Task+" "+*in.Reason)
	return &ecs.StopTaskOutput{}, nil
}

func (c *containers) DescribeServices(_ context.Context, in *ecs.DescribeServicesInput, _ ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error) {
	c.asked = append(c.asked, len(in.Services))
	return &ecs.DescribeServicesOutput{Services: c.services}, c.trouble
}

func TestMigrations_AreTheTasksThatHaveNotStopped(t *testing.T) {
	since := time.Date(2026, 11, 26, 1, 0, 0, 0, time.UTC)
	task := func(arn, status string) ecstypes.Task {
		return ecstypes.Task{TaskArn: &arn, LastStatus: &status, CreatedAt: &since}
	}
	ecs := &containers{tasks: map[ecstypes.DesiredStatus][]ecstypes.Task{
		ecstypes.DesiredStatusRunning: {task("runs", "RUNNING")}, ecstypes.DesiredStatusStopped: {task("ends", "DEACTIVATING"), task("ended", "STOPPED")},
	}}
	client := client{services: ecs}
	tasks, err := client.Migrations(ctx, "main")
	require.NoError(t, err)
	assert.ElementsMatch(t, []Task{{Cluster: "main", ARN: "runs", Since: since}, {Cluster: "main", ARN: "ends", Since: since}}, tasks)
	none, err := client.Migrations(ctx, "another")
	require.NoError(t, err)
	assert.Empty(t, none)

	require.NoError(t, client.Stop(ctx, tasks[0], "why"))
	assert.Len(t, ecs.stopped, 1)
	ecs.trouble = errors.New("AccessDenied")
	_, err = client.Migrations(ctx, "main")
	require.ErrorContains(t, err, "AccessDenied")
}

func TestDeployments_AreTheServicesThatRoll(t *testing.T) {
	service := func(name string, states ...ecstypes.DeploymentRolloutState) ecstypes.Service {
		one := ecstypes.Service{ServiceName: &name}
		for _, state := range states {
			one.Deployments = append(one.Deployments, ecstypes.Deployment{RolloutState: state})
		}
		return one
	}
	ecs := &containers{services: []ecstypes.Service{
		service("frontend", ecstypes.DeploymentRolloutStateCompleted),
		service("backend", ecstypes.DeploymentRolloutStateInProgress, ecstypes.DeploymentRolloutStateCompleted),
	}}
	names, err := client{services: ecs}.Deployments(ctx, "main", make([]string, 11))
	require.NoError(t, err)
	assert.Equal(t, []string{"backend"}, names)
	assert.Equal(t, []int{10, 1}, ecs.asked, "ECS describes ten at once")
}

type snapshots []rdstypes.DBSnapshot

func (s snapshots) DescribeDBSnapshots(_ context.Context, in *rds.DescribeDBSnapshotsInput, _ ...func(*rds.Options)) (*rds.DescribeDBSnapshotsOutput, error) {
	if aws.ToString(in.DBInstanceIdentifier) != "flowcomply-production" || aws.ToString(in.SnapshotType) != "manual" {
		return nil, errors.New("not what was to be asked")
	}
	return &rds.DescribeDBSnapshotsOutput{DBSnapshots: s}, nil
}

func TestSnapshots_AreThoseUnderWay(t *testing.T) {
	one := func(id, status string) rdstypes.DBSnapshot {
		return rdstypes.DBSnapshot{DBSnapshotIdentifier: &id, Status: &status}
	}
	ids, err := client{databases: snapshots{one("old", "available"), one("new", "creating"), one("bad", "failed")}}.Snapshots(ctx, "flowcomply-production")
	require.NoError(t, err)
	assert.Equal(t, []string{"new"}, ids)
}
