package drill

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// run is what a drill has made so far, and what it knows of it.
type run struct {
	started  time.Time
	snapshot time.Time // the moment of the data
	instance types.DBInstance
	password string

	made       []func(context.Context) error // drop what was made, in its order
	definition string
	subnets    []string
	group      string
}

// mark is the tag of what a drill makes; its value is the stack's name.
const mark = "flowcomply:drill"

// find is an instance; nil when there is none of that name.
func (d Drill) find(ctx context.Context, identifier string) (*types.DBInstance, error) {
	shown, err := d.RDS.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &identifier})
	var unknown *types.DBInstanceNotFoundFault
	if errors.As(err, &unknown) || err == nil && len(shown.DBInstances) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", identifier, err)
	}
	return &shown.DBInstances[0], nil
}

// restore makes the copy of the latest snapshot, with what the instance in use has.
func (d Drill) restore(ctx context.Context, r *run) (string, error) {
	used, err := d.find(ctx, d.Outputs.DatabaseIdentifier)
	if err == nil && used == nil {
		err = fmt.Errorf("RDS knows no instance %s", d.Outputs.DatabaseIdentifier)
	}
	if err != nil {
		return "", unable{err}
	}
	snapshot, err := d.latest(ctx)
	if err != nil {
		return "", unable{err}
	}
	r.snapshot = at(snapshot)
	d.printf("%s: drill with %s, of %s\n", d.Outputs.Stack, aws.ToString(snapshot.DBSnapshotIdentifier), r.snapshot.UTC().Format("2006-01-02 15:04:05 UTC"))
	r.made = append(r.made, d.dropInstance) // from here on there may be one, whatever the answer is
	if _, err := d.RDS.RestoreDBInstanceFromDBSnapshot(ctx, d.alike(*used, snapshot)); err != nil {
		return "", unable{fmt.Errorf("restore %s: %w", aws.ToString(snapshot.DBSnapshotIdentifier), err)}
	}
	if err := d.available(ctx, r); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s is available", d.Stack.Copy), nil
}

func at(snapshot types.DBSnapshot) time.Time {
	if snapshot.OriginalSnapshotCreateTime != nil {
		return *snapshot.OriginalSnapshotCreateTime
	}
	return aws.ToTime(snapshot.SnapshotCreateTime)
}

// latest is the newest snapshot of the instance in use that is whole.
func (d Drill) latest(ctx context.Context) (types.DBSnapshot, error) {
	var whole []types.DBSnapshot
	pages := rds.NewDescribeDBSnapshotsPaginator(d.RDS, &rds.DescribeDBSnapshotsInput{DBInstanceIdentifier: &d.Outputs.DatabaseIdentifier})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return types.DBSnapshot{}, fmt.Errorf("snapshots: %w", err)
		}
		for _, one := range page.DBSnapshots {
			if aws.ToString(one.Status) == "available" {
				whole = append(whole, one)
			}
		}
	}
	if len(whole) == 0 {
		return types.DBSnapshot{}, fmt.Errorf("%s has no snapshot that is available: RDS takes one each day, in database.backupWindow", d.Outputs.DatabaseIdentifier)
	}
	return slices.MaxFunc(whole, func(a, b types.DBSnapshot) int { return at(a).Compare(at(b)) }), nil
}

// alike is the copy's: on the same network, with the same settings and class. It has no standby and no backups of its own, which
// RDS would take first and may take hours over; it exports no logs, which would be in groups of their own, unencrypted and for
// ever, and can be deleted.
func (d Drill) alike(used types.DBInstance, snapshot types.DBSnapshot) *rds.RestoreDBInstanceFromDBSnapshotInput {
	in := &rds.RestoreDBInstanceFromDBSnapshotInput{
		DBInstanceIdentifier: aws.String(d.Stack.Copy), DBSnapshotIdentifier: snapshot.DBSnapshotIdentifier,
		DBInstanceClass: used.DBInstanceClass, StorageType: used.StorageType, CACertificateIdentifier: used.CACertificateIdentifier,
		PubliclyAccessible: aws.Bool(false), MultiAZ: aws.Bool(false), DeletionProtection: aws.Bool(false), BackupRetentionPeriod: aws.Int32(0),
		AutoMinorVersionUpgrade: aws.Bool(false), CopyTagsToSnapshot: aws.Bool(false),
		Tags: []types.Tag{{Key: aws.String(mark), Value: aws.String(d.Stack.Name)}, {Key: aws.String("stack"), Value: aws.String(d.Stack.Name)}},
	}
	if used.DBSubnetGroup != nil {
		in.DBSubnetGroupName = used.DBSubnetGroup.DBSubnetGroupName
	}
	for _, group := range used.VpcSecurityGroups {
		in.VpcSecurityGroupIds = append(in.VpcSecurityGroupIds, aws.ToString(group.VpcSecurityGroupId))
	}
	for _, group := range used.DBParameterGroups {
		in.DBParameterGroupName = group.DBParameterGroupName
	}
	return in
}

// available waits for the copy.
func (d Drill) available(ctx context.Context, r *run) error {
	return d.until(ctx, r, func() (bool, error) {
		found, err := d.find(ctx, d.Stack.Copy)
		switch {
		case err != nil:
			return false, nil // is asked again, until it is too late
		case found == nil:
			return false, fmt.Errorf("%s is gone", d.Stack.Copy)
		}
		r.instance = *found
		status := aws.ToString(found.DBInstanceStatus)
		if slices.Contains(broken, status) {
			return false, fmt.Errorf("%s is %s", d.Stack.Copy, status)
		}
		pending := found.PendingModifiedValues != nil && found.PendingModifiedValues.MasterUserPassword != nil
		return status == "available" && !pending, nil
	})
}

// broken are the states that a copy does not come out of by itself
// (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html#Overview.DBInstance.Status).
var broken = []string{
	"failed", "restore-error", "incompatible-restore", "incompatible-parameters", "incompatible-network", "storage-full",
	"inaccessible-encryption-credentials",
}

// open gives the copy a password of the drill's: the one that came with the data may be of long ago. RDS refuses a change of an
// instance that is just there, as it goes on configuring it: it is asked again.
func (d Drill) open(ctx context.Context, r *run) (string, error) {
	r.password = rand.Text() + rand.Text()
	modify := func() (bool, error) {
		_, err := d.RDS.ModifyDBInstance(ctx, &rds.ModifyDBInstanceInput{
			DBInstanceIdentifier: aws.String(d.Stack.Copy), MasterUserPassword: &r.password, ApplyImmediately: aws.Bool(true),
		})
		var busy *types.InvalidDBInstanceStateFault
		if errors.As(err, &busy) {
			return false, nil
		}
		return err == nil, err
	}
	done, err := modify()
	if err == nil && !done {
		err = d.until(ctx, r, modify)
	}
	if err != nil {
		return "", err
	}
	return "it has a password of the drill's", d.available(ctx, r)
}
