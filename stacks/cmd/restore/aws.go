package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/flowcomply/infrastructure/release/restore"
	"github.com/flowcomply/infrastructure/verify"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// signIn loads credentials, and has AWS confirm that they are the stack's account's.
func signIn(ctx context.Context, outputs outputs.Outputs) (aws.Config, error) {
	loaded, err := config.LoadDefaultConfig(ctx, config.WithRegion(outputs.Region))
	if err != nil {
		return loaded, fmt.Errorf("AWS: %w; sign in (AWS_PROFILE, `aws sso login` or a role)", err)
	}
	if err := verify.Account(ctx, sts.NewFromConfig(loaded), outputs.AccountID); err != nil {
		var failure *verify.Failure
		if errors.As(err, &failure) && failure.Next != "" {
			err = fmt.Errorf("%w\nnext: %s", err, failure.Next)
		}
		return loaded, err
	}
	return loaded, nil
}

func connect(ctx context.Context, outputs outputs.Outputs) (restore.Account, error) {
	loaded, err := signIn(ctx, outputs)
	return account{rds.NewFromConfig(loaded), ecs.NewFromConfig(loaded)}, err
}

// account asks RDS and ECS.
type account struct {
	rds interface {
		rds.DescribeDBInstancesAPIClient
		rds.DescribeDBSnapshotsAPIClient
	}
	ecs interface {
		ecs.DescribeServicesAPIClient
		ecs.ListTasksAPIClient
		ecs.DescribeTasksAPIClient
	}
}

// Instance reads a database; nil when there is none.
func (a account) Instance(ctx context.Context, identifier string) (*restore.Instance, error) {
	shown, err := a.rds.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &identifier})
	var unknown *types.DBInstanceNotFoundFault
	if errors.As(err, &unknown) || err == nil && len(shown.DBInstances) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", identifier, err)
	}
	one := shown.DBInstances[0]
	return &restore.Instance{
		ID: aws.ToString(one.DBInstanceIdentifier), Status: aws.ToString(one.DBInstanceStatus), Created: aws.ToTime(one.InstanceCreateTime),
		Latest: aws.ToTime(one.LatestRestorableTime), KeepsDays: int(aws.ToInt32(one.BackupRetentionPeriod)), Version: aws.ToString(one.EngineVersion),
		StorageGiB: int(aws.ToInt32(one.AllocatedStorage)), KeyArn: aws.ToString(one.KmsKeyId),
	}, nil
}

// The tags that a release leaves on its snapshot (components/snapshot/take).
const (
	tagVersion = "flowcomply:version"
	tagNumber  = "flowcomply:number"
)

// Snapshots lists those of the instances that have, or had, one of these names.
func (a account) Snapshots(ctx context.Context, identifiers ...string) ([]restore.Snapshot, error) {
	var found []restore.Snapshot
	for _, identifier := range identifiers {
		pages := rds.NewDescribeDBSnapshotsPaginator(a.rds, &rds.DescribeDBSnapshotsInput{DBInstanceIdentifier: &identifier})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, fmt.Errorf("snapshots of %s: %w", identifier, err)
			}
			for _, one := range page.DBSnapshots {
				found = append(found, snapshotOf(one))
			}
		}
	}
	return found, nil
}

func snapshotOf(one types.DBSnapshot) restore.Snapshot {
	made := restore.Snapshot{
		ID: aws.ToString(one.DBSnapshotIdentifier), Of: aws.ToString(one.DBInstanceIdentifier), Status: aws.ToString(one.Status),
		Automated: aws.ToString(one.SnapshotType) == "automated", Version: aws.ToString(one.EngineVersion),
		StorageGiB: int(aws.ToInt32(one.AllocatedStorage)), KeyArn: aws.ToString(one.KmsKeyId),
	}
	// A copy is younger than its data.
	if made.At = aws.ToTime(one.OriginalSnapshotCreateTime); made.At.IsZero() {
		made.At = aws.ToTime(one.SnapshotCreateTime)
	}
	for _, tag := range one.TagList {
		switch aws.ToString(tag.Key) {
		case tagVersion:
			made.Release = aws.ToString(tag.Value)
		case tagNumber:
			made.Number, _ = strconv.Atoi(aws.ToString(tag.Value)) // a person's tag says nothing
		}
	}
	return made
}

// Tasks counts those of a service that run, start or end.
func (a account) Tasks(ctx context.Context, cluster, service string) (int, error) {
	shown, err := a.ecs.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{service}})
	if err != nil {
		return 0, fmt.Errorf("service %s: %w", service, err)
	}
	if len(shown.Services) == 0 {
		return 0, fmt.Errorf("ECS knows no service %s in cluster %s", service, cluster)
	}
	one := shown.Services[0]
	ending, err := a.ending(ctx, cluster, service)
	return int(max(one.DesiredCount, one.RunningCount+one.PendingCount)) + ending, err
}

// ending counts the tasks that were told to stop and have not: they may still write. ECS knows those of the last hour.
func (a account) ending(ctx context.Context, cluster, service string) (int, error) {
	count := 0
	pages := ecs.NewListTasksPaginator(a.ecs, &ecs.ListTasksInput{Cluster: &cluster, ServiceName: &service, DesiredStatus: ecstypes.DesiredStatusStopped})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, fmt.Errorf("tasks of %s: %w", service, err)
		}
		if len(page.TaskArns) == 0 {
			continue
		}
		shown, err := a.ecs.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &cluster, Tasks: page.TaskArns}) // 100 of either at most
		if err != nil {
			return 0, fmt.Errorf("tasks of %s: %w", service, err)
		}
		for _, one := range shown.Tasks {
			if aws.ToString(one.LastStatus) != string(ecstypes.DesiredStatusStopped) {
				count++
			}
		}
	}
	return count, nil
}
