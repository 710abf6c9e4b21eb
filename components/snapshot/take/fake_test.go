package take

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/smithy-go"
)

// look is a state in which RDS shows the snapshot, once. The last one stays.
type look struct {
	status  string
	percent int32
}

var (
	half  = look{"creating", 50}
	ready = look{"available", 100}
)

// account is an RDS with one database. It answers from what it holds, pages its lists, and refuses as it is told.
type account struct {
	database   string
	resourceID string
	statuses   []string // of the database, one each time it is asked for; the last one stays
	snapshots  []types.DBSnapshot
	states     []look             // of the snapshot that is waited for
	creating   []error            // answers to creations, in order; then they work
	looking    []error            // the same for questions after the snapshot, once it may be there
	absent     error              // of questions after the database
	listing    error              // of questions after all
	deleting   map[string]error   // by snapshot
	onLook     func(asked int)    // whenever the snapshot is asked for
	onCreate   func()             // whenever one is to be created
	interrupt  context.CancelFunc // what a signal does
	created    []*rds.CreateDBSnapshotInput
	deleted    []string
	asked      int
	listed     []*rds.DescribeDBSnapshotsInput // questions after all, one a page
}

func newAccount(states ...look) *account {
	return &account{
		database: "db", resourceID: "db-TODAY", statuses: []string{"available"}, states: states, deleting: map[string]error{},
	}
}

// shift takes the first of what is left, but for the last.
func shift[T any](left *[]T) T {
	first := (*left)[0]
	if len(*left) > 1 {
		*left = (*left)[1:]
	}
	return first
}

// fail takes the first of the answers, if any is left.
func fail(left *[]error) error {
	if len(*left) == 0 {
		return nil
	}
	err := (*left)[0]
	*left = (*left)[1:]
	return err
}

func (a *account) find(id string) int {
	for i, snapshot := range a.snapshots {
		if aws.ToString(snapshot.DBSnapshotIdentifier) == id {
			return i
		}
	}
	return -1
}

func (a *account) CreateDBSnapshot(ctx context.Context, in *rds.CreateDBSnapshotInput, _ ...func(*rds.Options)) (*rds.CreateDBSnapshotOutput, error) {
	a.created = append(a.created, in)
	if a.onCreate != nil {
		a.onCreate()
	}
	if err := fail(&a.creating); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if a.find(*in.DBSnapshotIdentifier) >= 0 {
		return nil, &types.DBSnapshotAlreadyExistsFault{Message: aws.String("already exists")}
	}
	made := snapshotOf(*in.DBSnapshotIdentifier, time.Now())
	made.TagList, made.DbiResourceId = in.Tags, &a.resourceID
	a.snapshots = append(a.snapshots, made)
	return &rds.CreateDBSnapshotOutput{DBSnapshot: &made}, nil
}

const pageSize = 2

func (a *account) DescribeDBSnapshots(_ context.Context, in *rds.DescribeDBSnapshotsInput, _ ...func(*rds.Options)) (*rds.DescribeDBSnapshotsOutput, error) {
	if in.DBSnapshotIdentifier != nil {
		return a.one(*in.DBSnapshotIdentifier)
	}
	a.listed = append(a.listed, in)
	if a.listing != nil {
		return nil, a.listing
	}
	first := 0
	if in.Marker != nil {
		first = a.find(*in.Marker)
	}
	page := &rds.DescribeDBSnapshotsOutput{DBSnapshots: a.snapshots[first:min(first+pageSize, len(a.snapshots))]}
	if first+pageSize < len(a.snapshots) {
		page.Marker = a.snapshots[first+pageSize].DBSnapshotIdentifier
	}
	return page, nil
}

// one is the snapshot in the next of its states.
func (a *account) one(id string) (*rds.DescribeDBSnapshotsOutput, error) {
	a.asked++
	if a.onLook != nil {
		a.onLook(a.asked)
	}
	i := a.find(id)
	if i >= 0 || len(a.created) > 0 {
		if err := fail(&a.looking); err != nil {
			return nil, err
		}
	}
	if i < 0 {
		return nil, &types.DBSnapshotNotFoundFault{Message: aws.String("not found")}
	}
	state := shift(&a.states)
	a.snapshots[i].Status, a.snapshots[i].PercentProgress = &state.status, &state.percent
	return &rds.DescribeDBSnapshotsOutput{DBSnapshots: a.snapshots[i : i+1]}, nil
}

func (a *account) DescribeDBInstances(context.Context, *rds.DescribeDBInstancesInput, ...func(*rds.Options)) (*rds.DescribeDBInstancesOutput, error) {
	if a.absent != nil {
		return nil, a.absent
	}
	status := shift(&a.statuses)
	tag := func(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }
	return &rds.DescribeDBInstancesOutput{DBInstances: []types.DBInstance{{
		DBInstanceIdentifier: &a.database, DbiResourceId: &a.resourceID, DBInstanceStatus: &status,
		TagList: []types.Tag{tag("owner", "platform"), tag("stack", "the instance's"), tag("keep", "yes"), tag("aws:made-by", "AWS")},
	}}}, nil
}

func (a *account) DeleteDBSnapshot(_ context.Context, in *rds.DeleteDBSnapshotInput, _ ...func(*rds.Options)) (*rds.DeleteDBSnapshotOutput, error) {
	if err := a.deleting[*in.DBSnapshotIdentifier]; err != nil {
		return nil, err
	}
	a.deleted = append(a.deleted, *in.DBSnapshotIdentifier)
	i := a.find(*in.DBSnapshotIdentifier)
	a.snapshots = append(a.snapshots[:i:i], a.snapshots[i+1:]...)
	return &rds.DeleteDBSnapshotOutput{}, nil
}

// snapshotOf is a whole snapshot of database db with the tags of a release; others are put on as key=value, or taken off as key=.
func snapshotOf(id string, at time.Time, tags ...string) types.DBSnapshot {
	all := map[string]string{tagStack: "production", tagVersion: "v1.1.0", tagNumber: "7", tagMark: id}
	for _, tag := range tags {
		key, value, _ := strings.Cut(tag, "=")
		all[key] = value
		if value == "" {
			delete(all, key)
		}
	}
	snapshot := types.DBSnapshot{
		DBSnapshotIdentifier: &id, DBInstanceIdentifier: aws.String("db"), DbiResourceId: aws.String("db-TODAY"), Status: aws.String("available"),
		DBSnapshotArn: aws.String("arn:" + id), AllocatedStorage: aws.Int32(100), PercentProgress: aws.Int32(100), SnapshotCreateTime: &at,
	}
	for key, value := range all {
		snapshot.TagList = append(snapshot.TagList, types.Tag{Key: &key, Value: &value})
	}
	return snapshot
}

// throttled is what RDS answers when it is asked too often.
var throttled = &smithy.GenericAPIError{Code: "Throttling", Message: "Rate exceeded", Fault: smithy.FaultClient}
