//go:build e2e

package e2e

import (
	"cmp"
	"context"
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/harness"
)

// instances are the databases that RDS has, by name.
func (f fixture) instances(t *testing.T) map[string]types.DBInstance {
	t.Helper()
	shown, err := rds.NewFromConfig(f.aws(t)).DescribeDBInstances(t.Context(), &rds.DescribeDBInstancesInput{})
	require.NoError(t, err)
	found := map[string]types.DBInstance{}
	for _, one := range shown.DBInstances {
		found[aws.ToString(one.DBInstanceIdentifier)] = one
	}
	return found
}

// databases are their names, sorted.
func (f fixture) databases(t *testing.T) []string {
	t.Helper()
	return slices.Sorted(maps.Keys(f.instances(t)))
}

// snapshots are those that RDS did not take by itself, the oldest first.
func (f fixture) snapshots(t *testing.T) []string {
	t.Helper()
	shown, err := rds.NewFromConfig(f.aws(t)).DescribeDBSnapshots(t.Context(), &rds.DescribeDBSnapshotsInput{SnapshotType: aws.String("manual")})
	require.NoError(t, err)
	slices.SortFunc(shown.DBSnapshots, func(a, b types.DBSnapshot) int {
		return cmp.Or(a.SnapshotCreateTime.Compare(*b.SnapshotCreateTime), cmp.Compare(*a.DBSnapshotIdentifier, *b.DBSnapshotIdentifier))
	})
	var names []string
	for _, one := range shown.DBSnapshots {
		names = append(names, aws.ToString(one.DBSnapshotIdentifier))
	}
	return names
}

// byHand is a snapshot that a person takes.
const byHand = "somebody-wants-this"

// snapshotByHand takes one of the database, and waits for it: meanwhile no release could take its own.
func (f fixture) snapshotByHand(t *testing.T) {
	t.Helper()
	running, now := f.asked(t)
	api := rds.NewFromConfig(running.AWS)
	_, err := api.CreateDBSnapshot(t.Context(), &rds.CreateDBSnapshotInput{DBInstanceIdentifier: &now.DatabaseIdentifier, DBSnapshotIdentifier: aws.String(byHand)})
	require.NoError(t, err)
	require.NoError(t, harness.Until(t.Context(), byHand+" is not there yet", func(ctx context.Context) (bool, error) {
		shown, err := api.DescribeDBSnapshots(ctx, &rds.DescribeDBSnapshotsInput{DBSnapshotIdentifier: aws.String(byHand)})
		return err == nil && aws.ToString(shown.DBSnapshots[0].Status) == "available", err
	}))
}

// numbered is the end of a release's snapshot: the number that the release has in the ledger, if it is proven.
var numbered = regexp.MustCompile(`-[0-9]+$`)

// keepsSnapshots wants no more snapshots of releases than the stack file says, which are the newest, those of releases that
// failed among them; and one that a person took, though it is the oldest of all.
func (f fixture) keepsSnapshots(t *testing.T) {
	const before = "flowcomply-local-pre-deploy-"
	var kept []string
	for _, name := range f.snapshots(t) {
		kept = append(kept, numbered.ReplaceAllString(name, ""))
	}
	require.Equal(t, []string{byHand, before + "v1-2-5", before + "v1-2-6", before + "v1-3-0"}, kept, "snapshot.keep is 3, and nine were taken")
}

// destroyed destroys the stack, as `pulumi destroy` does. Its snapshots are what is left of its data.
func (f fixture) destroyed(t *testing.T) {
	before := f.snapshots(t)
	require.Len(t, before, 3, "snapshot.keep is 3, and more releases than that had one taken")
	from, stack := len(f.journal(t)), f.stack(t)
	_, err := stack.Destroy(t.Context())
	require.NoError(t, err, shown(stack))
	left, err := stack.Resources(t.Context())
	require.NoError(t, err)
	assert.Zero(t, left)
	assert.Empty(t, f.databases(t))
	assert.Equal(t, before, f.snapshots(t))
	for _, one := range f.journal(t)[from:] {
		assert.NotEqual(t, "rds:DeleteDBSnapshot", one.Call)
	}
}
