package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/migration"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// These tests hold which steps of a release are new, by what the stack file asks for and what was verified last. They do not
// prove that a step does what it is for, nor that the engine runs it then: the steps' own tests and the end-to-end test do.

const (
	digestA = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	digestB = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

// ran are the outputs of a release of one service, web, that was verified.
func ran(version string, number int, set migration.Set) outputs.Outputs {
	return outputs.Outputs{Version: version, Release: outputs.Release{
		First: number == 1, Number: number, Commit: "c1", SnapshotID: "last",
		Images: map[string]outputs.Image{"web": {Digest: digestA, Content: "one", Arguments: "x", Origin: outputs.Built}},
		Schema: outputs.Schema{Hash: set.Hash(), Names: set.Names(), TaskDefinitionArn: "arn:aws:ecs:::task-definition/web:1"},
	}}
}

func inputsFor(version string, change ...func(*releaseInputs)) releaseInputs {
	q := releaseInputs{
		release: stacks.Release{Version: version, Images: stacks.Build}, services: []string{"web"}, database: "flowcomply-x",
		sources: map[string]source{"web": {"two", "x"}}, migrations: migration.Set{initial}, commit: "c2", registry: map[string]string{},
	}
	for _, one := range change {
		one(&q)
	}
	return q
}

func after(before outputs.Outputs) func(*releaseInputs) {
	return func(q *releaseInputs) { q.previous = before }
}

func with(set migration.Set) func(*releaseInputs) {
	return func(q *releaseInputs) { q.migrations = set }
}

func rollbackTo(version string, digests map[string]string) func(*releaseInputs) {
	return func(q *releaseInputs) {
		q.release.Pins = &stacks.Pins{Version: version, Number: 1, Commit: "c0", Digests: digests}
	}
}

func TestDecide_IsADecisionTable(t *testing.T) {
	one, two := migration.Set{initial}, migration.Set{initial, column}
	web := map[string]string{"web": digestB}
	for name, row := range map[string]struct {
		q        releaseInputs
		kind     releaseKind
		number   int
		snapshot string
		migrates bool
		origin   string
	}{
		"the very first":                     {inputsFor("v1.0.0"), releaseNew, 1, "", true, outputs.Built},
		"the same again":                     {inputsFor("v1.0.0", after(ran("v1.0.0", 1, one))), releaseUnchanged, 1, "last", false, outputs.Built},
		"the same, with other migrations":    {inputsFor("v1.0.0", after(ran("v1.0.0", 1, one)), with(two)), releaseUnchanged, 1, "last", false, outputs.Built},
		"another version only":               {inputsFor("v1.1.0", after(ran("v1.0.0", 1, one))), releaseNew, 2, "flowcomply-x-pre-deploy-v1-1-0-2", false, outputs.Built},
		"another version with a migration":   {inputsFor("v1.1.0", after(ran("v1.0.0", 1, one)), with(two)), releaseNew, 2, "flowcomply-x-pre-deploy-v1-1-0-2", true, outputs.Built},
		"an old migration with another text": {inputsFor("v1.2.0", after(ran("v1.1.0", 2, two)), with(migration.Set{initial, {Name: column.Name}})), releaseNew, 3, "flowcomply-x-pre-deploy-v1-2-0-3", true, outputs.Built},
		"a program before this one's":        {inputsFor("v1.0.0", after(outputs.Outputs{Version: "v1.0.0"})), releaseNew, 1, "flowcomply-x-pre-deploy-v1-0-0-1", true, outputs.Built},
		"rollback":                           {inputsFor("v1.0.0", after(ran("v1.1.0", 2, two)), rollbackTo("v1.0.0", web)), releaseRollback, 3, "last", false, outputs.Pinned},
		"rollback, again":                    {inputsFor("v1.0.0", after(ran("v1.0.0", 3, two)), rollbackTo("v1.0.0", web)), releaseUnchanged, 3, "last", false, outputs.Built},
		"pins of another version":            {inputsFor("v1.2.0", after(ran("v1.0.0", 3, one)), rollbackTo("v1.0.0", web)), releaseNew, 4, "flowcomply-x-pre-deploy-v1-2-0-4", false, outputs.Built},
		"the registry holds it": {inputsFor("v1.1.0", after(ran("v1.0.0", 1, one)), func(q *releaseInputs) { q.registry["web"] = digestB }),
			releaseNew, 2, "flowcomply-x-pre-deploy-v1-1-0-2", false, outputs.Existing},
	} {
		t.Run(name, func(t *testing.T) {
			decided, err := decide(row.q)
			require.NoError(t, err)
			assert.Equal(t, row.kind, decided.kind)
			assert.Equal(t, row.number, decided.Number)
			assert.Equal(t, row.number == 1 && row.q.previous.Version != row.q.release.Version || row.q.previous.Release.First && row.kind == releaseUnchanged, decided.First)
			assert.Equal(t, row.snapshot, decided.SnapshotID)
			assert.Equal(t, row.migrates, decided.migrates())
			assert.Equal(t, row.origin, decided.Images["web"].Origin)
			again, err := decide(row.q)
			require.NoError(t, err)
			assert.Equal(t, decided, again, "run again, an update decides as before")
		})
	}
}

func TestDecide_NamesWhatIsDestructive(t *testing.T) {
	decided, err := decide(inputsFor("v1.0.0", with(migration.Set{initial, gone})))
	require.NoError(t, err)
	assert.Equal(t, []string{gone.Name}, decided.Schema.Destructive)
}

func TestDecide_RollbackKeepsTheSchemaAndItsSnapshot(t *testing.T) {
	before := ran("v1.1.0", 2, migration.Set{initial, column})
	decided, err := decide(inputsFor("v1.0.0", after(before), rollbackTo("v1.0.0", map[string]string{"web": digestB})))
	require.NoError(t, err)
	assert.Equal(t, before.Release.Schema, decided.Schema)
	assert.Equal(t, "c0", decided.Commit)
	assert.Equal(t, digestB, decided.Images["web"].Digest)
	assert.Empty(t, decided.Images["web"].Arguments, "the release history no longer says")
	before.Releases = []outputs.Record{{Number: 1, Images: map[string]outputs.Image{"web": {Arguments: "its own"}}}, {Number: 2}}
	decided, err = decide(inputsFor("v1.0.0", after(before), rollbackTo("v1.0.0", map[string]string{"web": digestB})))
	require.NoError(t, err)
	assert.Equal(t, "its own", decided.Images["web"].Arguments, "the arguments go back with the image, as the configuration does")
	assert.Contains(t, strings.Join(decided.summary(inputsFor("v1.0.0")), "\n"), "snapshot: skipped, migrations: skipped")

	_, err = decide(inputsFor("v1.0.0", after(before), rollbackTo("v1.0.0", map[string]string{"api": digestB})))
	require.ErrorContains(t, err, "release v1.0.0 has no image of service web, only of api")
}

// What an image was built from is in the release history: the build arguments of the release that is left may be others, which
// would refuse those that the stack file has again.
func TestDecide_RollbackKnowsWhatTheImageWasBuiltFrom(t *testing.T) {
	before := ran("v1.2.0", 3, migration.Set{initial})
	old := outputs.Image{Digest: digestB, Content: "zero", Arguments: "w", Origin: outputs.Built}
	before.Releases = []outputs.Record{
		{Version: "v1.0.0", Number: 1, Images: map[string]outputs.Image{"web": old}},
		{Version: "v1.2.0", Number: 3, Images: before.Release.Images},
	}
	decided, err := decide(inputsFor("v1.0.0", after(before), rollbackTo("v1.0.0", map[string]string{"web": digestB})))
	require.NoError(t, err)
	old.Origin = outputs.Pinned
	assert.Equal(t, old, decided.Images["web"])

	before.Releases = nil // which keeps fewer releases than pins may name
	decided, err = decide(inputsFor("v1.0.0", after(before), rollbackTo("v1.0.0", map[string]string{"web": digestB})))
	require.NoError(t, err)
	assert.Equal(t, outputs.Image{Digest: digestB, Origin: outputs.Pinned}, decided.Images["web"])
}

func TestDecide_PromotesWhatTheGateHasProven(t *testing.T) {
	gated := func(there outputs.Outputs) func(*releaseInputs) {
		return func(q *releaseInputs) {
			q.previous = ran("v1.0.0", 1, migration.Set{initial})
			q.release.Images, q.release.Gate, q.gate = stacks.Promote, "staging", there
		}
	}
	there := ran("v1.1.0", 4, migration.Set{initial})
	there.Release.Images["web"] = outputs.Image{Digest: digestB, Content: "two", Arguments: "x"}
	decided, err := decide(inputsFor("v1.1.0", gated(there)))
	require.NoError(t, err)
	assert.Equal(t, outputs.Image{Digest: digestB, Content: "two", Arguments: "x", Origin: outputs.Promoted}, decided.Images["web"])

	there.Release.Images["web"] = outputs.Image{Digest: digestB, Content: "two", Arguments: "its own API"}
	decided, err = decide(inputsFor("v1.1.0", gated(there)))
	require.NoError(t, err)
	assert.Equal(t, outputs.Built, decided.Images["web"].Origin, "an image with other arguments is another image")

	there.Release.Images["web"] = outputs.Image{Digest: digestB, Content: "three", Arguments: "x"}
	_, err = decide(inputsFor("v1.1.0", gated(there)))
	require.ErrorContains(t, err, "stack staging has verified v1.1.0 with other content: web has two here and three there")
	_, err = decide(inputsFor("v1.2.0", gated(there)))
	require.ErrorContains(t, err, "stack staging has not verified v1.2.0: its last verified release is v1.1.0")
	_, err = decide(inputsFor("v1.2.0", gated(outputs.Outputs{})))
	require.ErrorContains(t, err, "its last verified release is none")

	first, err := decide(inputsFor("v1.2.0", gated(outputs.Outputs{}), after(outputs.Outputs{})))
	require.NoError(t, err, "staging is in production's zone: a stack's first release has no gate")
	assert.Equal(t, outputs.Built, first.Images["web"].Origin)
}
