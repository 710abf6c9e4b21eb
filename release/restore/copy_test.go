package restore

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/database"
	"github.com/flowcomply/infrastructure/internal/exit"
)

// A disk grows by itself, and RDS makes no smaller copy. The instance in use is left as it is.
func TestRun_SizesTheCopyAsItsData(t *testing.T) {
	for name, row := range map[string]struct {
		asked Request
		grow  func(*fixture)
		want  int
	}{
		"a snapshot":         {Request{Snapshot: shot}, func(w *fixture) { w.snapshots[1].StorageGiB = 150 }, 150},
		"a moment":           {Request{Time: now.Add(-time.Hour)}, func(w *fixture) { w.instances[first].StorageGiB = 250 }, 250},
		"the latest":         {Request{Latest: true}, func(w *fixture) { w.instances[first].StorageGiB = 410 }, 410},
		"as it is declared":  {Request{Snapshot: shot}, func(*fixture) {}, 0},
		"a smaller snapshot": {Request{Snapshot: shot}, func(w *fixture) { w.snapshots[1].StorageGiB = 50 }, 0},
	} {
		w := newFixture(t)
		row.grow(w)
		require.Equal(t, exit.Done, w.run(row.asked, true), "%s: %s", name, w.out.String())
		spec := w.spec(w.file).Database
		assert.Equal(t, row.want, spec.Restore.StorageGiB, name)
		assert.Equal(t, 100, spec.StorageGiB, name)
		text, err := os.ReadFile(w.file)
		require.NoError(t, err)
		if row.want == 0 {
			assert.NotContains(t, string(text), "restore.storageGiB", name)
		} else {
			assert.Contains(t, w.out.String(), "as the data has; flowcomply:database.storageGiB is 100", name)
		}
	}
}

// The last minutes are not in RDS's log yet.
func TestRun_WaitsForAMomentThatRDSDoesNotHaveYet(t *testing.T) {
	for asked, waited := range map[time.Duration]time.Duration{
		-time.Minute:      4*time.Minute + 2*time.Second, // five minutes behind, and strictly before, in steps of two seconds
		-10 * time.Minute: 0,
		0:                 5*time.Minute + 2*time.Second,
	} {
		w := newFixture(t)
		w.lag = 5 * time.Minute
		var took time.Duration
		w.onUpdate = func() { took = w.clock().Sub(now) }
		require.Equal(t, exit.Done, w.run(Request{Time: now.Add(asked)}, true), w.out.String())
		assert.Equal(t, waited, took, asked)
		assert.Equal(t, "main swap "+now.Add(asked).Format(written), w.state(w.file))
		if waited > 0 {
			assert.Contains(t, w.out.String(), "waiting: RDS can restore up to 2026-11-24 11:54:59 UTC as yet")
		}
	}
	w := newFixture(t)
	w.lag = 2 * time.Hour // its log is stuck
	assert.Equal(t, exit.LeftAsItIs, w.run(Request{Time: now.Add(-time.Hour)}, true))
	assert.Contains(t, w.out.String(), "wait for RDS to have the moment: not within 30m0s: RDS can restore up to")
}

// The provider sends some settings with no restore, and RDS changes nothing of what it backs up.
func TestRun_SetsWhatTheRestoreLeftOnceTheCopyIsBackedUp(t *testing.T) {
	w := newFixture(t)
	w.backup = 3 * time.Hour
	w.steps["main swap"] = []apitype.StepEventMetadata{step(apitype.OpUpdate, instanceType, "database-restored", true)}
	require.Equal(t, exit.Done, w.run(Request{Snapshot: shot}, true), w.out.String())
	assert.Equal(t, []string{
		"preview: main swap " + shot, "update: main hold " + shot, "update: main swap " + shot, "preview: main swap " + shot, "update: main swap " + shot,
	}, w.calls)
	assert.Equal(t, 3*time.Hour, w.clock().Sub(now).Truncate(time.Minute))
	assert.Contains(t, w.out.String(), "waiting: flowcomply-production-restored is backing-up, and is changed only when it is available; it is in use meanwhile")

	w = newFixture(t)
	w.backup = 7 * time.Hour
	w.steps["main swap"] = []apitype.StepEventMetadata{step(apitype.OpUpdate, instanceType, "database-restored", true)}
	assert.Equal(t, exit.LeftAsItIs, w.run(Request{Snapshot: shot}, true))
	assert.Contains(t, w.out.String(), "is in use and proven, and has some of RDS's settings instead of the program's; run this again to set them")
	assert.Equal(t, "main swap "+shot, w.state(w.file))
}

// RDS goes on with a copy whatever became of the update.
func TestRun_SaysWhatToDoWithTheCopyOfAnUpdateThatFailed(t *testing.T) {
	const imported = "pulumi import aws:rds/instance:Instance database-restored flowcomply-production-restored " +
		"--parent database=urn:pulumi:production::flowcomply::flowcomply:database:Database::database " +
		"--provider aws=urn:pulumi:production::flowcomply::pulumi:providers:aws::aws --generate-code=false --stack production"
	const wait = "aws rds wait db-instance-available --region ap-southeast-2 --db-instance-identifier flowcomply-production-restored"
	for status, waits := range map[string]bool{"creating": true, "backing-up": true, "available": false} {
		w := newFixture(t, under(database.Cutover)...)
		w.instances[second] = &Instance{ID: second, Status: status}
		w.fail["main swap"] = errors.New("timeout while waiting for state to become 'available'")
		assert.Equal(t, exit.LeftAsItIs, w.run(Request{}, true))
		assert.Contains(t, w.out.String(), "flowcomply-production-restored is there, "+status, status)
		assert.Contains(t, w.out.String(), imported, status)
		assert.Equal(t, waits, strings.Contains(w.out.String(), wait), status)
	}
	w := newFixture(t)
	w.fail["main swap"] = errors.New("boom")
	assert.Equal(t, exit.LeftAsItIs, w.run(Request{Snapshot: shot}, true))
	assert.NotContains(t, w.out.String(), "pulumi import", "where there is none")
}
