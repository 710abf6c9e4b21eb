package take

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// days are snapshots of the releases before, one a day; the highest number is the newest. They are not in order.
func days(n int) []types.DBSnapshot {
	var all []types.DBSnapshot
	for i := range n {
		day := (i*5)%n + 1 // n is no multiple of 5
		all = append(all, snapshotOf(fmt.Sprintf("db-%d", day), earlier.AddDate(0, 0, day-n)))
	}
	return all
}

func keeping(n int) func(*taker) { return func(t *taker) { t.Keep = n } }

func TestRetain_KeepsTheNewestOverAllPages(t *testing.T) {
	for keep, want := range map[int][]string{
		2: {"db-1", "db-2", "db-3", "db-4", "db-5"}, 6: {"db-1"}, 7: {}, 100: {},
	} {
		a := newAccount(half, ready)
		a.snapshots = days(6)
		done, shown, err := a.run(t, keeping(keep))
		require.NoError(t, err)
		assert.Equal(t, want, done.Removed, "keep %d: %s", keep, shown)
		assert.ElementsMatch(t, want, a.deleted)
		assert.GreaterOrEqual(t, len(a.listed), 4)
		assert.Equal(t, "manual", *a.listed[0].SnapshotType)
		assert.Nil(t, a.listed[0].DBInstanceIdentifier, "all count, and the database has two names")
		assert.GreaterOrEqual(t, a.find("db-7"), 0, "its own stays")
	}
}

func TestRetain_RemovesNothingElse(t *testing.T) {
	a := newAccount(ready)
	other := snapshotOf("db-3", earlier.AddDate(0, 0, -3))
	other.DBInstanceIdentifier = aws.String("another")
	failed, begun := snapshotOf("db-4", earlier.AddDate(0, 0, -3)), snapshotOf("db-5", earlier)
	failed.Status, begun.Status, begun.SnapshotCreateTime = aws.String("failed"), aws.String("creating"), nil
	a.snapshots = []types.DBSnapshot{
		snapshotOf("by-hand", earlier.AddDate(-1, 0, 0), tagMark+"="),
		snapshotOf("copy-of-1", earlier.AddDate(-1, 0, 0), tagMark+"=db-1"),
		snapshotOf("db-final", earlier.AddDate(-1, 0, 0), tagMark+"=", tagVersion+"="),
		snapshotOf("db-1", earlier.AddDate(0, 0, -5)),
		snapshotOf("db-2", earlier.AddDate(0, 0, -4), "keep=before the audit"),
		other, failed, begun,
		snapshotOf("db-8", earlier.AddDate(0, 0, -3), tagStack+"=staging"),
		snapshotOf("db-6", earlier),
	}
	done, _, err := a.run(t, keeping(2))
	require.NoError(t, err)
	assert.Equal(t, []string{"db-1"}, done.Removed)
	assert.Equal(t, []string{"db-1"}, a.deleted)
}

// A snapshot that failed, and one that has only begun, restore nothing: they push out none that does.
func TestRetain_CountsWhatCanBeRestored(t *testing.T) {
	a := newAccount(ready)
	failed := snapshotOf("db-6", earlier)
	failed.Status = aws.String("failed")
	a.snapshots = []types.DBSnapshot{snapshotOf("db-5", earlier.AddDate(0, 0, -1)), failed}
	done, _, err := a.run(t, keeping(2))
	require.NoError(t, err)
	assert.Empty(t, done.Removed)
}

// What is taken up may be older than others, after a release that was tried long ago.
func TestRetain_KeepsItsOwnHoweverOld(t *testing.T) {
	a := newAccount(ready)
	a.snapshots = append(days(6), snapshotOf("db-7", earlier.AddDate(-1, 0, 0)))
	done, _, err := a.run(t, keeping(2))
	require.NoError(t, err)
	assert.Equal(t, "held", done.Result)
	assert.Equal(t, []string{"db-1", "db-2", "db-3", "db-4", "db-5"}, done.Removed)
}

func TestRetain_WarnsAndGoesOn(t *testing.T) {
	a := newAccount(ready)
	a.snapshots = days(6)
	a.deleting["db-1"] = &types.InvalidDBSnapshotStateFault{Message: aws.String("is being copied")}
	a.deleting["db-2"] = unknown()
	done, shown, err := a.run(t, keeping(4))
	require.NoError(t, err)
	assert.Equal(t, []string{"db-3"}, done.Removed)
	assert.Contains(t, shown, "snapshot: warning: db-1, beyond the newest 4, could not be removed; the next release tries again: ")
	assert.NotContains(t, shown, "db-2", "somebody else was quicker")

	a = newAccount(ready)
	a.snapshots, a.listing = days(6), errors.New("AccessDenied")
	done, shown, err = a.run(t, keeping(2))
	require.NoError(t, err)
	assert.Equal(t, []string{}, done.Removed)
	assert.Contains(t, shown, "snapshot: warning: older snapshots stay, as they could not be listed: AccessDenied")
}

func TestRetain_RemovesNothingWhenTheSnapshotFails(t *testing.T) {
	a := newAccount(half, look{"failed", 50})
	a.snapshots = days(6)
	_, _, err := a.run(t, keeping(2))
	require.Error(t, err)
	assert.Empty(t, a.deleted)
}

func TestSurplus_OfEqualAgeGoesByName(t *testing.T) {
	at := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	assert.Equal(t, []string{"db-1", "db-2"}, surplus([]types.DBSnapshot{snapshotOf("db-2", at), snapshotOf("db-3", at), snapshotOf("db-1", at)},
		Request{Stack: "production", Database: "DB", ID: "db-7", Keep: 2}))
}

// A restore leaves the snapshots of the name before, and the next one returns to it.
func TestRetain_CountsBothNamesOfTheDatabase(t *testing.T) {
	for _, now := range []string{"db", "db-restored"} {
		a := newAccount(ready)
		a.database = now
		for day, of := range map[int]string{1: "db", 2: "db-restored", 3: "db", 4: "db-restored", 5: "db-final", 6: "db-restored-restored"} {
			one := snapshotOf(fmt.Sprintf("db-%d", day), earlier.AddDate(0, 0, day-9))
			one.DBInstanceIdentifier = aws.String(of)
			a.snapshots = append(a.snapshots, one)
		}
		done, shown, err := a.run(t, keeping(3), func(t *taker) { t.Database = now })
		require.NoError(t, err, shown)
		assert.Subset(t, done.Removed, []string{"db-1", "db-2"}, "%s: beyond its own and the two newest", now)
		assert.NotContains(t, done.Removed, "db-5", now)
	}
}

// AWS allows 100 in a region, those of other databases and of people among them.
func TestRetain_WarnsWhenSnapshotsGetScarce(t *testing.T) {
	for others, want := range map[int]string{
		80: "", 89: "", 90: "snapshot: warning: 9 manual snapshots are left of the 100 that AWS allows in r", 120: "snapshot: warning: 0 manual snapshots are left",
	} {
		a := newAccount(ready)
		for i := range others {
			a.snapshots = append(a.snapshots, snapshotOf(fmt.Sprintf("by-hand-%d", i), earlier, tagMark+"="))
		}
		_, shown, err := a.run(t)
		require.NoError(t, err)
		if want == "" {
			assert.NotContains(t, shown, "warning", others)
		} else {
			assert.Contains(t, shown, want, others)
		}
	}
}
