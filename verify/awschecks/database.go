package awschecks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
)

const (
	// restorableWithin is how long ago the latest moment may be that the database can be restored to. RDS uploads its log
	// every five minutes (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIT.html); three that did not come are a
	// fault.
	restorableWithin = 15 * time.Minute
	// firstBackupWithin is how old an instance may be that has no such moment yet. RDS takes its first backup when it is made,
	// for some minutes.
	firstBackupWithin = time.Hour
)

// Restorable checks that the database could be restored to a few minutes ago: RDS keeps backups of it, and uploads its log.
// Nothing else shows that this has stopped, until a restore is needed.
//
// In an update whatever is found is not enough data, as no earlier release would cure it. A database that has not had its
// first backup has no such moment either.
func (s Stack) Restorable() check.Check {
	return polled("database", "restorable", s.Interval, func(ctx context.Context) (string, error) {
		shown, err := s.Databases.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &s.DatabaseIdentifier})
		var unknown *types.DBInstanceNotFoundFault
		switch {
		case errors.As(err, &unknown) || err == nil && len(shown.DBInstances) == 0:
			return "", permanent("RDS has no database "+s.DatabaseIdentifier,
				"look for its snapshots, `aws rds describe-db-snapshots`: somebody has deleted it; restore one (docs/on-call.md)")
		case err != nil:
			return "", Explain(err)
		}
		seen, wrong := evaluateRestorable(shown.DBInstances[0], time.Now())
		if wrong == nil {
			return seen, nil
		}
		if wrong.young || s.InUpdate {
			return "", noData(wrong.cause, wrong.next)
		}
		return "", permanent(wrong.cause, wrong.next)
	})
}

// notRestorable is why a database cannot be restored to a few minutes ago.
type notRestorable struct {
	cause, next string
	young       bool // its first backup is still to come
}

func evaluateRestorable(database types.DBInstance, now time.Time) (string, *notRestorable) {
	name, status := aws.ToString(database.DBInstanceIdentifier), text.OrUnknown(aws.ToString(database.DBInstanceStatus))
	behind := now.Sub(aws.ToTime(database.LatestRestorableTime))
	switch {
	case aws.ToInt32(database.BackupRetentionPeriod) == 0:
		return "", &notRestorable{
			cause: "backups of " + name + " are switched off: it can be restored to no moment",
			next:  "`pulumi refresh` and `pulumi up` switch them on again, and RDS takes a backup at once; find out who did it",
		}
	case database.LatestRestorableTime == nil:
		return "", &notRestorable{
			cause: "RDS names no moment that " + name + " can be restored to; it is " + status,
			next:  "wait for its first backup; if there is none within the hour, `aws rds describe-events --source-type db-instance --source-identifier " + name + "`",
			young: status == "creating" || status == "backing-up" || now.Sub(aws.ToTime(database.InstanceCreateTime)) < firstBackupWithin,
		}
	case behind > restorableWithin:
		return "", &notRestorable{
			cause: fmt.Sprintf("%s can be restored up to %s only, %s ago; %s are allowed; it is %s", name,
				text.Clock(database.LatestRestorableTime), text.Duration(behind.Truncate(time.Second)), text.Duration(restorableWithin), status),
			next: "`aws rds describe-events --source-type db-instance --duration 1440 --source-identifier " + name + "`; take a snapshot now: " +
				"`aws rds create-db-snapshot --db-instance-identifier " + name + " --db-snapshot-identifier " + name + "-by-hand`; if it is available " +
				"and its storage is not full, ask AWS Support why its log is not uploaded",
		}
	}
	return fmt.Sprintf("up to %s, %s ago", text.Clock(database.LatestRestorableTime), text.Duration(max(0, behind).Truncate(time.Second))), nil
}
