// Package take takes a snapshot of a database before a release, waits until it is whole, and removes the ones that are too
// many (runbook 1.3).
//
// RDS takes the snapshot by itself once it has begun: run it again after any failure, interruption or time-out, and it
// takes up the one that is there. A snapshot of that name that is of another release or database is left as it is, and
// is an error.
package take

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// databases is what is asked of RDS.
type databases interface {
	CreateDBSnapshot(context.Context, *rds.CreateDBSnapshotInput, ...func(*rds.Options)) (*rds.CreateDBSnapshotOutput, error)
	DescribeDBSnapshots(context.Context, *rds.DescribeDBSnapshotsInput, ...func(*rds.Options)) (*rds.DescribeDBSnapshotsOutput, error)
	DescribeDBInstances(context.Context, *rds.DescribeDBInstancesInput, ...func(*rds.Options)) (*rds.DescribeDBInstancesOutput, error)
	DeleteDBSnapshot(context.Context, *rds.DeleteDBSnapshotInput, ...func(*rds.Options)) (*rds.DeleteDBSnapshotOutput, error)
}

// Request is what to take a snapshot of, and for which release.
type Request struct {
	Region   string // for the commands in messages
	Database string // the instance's identifier
	ID       string // the snapshot's name
	Version  string // of the release, for a tag
	Number   int    // the release's number in its stack, for a tag
	Stack    string // its name, for a tag
	Keep     int    // how many of the database's snapshots before a release are kept, this one included
	Timeout  time.Duration
}

// interval is the time between two looks at a snapshot.
const interval = 2 * time.Second

// Run takes the snapshot, and shows how far it is. It needs rds:CreateDBSnapshot, rds:AddTagsToResource,
// rds:DescribeDBSnapshots, rds:DescribeDBInstances and, for what it removes, rds:DeleteDBSnapshot.
func Run(ctx context.Context, account aws.Config, asked Request, show io.Writer) (Receipt, error) {
	t := taker{Request: asked, rds: rds.NewFromConfig(account), show: show, interval: interval}
	return t.take(ctx)
}

// taker takes one snapshot. The clock is the runtime's, so a test injects its own with testing/synctest.
type taker struct {
	Request
	rds      databases
	show     io.Writer
	interval time.Duration // between two looks

	began      time.Time // when this run did
	lastSeen   error     // what is waited for, as it was last seen; nil: not yet
	lastLine   string    // the last line of progress,
	lastLineAt time.Time // and when it was shown
	missing    int       // how many looks in a row RDS has known no such snapshot
}

// The results of a run: it took the snapshot, or the snapshot was there.
const (
	taken = "taken"
	held  = "held"
)

// Receipt says what was done.
type Receipt struct {
	Result  string   `json:"result"` // "taken" or "held"
	ID      string   `json:"id"`
	Arn     string   `json:"arn"`
	SizeGiB int32    `json:"sizeGiB"` // the database's storage; restoring takes as much
	Seconds int      `json:"seconds"` // that this run waited
	Removed []string `json:"removed"` // the snapshots that were too many
}

// take brings the snapshot about and waits until it is whole; then the ones that are too many go.
func (t *taker) take(ctx context.Context) (Receipt, error) {
	t.began = time.Now()
	limited, cancel := context.WithTimeout(ctx, t.Timeout)
	defer cancel()
	result := ""
	err := t.until(limited, func(ctx context.Context) error {
		how, err := t.begin(ctx)
		if err == nil {
			result = how
		}
		return err
	})
	var whole types.DBSnapshot
	if err == nil {
		err = t.until(limited, func(ctx context.Context) (err error) {
			whole, err = t.completed(ctx)
			return err
		})
	}
	if err != nil {
		return Receipt{}, fmt.Errorf("%s: %w", t.ID, t.explainWait(ctx, result != "", err))
	}
	done := Receipt{
		Result: result, ID: t.ID, Arn: aws.ToString(whole.DBSnapshotArn), SizeGiB: aws.ToInt32(whole.AllocatedStorage),
		Seconds: int(time.Since(t.began).Seconds()),
	}
	t.printf("%s: available, %d GiB", t.ID, done.SizeGiB)
	done.Removed = t.retain(ctx)
	return done, nil
}

// begin takes up the snapshot that is there, or asks RDS to take it. RDS is asked first what it has: while it takes a
// snapshot it may refuse another one, of the same name too, for what the database is busy with.
//
//runbook:1.3#1 takes it under a name that the release gives it once, and with the release's tags.
func (t *taker) begin(ctx context.Context) (string, error) {
	found, err := t.find(ctx)
	if err != nil {
		return "", err
	}
	instance, err := t.instance(ctx)
	if err != nil {
		return "", err
	}
	if found.DBSnapshotIdentifier != nil {
		return held, t.resume(found, instance)
	}
	_, err = t.rds.CreateDBSnapshot(ctx, &rds.CreateDBSnapshotInput{
		DBInstanceIdentifier: &t.Database, DBSnapshotIdentifier: &t.ID, Tags: t.tags(instance.TagList),
	})
	var (
		exists *types.DBSnapshotAlreadyExistsFault
		busy   *types.InvalidDBInstanceStateFault
		many   *types.SnapshotQuotaExceededFault
	)
	switch {
	case err == nil:
		t.printf("%s: begun, of database %s", t.ID, t.Database)
		return taken, nil
	case errors.As(err, &exists):
		return "", notYetError("RDS has one, and does not show it yet")
	case errors.As(err, &busy):
		return "", t.busy(instance, err)
	case errors.As(err, &many):
		return "", addNext(err, "delete manual snapshots that nobody needs (aws rds describe-db-snapshots --snapshot-type manual), "+
			"or ask AWS for a larger quota; then run the update again")
	}
	return "", err
}

// instance is the database.
func (t *taker) instance(ctx context.Context) (types.DBInstance, error) {
	shown, err := t.rds.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &t.Database})
	var unknown *types.DBInstanceNotFoundFault
	switch {
	case errors.As(err, &unknown):
		return types.DBInstance{}, addNext(err, fmt.Sprintf("look whether database %s is in %s, and in the account whose credentials are used", t.Database, t.Region))
	case err != nil:
		return types.DBInstance{}, err
	case len(shown.DBInstances) == 0:
		return types.DBInstance{}, notYetError(fmt.Sprintf("RDS shows no database %s", t.Database))
	}
	return shown.DBInstances[0], nil
}

// maxMissing is how many times in a row RDS may know nothing of a snapshot that it has begun: it tells itself within seconds.
const maxMissing = 5

// completed is the snapshot, once it is whole.
//
//runbook:1.3#2 waits for the very one that was begun, and shows how far it is.
func (t *taker) completed(ctx context.Context) (types.DBSnapshot, error) {
	found, err := t.find(ctx)
	if err != nil {
		return found, err
	}
	if found.DBSnapshotIdentifier == nil {
		if t.missing++; t.missing < maxMissing {
			return found, notYetError("not shown by RDS yet")
		}
		return found, addNext(errors.New("it was begun, and is gone"), "find out who deleted it (CloudTrail, DeleteDBSnapshot); then run the update again")
	}
	t.missing = 0
	status, percent := aws.ToString(found.Status), int32(100)
	if found.PercentProgress != nil {
		percent = *found.PercentProgress
	}
	switch {
	case status == "available" && percent >= 100:
		return found, nil
	case status == "failed":
		return found, addNext(errors.New("RDS says that it failed"), fmt.Sprintf("read why (aws rds describe-events --region %s "+
			"--source-type db-snapshot --source-identifier %s --duration 1440); delete it (%s); then run the update again", t.Region, t.ID, t.deletion()))
	}
	return found, notYetError(fmt.Sprintf("%s, %d %%", status, percent))
}

// find looks the snapshot up; none has no identifier.
func (t *taker) find(ctx context.Context) (types.DBSnapshot, error) {
	shown, err := t.rds.DescribeDBSnapshots(ctx, &rds.DescribeDBSnapshotsInput{DBSnapshotIdentifier: &t.ID})
	var none *types.DBSnapshotNotFoundFault
	if errors.As(err, &none) || err == nil && len(shown.DBSnapshots) == 0 {
		return types.DBSnapshot{}, nil
	}
	if err != nil {
		return types.DBSnapshot{}, err
	}
	return shown.DBSnapshots[0], nil
}

// deletion is the command that deletes the snapshot.
func (t *taker) deletion() string {
	return fmt.Sprintf("aws rds delete-db-snapshot --region %s --db-snapshot-identifier %s", t.Region, t.ID)
}
