package take

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// earlier is before the clock of a test begins.
var earlier = time.Date(1999, 12, 30, 9, 30, 0, 0, time.UTC)

func TestResume_TakesUpWhatThisReleaseBegan(t *testing.T) {
	for name, states := range map[string][]look{
		"begun": {half, half, ready}, "whole": {ready},
	} {
		a := newAccount(states...)
		a.snapshots = []types.DBSnapshot{snapshotOf("db-7", earlier, "owner=platform", "keep=yes")}
		done, shown, err := a.run(t)
		require.NoError(t, err, name)
		assert.Equal(t, "held", done.Result, name)
		assert.Len(t, a.snapshots, 1, name)
		assert.Contains(t, shown, "is there already, "+states[0].status+"; taking it up", name)
		assert.Contains(t, shown, "what was written since 1999-12-30 09:30:00 UTC is not in it", name)
	}
}

// An answer that got lost on its way is a snapshot that has begun, whether RDS shows it at once or not.
func TestResume_TakesUpWhatALostCallBegan(t *testing.T) {
	a := newAccount(half, ready)
	a.creating = []error{&types.DBSnapshotAlreadyExistsFault{Message: aws.String("already exists")}}
	a.onLook = func(asked int) {
		if asked == 2 {
			a.snapshots = []types.DBSnapshot{snapshotOf("db-7", earlier)}
		}
	}
	done, shown, err := a.run(t)
	require.NoError(t, err)
	assert.Equal(t, "held", done.Result)
	assert.Contains(t, shown, "RDS has one, and does not show it yet")
}

func TestResume_LeavesWhatIsNotThisReleases(t *testing.T) {
	elsewhere := snapshotOf("db-7", earlier)
	elsewhere.DBInstanceIdentifier = aws.String("other")
	before := snapshotOf("db-7", earlier)
	before.DbiResourceId = aws.String("db-EARLIER")
	const this = "this is release v1.1.0 (number 7) of stack production, database db\nnext: look what it is for"
	for _, row := range []struct {
		name  string
		there types.DBSnapshot
		want  string
	}{
		{"another version", snapshotOf("db-7", earlier, "flowcomply:version=v1.0.9"), "a snapshot of release v1.0.9 (number 7) of stack production, database db; " + this},
		{"another number", snapshotOf("db-7", earlier, "flowcomply:number=6"), "a snapshot of release v1.1.0 (number 6) of stack production, database db; " + this},
		{"another stack", snapshotOf("db-7", earlier, "stack=staging"), "a snapshot of release v1.1.0 (number 7) of stack staging, database db; " + this},
		{"another database", elsewhere, "a snapshot of release v1.1.0 (number 7) of stack production, database other; " + this},
		{"a person's", snapshotOf("db-7", earlier, "flowcomply:pre-deploy="), "a snapshot of no release, database db; " + this},
		{"a copy", snapshotOf("db-7", earlier, "flowcomply:pre-deploy=db-6"), "a snapshot of no release, database db; " + this},
		{"another database of the same name", before, "a snapshot of an earlier database of the name db (db-EARLIER; today's is db-TODAY)\nnext: look what it is for"},
	} {
		a := newAccount(ready)
		a.snapshots = []types.DBSnapshot{row.there}
		_, _, err := a.run(t)
		require.ErrorContains(t, err, "db-7: that name is taken by "+row.want, row.name)
		require.ErrorContains(t, err, "delete it (aws rds delete-db-snapshot --region r --db-snapshot-identifier db-7); then run the update again", row.name)
		assert.Empty(t, a.deleted, row.name)
		assert.Empty(t, a.created, row.name)
	}
}

func TestResume_DoesNotTakeUpAFailedOne(t *testing.T) {
	a := newAccount(look{"failed", 30})
	a.snapshots = []types.DBSnapshot{snapshotOf("db-7", earlier)}
	_, shown, err := a.run(t)
	require.ErrorContains(t, err, "db-7: RDS says that it failed")
	assert.Empty(t, shown)
}

// Somebody did as they were told, deleted it and ran the update again at once.
func TestResume_TakesAnotherOnceTheOldOneIsGone(t *testing.T) {
	a := newAccount(look{"deleting", 100}, look{"deleting", 100}, half, ready) // seen twice, then gone
	a.snapshots = []types.DBSnapshot{snapshotOf("db-7", earlier)}
	a.onLook = func(asked int) {
		if asked == 3 {
			a.snapshots = nil
		}
	}
	done, shown, err := a.run(t)
	require.NoError(t, err)
	assert.Equal(t, "taken", done.Result)
	assert.Contains(t, shown, "an earlier one of this name is being deleted")
	assert.True(t, a.snapshots[0].SnapshotCreateTime.After(earlier))
}
