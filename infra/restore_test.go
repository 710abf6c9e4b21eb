package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// These tests hold what each phase of a restore changes in the whole program, and nothing else. They do not prove that
// the engine brings it about in this order, nor that the data comes back: the command's end-to-end test is for that.

const (
	secretVersion = "aws:secretsmanager/secretVersion:SecretVersion"
	targetType    = "aws:appautoscaling/target:Target"
)

// phase is a stack file in the middle of a restore.
func phase(source stacks.Source, name string) stacks.Source {
	return source.With("flowcomply:database.restore.phase", name).With("flowcomply:database.restore.snapshot", "flowcomply-pre-deploy-v1-0-0-1")
}

// following is the program's recording where the last update was verified as this graph.
func following(t *testing.T, before *record.Graph, stack string, source stacks.Source, more ...record.Option) *record.Graph {
	t.Helper()
	return declare(t, stack, source, append(more, record.AnswerCall(readStackOutputs, map[string]any{"outputs": before.Exports.Mappable()}))...)
}

// Defect R14: a count of 0 alone is raised again by the minimum.
func TestRestore_HoldLetsNothingUseTheDatabase(t *testing.T) {
	for _, stack := range files {
		before := graphOf(t, stack)
		held := following(t, before, stack, phase(sourceOf(t, stack), "hold"))
		assert.Equal(t, difference{
			changed: map[string][]string{
				targetType + " backend-scaling":                        {"maxCapacity", "minCapacity"},
				alarmType + " backend-availability-alarms-unavailable": {"actionsEnabled"},
			},
			removed: []string{"command:local:Command verify < verify", "flowcomply:check:Check verify"},
		}, between(before, held), "%s: nothing is verified by what does not run", stack)
		muted := held.One(t, alarmType, "backend-availability-alarms-unavailable")
		assert.Equal(t, false, muted.Get("actionsEnabled"), "who restores knows that it is down")
		assert.True(t, waits(held, serviceType+"::backend", alarmType+"::"+muted.Name), "muted once tasks end, it has paged already")
		target := held.One(t, targetType, "backend-scaling")
		assert.Equal(t, []any{0.0, 0.0}, []any{target.Get("minCapacity"), target.Get("maxCapacity")})
		assert.Equal(t, before.Exports, held.Exports, "%s: what was verified stands", stack)
	}
}

func TestRestore_HoldReleasesNothing(t *testing.T) {
	before := graphOf(t, "staging")
	source := phase(sourceOf(t, "staging"), "hold").With("flowcomply:release.version", "v1.1.0")
	_, err := try("staging", source, record.AnswerCall(readStackOutputs, map[string]any{"outputs": before.Exports.Mappable()}))
	require.ErrorContains(t, err, "in phase hold nothing runs that a release could be verified by")
}

func TestRestore_SwapMakesTheCopyAndRollsWhatUsesIt(t *testing.T) {
	for _, stack := range files {
		t.Run(stack, func(t *testing.T) {
			before := graphOf(t, stack)
			got := following(t, before, stack, phase(sourceOf(t, stack), "swap"),
				record.Answer(secretVersion, "database-url", map[string]any{"versionId": "another"}),
				record.Answer(taskType, "backend-task", map[string]any{"arn": "arn:aws:ecs:::task-definition/backend:2"}))
			d := between(before, got)
			assert.Empty(t, d.removed)
			assert.Equal(t, []string{databaseType + " database-restored"}, d.added)
			for changed, inputs := range d.changed {
				switch changed {
				case databaseType + " database":
					assert.Equal(t, []string{"finalSnapshotIdentifier"}, inputs, "the instance before is left alone")
				case "aws:rds/eventSubscription:EventSubscription database":
					assert.Equal(t, []string{"sourceIds"}, inputs)
				case secretVersion + " database-url":
					assert.Equal(t, []string{"secretString"}, inputs)
				case taskType + " backend-task":
					assert.Equal(t, []string{"containerDefinitions"}, inputs)
				case serviceType + " backend":
					assert.Equal(t, []string{"taskDefinition"}, inputs)
				case "command:local:Command migration":
					assert.Equal(t, []string{"create", "triggers"}, inputs, "a copy has the schema of its data")
				case "command:local:Command verify":
					assert.Contains(t, inputs, "stdin", "the copy is what is verified")
				case "aws:cloudwatch/dashboard:Dashboard overview":
				default:
					assert.Regexp(t, "^"+alarmType+" database-", changed)
				}
			}
			assert.Contains(t, d.changed, serviceType+" backend")
			assert.Contains(t, d.changed, "command:local:Command migration")
			assert.Empty(t, got.One(t, "command:local:Command", "migration").IgnoreChanges, "it is not frozen by the release that was verified")
			assert.Equal(t, "flowcomply-"+stack+"-restored", got.Exports["databaseIdentifier"].StringValue())
			alarms := 0
			for _, r := range got.Of(alarmType) {
				if r.ParentName() == "database-alarms" {
					alarms++
					assert.Contains(t, texts(r), "flowcomply-"+stack+"-restored", r.Name)
					assert.Contains(t, ends(r.DependsOn), databaseType+"::database-restored", "on a copy that is not there they would be blind")
				}
			}
			assert.Positive(t, alarms)
		})
	}
}

// The whole of it, and a second restore back into the first name: each step is verified before the next.
func TestRestore_CanBeDoneAgain(t *testing.T) {
	source := sourceOf(t, "production")
	restored := source.With("flowcomply:database.slot", "restored")
	last := graphOf(t, "production")
	for _, step := range []struct {
		name      string
		source    stacks.Source
		instances []string
		runs      bool // the migrations
	}{
		{"hold", phase(source, "hold"), []string{"database"}, false},
		{"swap", phase(source, "swap"), []string{"database", "database-restored"}, true},
		{"discard", phase(source, "discard"), []string{"database", "database-restored"}, false},
		{"confirmed", restored, []string{"database-restored"}, false},
		{"hold again", phase(restored, "hold"), []string{"database-restored"}, false},
		{"swap again", phase(restored, "swap"), []string{"database", "database-restored"}, true},
		{"thought better of it", phase(restored, "back"), []string{"database", "database-restored"}, true},
		{"back", restored, []string{"database-restored"}, false},
		{"a third time", phase(restored, "swap"), []string{"database", "database-restored"}, true},
		{"discard again", phase(restored, "discard"), []string{"database", "database-restored"}, false},
		{"confirmed again", source, []string{"database"}, false},
	} {
		now := following(t, last, "production", step.source)
		var instances []string
		for _, r := range now.Of(databaseType) {
			instances = append(instances, r.Name)
		}
		assert.Equal(t, step.instances, instances, step.name)
		trigger := func(g *record.Graph) any { return g.One(t, "command:local:Command", "migration").Get("triggers") }
		assert.Equal(t, step.runs, !assert.ObjectsAreEqual(trigger(last), trigger(now)), step.name)
		last = now
	}
	assert.Equal(t, difference{changed: map[string][]string{
		"command:local:Command verify": {"stdin"}, // the outputs say with which configurations the release was verified since
	}}, between(graphOf(t, "production"), last), "two restores later")
}

// With an earlier release the data's schema is the one it knows; with the same one it has to be brought to it.
func TestRelease_SkipsMigration(t *testing.T) {
	for _, row := range []struct {
		kind            releaseKind
		databaseChanged bool
		skips           bool
	}{
		{releaseNew, false, false}, {releaseNew, true, false}, {releaseUnchanged, false, true},
		{releaseUnchanged, true, false}, {releaseRollback, false, true}, {releaseRollback, true, true},
	} {
		decided := release{kind: row.kind, databaseChanged: row.databaseChanged}
		assert.Equal(t, row.skips, decided.skipsMigration(), row)
		assert.Equal(t, row.databaseChanged && row.kind != releaseRollback, decided.migrates(), row)
	}
}

// What was verified last decides where the data is, whatever became of the stack file.
func TestCheckActiveDatabase(t *testing.T) {
	load := func(source stacks.Source) stacks.Spec {
		spec, err := stacks.Load(source)
		require.NoError(t, err)
		return spec
	}
	plain := sourceOf(t, "staging")
	restored := plain.With("flowcomply:database.slot", "restored")
	for name, row := range map[string]struct {
		in     string
		source stacks.Source
		want   string
	}{
		"the first update":             {"", plain, ""},
		"nothing special":              {"flowcomply-staging", plain, ""},
		"a restore begins":             {"flowcomply-staging", phase(plain, "swap"), ""},
		"a restore is confirmed":       {"flowcomply-staging-restored", restored, ""},
		"somebody thinks again":        {"flowcomply-staging-restored", phase(plain, "back"), ""},
		"the section is lost":          {"flowcomply-staging-restored", plain, "the data is in flowcomply-staging-restored, and this stack file has no such instance"},
		"back to hold after the swap":  {"flowcomply-staging-restored", phase(plain, "hold"), "--undo"},
		"the slot is changed by hand":  {"flowcomply-staging", restored, "pulumi config rm flowcomply:database.slot"},
		"another stack's name is gone": {"flowcomply-other", plain, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := checkActiveDatabase(outputs.Outputs{DatabaseIdentifier: row.in}, load(row.source))
			if row.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, row.want)
		})
	}
	_, err := try("staging", plain, record.AnswerCall(readStackOutputs, map[string]any{"outputs": map[string]any{
		"version": "v1.0.0", "databaseIdentifier": "flowcomply-staging-restored",
	}}))
	require.ErrorContains(t, err, "nothing was changed")
}

// texts are all texts among an alarm's inputs, its dimensions' values among them.
func texts(r record.Resource) []any {
	var found []any
	walk("", r.Plain(), func(_ string, value any) { found = append(found, value) })
	return found
}
