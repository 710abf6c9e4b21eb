package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/release/restore"
	"github.com/flowcomply/infrastructure/release/restore/drill"
	"github.com/flowcomply/infrastructure/stacks"
)

// These tests hold what is asked for and how AWS's answers are read. They do not prove that AWS answers so.

func TestRestoring_ReadsEverything(t *testing.T) {
	at := time.Date(2026, 11, 23, 23, 6, 37, 0, time.UTC)
	on := target{Name: "s", File: "Pulumi.s.yaml"}
	for args, want := range map[string]restoring{
		"--stack production":                 {on: target{Name: "production", File: "Pulumi.production.yaml"}},
		"--stack acme/flowcomply/s --yes":    {on: target{Name: "acme/flowcomply/s", File: "Pulumi.s.yaml"}, yes: true},
		"--stack s --snapshot a":             {on: on, request: restore.Request{Snapshot: "a"}},
		"--stack s --latest --config-file f": {on: target{Name: "s", File: "f"}, request: restore.Request{Latest: true}},
		"--stack s --confirm --commit":       {on: on, confirm: true, commit: true},
		"--stack s --undo --yes":             {on: on, undo: true, yes: true},
		// As the wall clock in Auckland has it; the stack file has UTC.
		"--stack s --time 2026-11-24T12:06:37.9+13:00": {on: on, request: restore.Request{Time: at}, at: "2026-11-24T12:06:37.9+13:00"},
	} {
		var got restoring
		command := &cobra.Command{}
		got.flags(command)
		require.NoError(t, command.ParseFlags(strings.Fields(args)), args)
		require.Empty(t, got.mistakes(command.Flags().Args()), args)
		assert.Equal(t, want, got, args)
	}
}

func TestRestoring_RefusesWhatItCannotRead(t *testing.T) {
	t.Chdir(t.TempDir())
	for args, want := range map[string]string{
		"restore":                                        "--stack: missing",
		"restore --stack s more":                         `unexpected "more": flags only`,
		"restore --stack s --time yesterday":             `--time "yesterday": not a moment`,
		"restore --stack s --latest --snapshot a":        "give one of --snapshot, --time, --latest, --confirm and --undo",
		"restore --stack s --confirm --undo":             "give one of",
		"drill --stack s --latest":                       "unknown flag: --latest",
		"drill --stack s --timeout 0s":                   "--timeout 0s: want more than nothing",
		"drill --stack s":                                "is not the project's folder",
		"drill --stack s --timeout 30m":                  "is not the project's folder",
		"restore --stack s --timeout 1h":                 "unknown flag: --timeout",
		"restore --stack s --snapshot a --config-file f": "is not the project's folder",
	} {
		got := flowcomply(t, strings.Fields(args)...)
		assert.Equal(t, exit.Refused, got.code, args)
		assert.Contains(t, got.stderr, want, args)
		assert.Empty(t, got.stdout, args)
	}
}

func TestStackOf_IsProductions(t *testing.T) {
	source, err := stacks.FromFile("../../Pulumi.production.yaml")
	require.NoError(t, err)
	for _, key := range []string{"ANTHROPIC_API_KEY", "PAGERDUTY_ENDPOINT", "SMOKE_USER"} {
		source = source.WithSecret("flowcomply:" + key)
	}
	spec, err := stacks.Load(source)
	require.NoError(t, err)
	assert.Equal(t, drill.Stack{
		Name: "flowcomply-production", Copy: "flowcomply-production-drill", Service: "backend", Family: "flowcomply-backend-drill",
		Variables: []string{"DATABASE_URL"}, User: "flowcomply", Database: "flowcomply",
		Status: []string{"npx", "prisma", "migrate", "status"}, Deploy: []string{"npx", "prisma", "migrate", "deploy"}, Count: []string{}, TaskTimeout: 30 * time.Minute,
	}, stackOf(spec))
}

// answers plays RDS and ECS.
type answers struct {
	instances []types.DBInstance
	snapshots map[string][]types.DBSnapshot
	services  []ecstypes.Service
	tasks     map[string]string // last status by ARN, of those that were told to stop
	err       error
}

func (a answers) DescribeDBInstances(context.Context, *rds.DescribeDBInstancesInput, ...func(*rds.Options)) (*rds.DescribeDBInstancesOutput, error) {
	return &rds.DescribeDBInstancesOutput{DBInstances: a.instances}, a.err
}

func (a answers) DescribeDBSnapshots(_ context.Context, in *rds.DescribeDBSnapshotsInput, _ ...func(*rds.Options)) (*rds.DescribeDBSnapshotsOutput, error) {
	return &rds.DescribeDBSnapshotsOutput{DBSnapshots: a.snapshots[*in.DBInstanceIdentifier]}, a.err
}

func (a answers) DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error) {
	return &ecs.DescribeServicesOutput{Services: a.services}, a.err
}

func (a answers) ListTasks(_ context.Context, in *ecs.ListTasksInput, _ ...func(*ecs.Options)) (*ecs.ListTasksOutput, error) {
	out := &ecs.ListTasksOutput{}
	for arn := range a.tasks {
		if in.DesiredStatus == ecstypes.DesiredStatusStopped {
			out.TaskArns = append(out.TaskArns, arn)
		}
	}
	return out, a.err
}

func (a answers) DescribeTasks(_ context.Context, in *ecs.DescribeTasksInput, _ ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error) {
	out := &ecs.DescribeTasksOutput{}
	for _, arn := range in.Tasks {
		out.Tasks = append(out.Tasks, ecstypes.Task{LastStatus: aws.String(a.tasks[arn])})
	}
	return out, a.err
}

func TestAccount_Instance(t *testing.T) {
	made, latest := time.Unix(1000, 0), time.Unix(2000, 0)
	got, err := databases{rds: answers{instances: []types.DBInstance{{
		DBInstanceIdentifier: aws.String("a"), DBInstanceStatus: aws.String("available"), InstanceCreateTime: &made, LatestRestorableTime: &latest,
		BackupRetentionPeriod: aws.Int32(35), EngineVersion: aws.String("16.4"), AllocatedStorage: aws.Int32(100), KmsKeyId: aws.String("key"),
	}}}}.Instance(t.Context(), "a")
	require.NoError(t, err)
	assert.Equal(t, &restore.Instance{ID: "a", Status: "available", Created: made, Latest: latest, KeepsDays: 35, Version: "16.4", StorageGiB: 100, KeyArn: "key"}, got)
	got, err = databases{rds: answers{err: &types.DBInstanceNotFoundFault{}}}.Instance(t.Context(), "a")
	require.NoError(t, err)
	assert.Nil(t, got)
	_, err = databases{rds: answers{err: errors.New("denied")}}.Instance(t.Context(), "a")
	require.EqualError(t, err, "database a: denied")
}

func TestAccount_Snapshots(t *testing.T) {
	began, copied := time.Unix(1000, 0), time.Unix(5000, 0)
	tag := func(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }
	got, err := databases{rds: answers{snapshots: map[string][]types.DBSnapshot{
		"a": {{
			DBSnapshotIdentifier: aws.String("s"), DBInstanceIdentifier: aws.String("a"), Status: aws.String("available"), SnapshotType: aws.String("manual"),
			SnapshotCreateTime: &copied, OriginalSnapshotCreateTime: &began, EngineVersion: aws.String("16.4"), AllocatedStorage: aws.Int32(7), KmsKeyId: aws.String("key"),
			TagList: []types.Tag{tag(tagVersion, "v1.1.0"), tag(tagNumber, "7"), tag("owner", "x")},
		}},
		"b": {{DBSnapshotIdentifier: aws.String("rds:b"), SnapshotType: aws.String("automated"), SnapshotCreateTime: &copied, TagList: []types.Tag{tag(tagNumber, "seven")}}},
	}}}.Snapshots(t.Context(), "a", "b")
	require.NoError(t, err)
	assert.Equal(t, []restore.Snapshot{
		{ID: "s", Of: "a", Status: "available", At: began, Version: "16.4", StorageGiB: 7, KeyArn: "key", Release: "v1.1.0", Number: 7},
		{ID: "rds:b", Automated: true, At: copied},
	}, got)
}

// A task that is told to stop may still write until it has.
func TestAccount_Tasks(t *testing.T) {
	for name, row := range map[string]struct {
		service ecstypes.Service
		tasks   map[string]string
		want    int
	}{
		"running":         {ecstypes.Service{DesiredCount: 2, RunningCount: 2}, nil, 2},
		"about to run":    {ecstypes.Service{DesiredCount: 2}, nil, 2},
		"two deployments": {ecstypes.Service{DesiredCount: 2, RunningCount: 3, PendingCount: 1}, nil, 4},
		"ending":          {ecstypes.Service{}, map[string]string{"a": "DEACTIVATING", "b": "STOPPED", "c": "STOPPING"}, 2},
		"over":            {ecstypes.Service{}, map[string]string{"a": "STOPPED"}, 0},
	} {
		got, err := databases{ecs: answers{services: []ecstypes.Service{row.service}, tasks: row.tasks}}.Tasks(t.Context(), "c", "s")
		require.NoError(t, err, name)
		assert.Equal(t, row.want, got, name)
	}
	_, err := databases{ecs: answers{}}.Tasks(t.Context(), "c", "s")
	require.EqualError(t, err, "ECS knows no service s in cluster c")
}
