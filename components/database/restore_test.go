package database

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests prove which instances there are in each phase of a restore, and that they are alike. They do not prove that
// RDS restores what is asked for, or that a copy's data is whole: the drill is for that.

const copyName = "main-restored"

func restoring(slot Slot, phase Phase) Spec {
	spec := production()
	spec.Slot = slot
	spec.Restore = &Restore{Phase: phase, Snapshot: "flowcomply-test-pre-deploy-v1-1-0-7"}
	return spec
}

func TestRestore_Validate(t *testing.T) {
	for _, row := range []struct {
		name    string
		restore Restore
		want    string
	}{
		{"snapshot", Restore{Phase: Cutover, Snapshot: "flowcomply-pre-deploy-v1-1-0-7"}, ""},
		{"automated snapshot", Restore{Phase: Cutover, Snapshot: "rds:flowcomply-2026-11-24-14-10"}, ""},
		{"time", Restore{Phase: Cleanup, Time: "2026-11-24T12:06:37Z"}, ""},
		{"a hold needs no point yet", Restore{Phase: Drain}, ""},
		{"no phase", Restore{Snapshot: "a"}, `phase: "" is not known; allowed: hold, swap, discard, back`},
		{"no point", Restore{Phase: Revert}, "snapshot: is missing, and so is time"},
		{"both", Restore{Phase: Cutover, Snapshot: "a", Time: "2026-11-24T12:06:37Z"}, "time: is given beside snapshot"},
		{"an ARN", Restore{Phase: Cutover, Snapshot: "arn:aws:rds:ap-southeast-2:1:snapshot:a"}, "snapshot: "},
		{"another zone", Restore{Phase: Cutover, Time: "2026-11-24T12:06:37+13:00"}, `time: "2026-11-24T12:06:37+13:00" is malformed`},
		{"no such day", Restore{Phase: Cutover, Time: "2026-11-31T12:06:37Z"}, "time: "},
		{"a word", Restore{Phase: Cutover, Time: "latest"}, "time: "},
	} {
		t.Run(row.name, func(t *testing.T) {
			spec := production()
			spec.Restore = &row.restore
			if err := spec.Validate(); row.want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, "restore."+row.want)
			}
		})
	}
	spec := production()
	spec.Slot = "third"
	require.ErrorContains(t, spec.Validate(), `slot: "third" is not known; allowed: main, restored`)
}

// Both directions, as a second restore goes back to the first name.
func TestSpec_Slots(t *testing.T) {
	for _, slot := range []Slot{Main, Restored} {
		configured := production()
		configured.Slot = slot
		assert.Equal(t, []Slot{slot}, configured.Slots())
		assert.False(t, configured.ScaledToZero())
		for phase, want := range map[Phase][]Slot{
			Drain: {slot}, Cutover: {slot.Other(), slot}, Cleanup: {slot.Other(), slot}, Revert: {slot, slot.Other()},
		} {
			spec := restoring(slot, phase)
			assert.Equal(t, want, spec.Slots(), "%s from %s", phase, slot)
			assert.Equal(t, want[0], spec.Active(), "%s from %s", phase, slot)
			assert.Equal(t, phase == Drain, spec.ScaledToZero(), phase)
		}
	}
	assert.Equal(t, []Slot{Main}, production().Slots(), "where nothing is said")
}

func TestNew_RestoredCopyIsLikeTheFirst(t *testing.T) {
	g := declare(t, restoring("", Cutover), true)
	first, made := instance(t, g), g.One(t, "aws:rds/instance:Instance", copyName)
	differs := map[string][2]any{}
	all := maps.Clone(first.Plain())
	maps.Copy(all, made.Plain())
	for key := range all {
		if !assert.ObjectsAreEqual(first.Get(key), made.Get(key)) {
			differs[key] = [2]any{first.Get(key), made.Get(key)}
		}
	}
	assert.Equal(t, map[string][2]any{
		"identifier":              {"flowcomply-test", "flowcomply-test-restored"},
		"snapshotIdentifier":      {nil, "flowcomply-test-pre-deploy-v1-1-0-7"},
		"finalSnapshotIdentifier": {"flowcomply-test-replaced-flowcomply-test-pre-deploy-v1-1-0-7", "flowcomply-test-restored-final"},
	}, differs, "defect R13: a copy with RDS's defaults cannot be reached")
	assert.True(t, made.IsSecret("password"))
	assert.Equal(t, first.DependsOn, made.DependsOn)
	for _, one := range []record.Resource{first, made} {
		assert.True(t, one.Protect, one.Name)
		assert.Equal(t, true, one.Get("deletionProtection"), one.Name)
		assert.Equal(t, false, one.Get("skipFinalSnapshot"), one.Name)
		assert.Equal(t, []string{"snapshotIdentifier", "restoreToPointInTime"}, one.IgnoreChanges, one.Name)
	}
	assert.ElementsMatch(t, []any{"flowcomply-test", "flowcomply-test-restored"},
		g.One(t, "aws:rds/eventSubscription:EventSubscription", "main").Get("sourceIds"), "operations hear of both")
	assert.Empty(t, g.Shows(password))
}

func TestNew_RestoresAMoment(t *testing.T) {
	spec := restoring(Restored, Cutover)
	spec.Restore.Snapshot, spec.Restore.Time = "", "2026-11-24T12:06:37Z"
	g := declare(t, spec, true)
	made := instance(t, g)
	assert.Equal(t, map[string]any{"sourceDbInstanceIdentifier": "flowcomply-test-restored", "restoreTime": "2026-11-24T12:06:37Z"}, made.Get("restoreToPointInTime"))
	assert.Nil(t, made.Get("snapshotIdentifier"))
	before := g.One(t, "aws:rds/instance:Instance", copyName)
	assert.Nil(t, before.Get("restoreToPointInTime"))
	assert.Equal(t, "flowcomply-test-restored-replaced-20261124t120637z", before.Get("finalSnapshotIdentifier"))
}

// What is handed out is the instance in use; the same in every phase from both slots.
func TestNew_HandsOutTheOneInUse(t *testing.T) {
	of := map[Slot]string{Main: "main", Restored: copyName}
	for _, slot := range []Slot{Main, Restored} {
		for _, phase := range []Phase{Drain, Cutover, Cleanup, Revert} {
			spec := restoring(slot, phase)
			g := declare(t, spec, true)
			assert.Len(t, g.Of("aws:rds/instance:Instance"), len(spec.Slots()), "%s from %s", phase, slot)
			used := g.One(t, "aws:rds/instance:Instance", of[spec.Active()])
			sink := g.One(t, "test:index:Sink", "sink")
			assert.Equal(t, used.Get("identifier"), sink.Get("identifier"), "%s from %s", phase, slot)
			host := used.Name + ".abc.ap-southeast-2.rds.amazonaws.com"
			assert.Equal(t, host, sink.Get("address"), "%s from %s", phase, slot)
			assert.Equal(t, host+":5432", sink.Get("endpoint"), "%s from %s", phase, slot)
			assert.Contains(t, sink.Get("url"), "@"+host+":5432/", "%s from %s", phase, slot)
		}
	}
}

// Only the one that is to be dropped has no protection, and it still leaves a last snapshot.
func TestNew_OnlyWhatIsDroppedOnPurposeLosesItsProtection(t *testing.T) {
	for _, slot := range []Slot{Main, Restored} {
		for phase, dropped := range map[Phase]Slot{Cleanup: slot, Revert: slot.Other()} {
			spec := restoring(slot, phase)
			for _, one := range declare(t, spec, true).Of("aws:rds/instance:Instance") {
				isDropped := (one.Name == copyName) == (dropped == Restored)
				assert.Equal(t, !isDropped, one.Protect, "%s from %s: %s", phase, slot, one.Name)
				assert.Equal(t, !isDropped, one.Get("deletionProtection"), "%s from %s: %s", phase, slot, one.Name)
				assert.Equal(t, false, one.Get("skipFinalSnapshot"), "%s from %s: %s", phase, slot, one.Name)
				want := one.Get("identifier").(string) + "-final"
				if isDropped {
					want = one.Get("identifier").(string) + "-replaced-flowcomply-test-pre-deploy-v1-1-0-7"
				}
				assert.Equal(t, want, one.Get("finalSnapshotIdentifier"))
			}
		}
	}
}

// A confirmed restore is the same instance under the same logical name, so that the engine has nothing to do with it.
func TestNew_ConfirmedRestoreLeavesTheCopyAlone(t *testing.T) {
	confirmed := production()
	confirmed.Slot = Restored
	before := declare(t, restoring("", Cleanup), true).One(t, "aws:rds/instance:Instance", copyName)
	after := declare(t, confirmed, true).One(t, "aws:rds/instance:Instance", copyName)
	plain := before.Plain()
	delete(plain, "snapshotIdentifier") // ignored
	assert.Equal(t, plain, after.Plain())
	assert.True(t, after.Protect)
}

func TestRestore_MarkIsPartOfASnapshotsName(t *testing.T) {
	assert.Equal(t, "rds-flowcomply-2026-11-24-14-10", Restore{Snapshot: "rds:flowcomply-2026-11-24-14-10"}.mark())
	assert.Equal(t, "a-b", Restore{Snapshot: "a--b-"}.mark())
}
