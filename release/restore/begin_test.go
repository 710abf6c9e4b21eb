package restore

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/database"
	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/release"
	"github.com/flowcomply/infrastructure/release/terminal"
)

func TestRun_ListsWhatThereIs(t *testing.T) {
	w := newFixture(t)
	require.Equal(t, exit.Done, w.run(Request{}, false), w.out.String())
	assert.Empty(t, w.calls, "nothing is asked of anybody")
	shown := w.out.String()
	assert.Regexp(t, shot+` +2026-11-24 11:13:00 UTC +47 minutes +available +release 7, before v1.1.0\n`, shown)
	assert.Regexp(t, `rds:flowcomply-production-2026-11-23-14-10 +2026-11-23 14:00:00 UTC +22 hours +available +RDS, each day\n`, shown)
	assert.Less(t, strings.Index(shown, shot), strings.Index(shown, "rds:"), "the newest first")
	assert.Contains(t, shown, "or any moment from 2026-10-20 12:00:01 UTC to 2026-11-24 11:59:59 UTC, and a later one some five minutes after it")
}

func TestRun_RestoresASnapshot(t *testing.T) {
	w := newFixture(t)
	w.tasks = []int{3, 3, 1}
	require.Equal(t, exit.Done, w.run(Request{Snapshot: shot}, false), w.out.String())
	assert.Equal(t, []string{
		"preview: main swap " + shot,
		"ask: Restore production?",
		"update: main hold " + shot,
		"tasks of backend-service: 3", "tasks of backend-service: 3", "tasks of backend-service: 1",
		"update: main swap " + shot, "preview: main swap " + shot,
	}, w.calls, "nothing is copied before nothing writes any more")
	assert.Equal(t, "main swap "+shot, w.state(w.file))
	shown := w.out.String()
	preview := strings.Index(shown, "preview …")
	for _, want := range []string{
		"production: restore into flowcomply-production-restored",
		"lost      everything written since: 47 minutes by now",
		"since     release of v1.1.0, 2026-11-24 11:15:00 UTC",
		"schema    that of v1.0.0; the migrations of v1.1.0, which is configured, are applied to the copy. To run v1.0.0 on it instead, go back first: flowcomply rollback v1.0.0 --stack production --config-file " + w.file + ", with --force",
		"down      backend, from now",
		"kept      flowcomply-production, protected, until you confirm",
	} {
		require.Contains(t, shown, want)
		assert.Less(t, strings.Index(shown, want), preview, "%s: before anybody is asked", want)
	}
	assert.NotContains(t, shown, "of v1.0.0, 2026-11-21", "what was released before is not lost")
	assert.Contains(t, shown, w.again("--confirm")+" drops flowcomply-production, or "+w.again("--undo")+" goes back to it")
}

// The same restore writes the same file: it is looked at in a diff. Keys without the project's name are edited as they stand.
func TestRun_WritesTheSameFileEachTime(t *testing.T) {
	for range 8 {
		w := newFixture(t)
		before, err := os.ReadFile(w.file)
		require.NoError(t, err)
		require.Equal(t, exit.Done, w.run(Request{Snapshot: shot}, true), w.out.String())
		after, err := os.ReadFile(w.file)
		require.NoError(t, err)
		assert.Equal(t, string(before)+"  flowcomply:database.restore.phase: swap\n  flowcomply:database.restore.snapshot: "+shot+"\n", string(after))
	}
	w := newFixture(t, under(database.Drain)...)
	before, err := os.ReadFile(w.file)
	require.NoError(t, err)
	written := strings.ReplaceAll(string(before), "\n  flowcomply:", "\n  ")
	require.NoError(t, os.WriteFile(w.file, []byte(written), 0o600))
	require.Equal(t, exit.Done, w.run(Request{}, true), w.out.String())
	after, err := os.ReadFile(w.file)
	require.NoError(t, err)
	assert.Equal(t, strings.Replace(written, "restore.phase: hold", "restore.phase: swap", 1), string(after))
}

func TestRun_SaysThatNothingProtectsTheInstanceBefore(t *testing.T) {
	w := newFixture(t)
	text, err := os.ReadFile(w.file)
	require.NoError(t, err)
	changed := strings.NewReplacer("protection: full", "protection: none", `teardown: ""`, "teardown: flowcomply-production").Replace(string(text))
	require.NoError(t, os.WriteFile(w.file, []byte(changed), 0o600))
	require.Equal(t, exit.Done, w.run(Request{Snapshot: shot}, true), w.out.String())
	const unprotected = "unprotected, as flowcomply:protection is none"
	assert.Contains(t, w.out.String(), "kept      flowcomply-production, "+unprotected+", until you confirm")
	assert.Contains(t, w.out.String(), "flowcomply-production is kept beside it, "+unprotected+".\n")
}

func TestRun_RestoresAMoment(t *testing.T) {
	w := newFixture(t)
	require.Equal(t, exit.Done, w.run(Request{Time: now.Add(-30 * time.Hour)}, true), w.out.String())
	assert.Equal(t, []string{"preview: main swap 2026-11-23T06:00:00Z", "update: main hold 2026-11-23T06:00:00Z", "update: main swap 2026-11-23T06:00:00Z", "preview: main swap 2026-11-23T06:00:00Z"}, w.calls)
	assert.Contains(t, w.out.String(), "schema    that of v1.0.0")
}

// RDS's log is minutes behind: what was written last is in it only then.
func TestRun_RestoresTheLatestMomentOnceNothingIsWritten(t *testing.T) {
	w := newFixture(t)
	w.lag, w.tasks = 5*time.Minute, []int{2, 2}
	require.Equal(t, exit.Done, w.run(Request{Latest: true}, true), w.out.String())
	quiet := now.Add(2 * lookEvery) // two looks at tasks that end
	before := now.Add(-5*time.Minute - time.Second)
	latest := quiet.Add(time.Second) // RDS restores only what is before the latest restorable time, and is asked every two seconds
	assert.Equal(t, []string{
		"preview: main swap " + before.Format(written), "update: main hold", "tasks of backend-service: 2", "tasks of backend-service: 2",
		"update: main swap " + latest.Format(written), "preview: main swap " + latest.Format(written),
	}, w.calls)
	assert.Contains(t, w.out.String(), "nothing is written since 2026-11-24 12:00:04 UTC\nwaiting: RDS can restore up to 2026-11-24 11:55:03 UTC as yet")
	assert.Contains(t, w.out.String(), "nothing that was written before the tasks end")
}

func TestRun_GoesOnWithWhatWasBegun(t *testing.T) {
	for phase, want := range map[database.Phase][]string{
		database.Drain: {"preview: main swap " + shot, "ask: Restore production?", "update: main hold " + shot, "update: main swap " + shot, "preview: main swap " + shot},
		database.Cutover: {
			"preview: main swap " + shot, "ask: Go on with the restore of snapshot " + shot + " into " + second + "?", "update: main swap " + shot,
			"preview: main swap " + shot,
		},
	} {
		w := newFixture(t, under(phase)...)
		require.Equal(t, exit.Done, w.run(Request{}, false), w.out.String())
		assert.Equal(t, want, w.calls, phase)
	}
	w := newFixture(t, "database.restore.phase: hold") // of the latest moment
	require.Equal(t, exit.Done, w.run(Request{}, true), w.out.String())
	assert.Equal(t, "main swap "+now.Add(time.Second).Format(written), w.state(w.file))

	w = newFixture(t, under(database.Drain)...)
	require.Equal(t, exit.Done, w.run(Request{Time: now.Add(-time.Hour)}, true), w.out.String())
	assert.Equal(t, "main swap 2026-11-24T11:00:00Z", w.state(w.file), "nothing was copied yet: another point is welcome")
}

// A second restore makes its copy under the first name.
func TestRun_RestoresAgainTheOtherWay(t *testing.T) {
	w := newFixture(t, "database.slot: restored")
	w.instances = map[string]*Instance{second: {ID: second, Status: "available", KeepsDays: 35, Version: "16.4", StorageGiB: 100, KeyArn: dataKey}}
	w.outputs.DatabaseIdentifier = second
	require.Equal(t, exit.Done, w.run(Request{Snapshot: shot}, true), w.out.String())
	assert.Equal(t, "restored swap "+shot, w.state(w.file))
	assert.Contains(t, w.out.String(), "flowcomply-production is in use, and proven; flowcomply-production-restored is kept")
}

func TestRun_RefusesWhatWouldNotCome(t *testing.T) {
	for name, row := range map[string]struct {
		keys  []string
		asked Request
		make  func(*fixture)
		want  string
	}{
		"a snapshot of nobody":   {asked: Request{Snapshot: "other"}, want: "other is no snapshot of this stack's database"},
		"one that is being made": {asked: Request{Snapshot: shot}, make: func(w *fixture) { w.snapshots[1].Status = "creating" }, want: "is creating"},
		"another key": {
			asked: Request{Snapshot: shot}, make: func(w *fixture) { w.snapshots[1].KeyArn = "arn:other" },
			want: "--target-db-snapshot-identifier " + shot + "-copy --kms-key-id " + dataKey,
		},
		"another PostgreSQL": {asked: Request{Snapshot: shot}, make: func(w *fixture) { w.snapshots[1].Version = "15.8" }, want: "is PostgreSQL 15.8's, and the stack's settings are for 16"},
		"a full disk": {
			asked: Request{Snapshot: shot}, make: func(w *fixture) { w.snapshots[1].StorageGiB = 480 },
			want: "leaves a copy no room to grow\nnext: `pulumi config set flowcomply:database.maxStorageGiB 528`",
		},
		"a full instance": {
			asked: Request{Latest: true}, make: func(w *fixture) { w.instances[first].StorageGiB = 500 }, want: "flowcomply:database.maxStorageGiB 550`",
		},
		"before the log": {asked: Request{Time: now.Add(-36 * 24 * time.Hour)}, want: "has the moments from 2026-10-20 12:00:01 UTC to 2026-11-24 11:59:59 UTC"},
		"tomorrow":       {asked: Request{Time: now.Add(24 * time.Hour)}, want: "cannot be restored"},
		"somebody's instance": {
			asked: Request{Snapshot: shot}, make: func(w *fixture) { w.instances[second] = &Instance{ID: second, Status: "available"} },
			want: "there is an instance flowcomply-production-restored, which this stack's configuration does not have",
		},
		"no instance":         {asked: Request{Snapshot: shot}, make: func(w *fixture) { w.instances = nil }, want: "RDS knows no instance flowcomply-production"},
		"never proven":        {asked: Request{Snapshot: shot}, make: func(w *fixture) { w.outputs.DatabaseIdentifier = "" }, want: "there is nothing to restore"},
		"another under way":   {keys: under(database.Cutover), asked: Request{Latest: true}, want: "flowcomply restore --confirm --stack production --config-file "},
		"one being confirmed": {keys: under(database.Cleanup), want: "it was being confirmed"},
		"one being undone":    {keys: under(database.Revert), want: "it was being undone"},
		"a preview that fails": {
			asked: Request{Snapshot: shot}, make: func(w *fixture) { w.refuse = errors.New("no such key") }, want: "the preview failed, so that nothing was changed:\n  no such key",
		},
		"a preview that replaces": {
			asked: Request{Snapshot: shot}, make: func(w *fixture) {
				w.steps["main swap"] = []apitype.StepEventMetadata{step(apitype.OpReplace, instanceType, "database", false)}
			},
			want: "the update would do more than restore:\n  replace aws:rds/instance:Instance database",
		},
		"nobody there": {asked: Request{Snapshot: shot}, make: func(w *fixture) { w.answer = terminal.ErrNobody }, want: "use --yes"},
		"a no":         {asked: Request{Snapshot: shot}, make: func(w *fixture) { w.answer = errNo }, want: "not agreed: nothing was changed"},
		"a lock": {
			asked: Request{Snapshot: shot}, make: func(w *fixture) { w.fail["main hold"] = release.ErrLocked }, want: "flowcomply recover --stack production",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newFixture(t, row.keys...)
			if row.make != nil {
				row.make(w)
			}
			before := w.state(w.file)
			assert.Equal(t, exit.Refused, w.run(row.asked, false), w.out.String())
			assert.Contains(t, w.out.String(), row.want)
			assert.Equal(t, before, w.state(w.file), "the stack file is as it was")
		})
	}
}

func TestRun_SaysHowToGoOnWhenAnUpdateFails(t *testing.T) {
	for at, want := range map[string]string{
		"main hold": "what uses the database is held, or about to be, and nothing was restored; run this again to go on, or flowcomply restore --undo --stack production",
		"main swap": "flowcomply-production is as it was, protected; run this again to go on with snapshot " + shot,
	} {
		w := newFixture(t)
		w.fail[at] = errors.New("boom")
		assert.Equal(t, exit.LeftAsItIs, w.run(Request{Snapshot: shot}, true))
		assert.Contains(t, w.out.String(), "boom\nnext: "+want)
		assert.Equal(t, at+" "+shot, w.state(w.file), "so that running it again goes on from there")
	}
	w := newFixture(t)
	w.tasks = make([]int, 1000)
	for i := range w.tasks {
		w.tasks[i] = 1
	}
	assert.Equal(t, exit.LeftAsItIs, w.run(Request{Snapshot: shot}, true))
	assert.Contains(t, w.out.String(), "wait for the tasks of backend to end: not within 15m0s: backend: 1 tasks left")
	assert.Equal(t, "main hold "+shot, w.state(w.file), "nothing is copied while something writes")
}

// The schema is a release's, and which one it is decides what runs on it.
func TestSchema(t *testing.T) {
	pins := `release.pins: {version: v1.0.0, number: %d, digests: {backend: "sha256:` + strings.Repeat("a", 64) + `", frontend: "sha256:` + strings.Repeat("b", 64) + `"}}`
	for name, row := range map[string]struct {
		keys    []string
		version string
		point   point
		want    string
	}{
		"before this release": {point: point{snapshot: &Snapshot{Number: 7}}, want: "that of v1.0.0; the migrations of v1.1.0"},
		"after it":            {point: point{at: now}, want: "that of v1.1.0, which is configured"},
		"before the history":  {point: point{snapshot: &Snapshot{Number: 6}}, want: "of a release that the release history does not have"},
		"gone back to it":     {keys: []string{fmt.Sprintf(pins, 6)}, version: "v1.0.0", point: point{snapshot: &Snapshot{Number: 7}}, want: "v1.0.0 was gone back to, and nothing is migrated for it"},
		"gone back to another": {
			keys: []string{fmt.Sprintf(pins, 6)}, version: "v1.0.0", point: point{at: now}, want: "that of v1.1.0, and v1.0.0, which was gone back to, has another",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newFixture(t, row.keys...)
			at := situation{spec: w.spec(w.file), outputs: w.outputs, entries: release.Entries(w.history, w.outputs.Releases)}
			if row.version != "" {
				at.spec.Release.Version = row.version
			}
			assert.Contains(t, w.command().schema(at, row.point), row.want)
		})
	}
}
