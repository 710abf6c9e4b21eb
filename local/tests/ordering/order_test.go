package ordering

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/plugins/simulated"
)

// These tests are about journals written by hand. That providers write them as things happen, package simulated tests.

// journal reads one event a word: +name begins a create, -name ends it, !name ends it with an error. A word with a colon
// names another operation, such as +delete:backend.
func journal(t *testing.T, words string) (events []simulated.Event) {
	t.Helper()
	types := map[string]string{"backend": serviceType, "frontend": serviceType, "backend-image": imageType, "frontend-image": imageType, "backend-task": "aws:ecs/taskDefinition:TaskDefinition"}
	for _, word := range strings.Fields(words) {
		op, name, other := strings.Cut(word[1:], ":")
		if !other {
			op, name = "create", word[1:]
		}
		typ := commandType
		if known, found := types[name]; found {
			typ = known
		}
		event := simulated.Event{
			Op: simulated.Op(op), Phase: simulated.End,
			URN: "urn:pulumi:local::flowcomply::flowcomply:part:Part$" + typ + "::" + name,
		}
		switch word[0] {
		case '+':
			event.Phase = simulated.Begin
		case '!':
			event.Error = "no"
		default:
			require.Equal(t, "-", word[:1])
		}
		events = append(events, event)
	}
	return events
}

const (
	prepared = "+preflight -preflight +snapshot +backend-image +frontend-image -frontend-image -snapshot -backend-image +backend-task -backend-task "
	migrated = prepared + "+migration -migration "
	rolled   = migrated + "+backend +frontend -backend -frontend "
	whole    = rolled + "+verify -verify "
)

const verifyFails, snapshotFails = commandType + "::verify", commandType + "::snapshot"

func TestCheck_HoldsOfGoodReleases(t *testing.T) {
	for name, row := range map[string]struct {
		update         Update
		before, events string
	}{
		"everything in order":                       {events: whole},
		"one after the other":                       {events: "+preflight -preflight +backend-image -backend-image +frontend-image -frontend-image +snapshot -snapshot +migration -migration +frontend -frontend +backend -backend +verify -verify"},
		"what is replaced is deleted":               {events: whole + "+delete:migration -delete:migration +delete:snapshot -delete:snapshot"},
		"other resources come when they can":        {update: Update{First: true}, events: "+other -other " + without(whole, "snapshot")},
		"functions overlap":                         {events: "+invoke:zone +invoke:zone -invoke:zone -invoke:zone " + whole},
		"a first release has no snapshot":           {update: Update{First: true}, events: without(whole, "snapshot")},
		"nothing begins after preflight failed":     {update: Update{Fail: commandType + "::preflight", Failed: true}, events: "+preflight !preflight"},
		"an image ends after the snapshot failed":   {update: Update{Fail: snapshotFails, Failed: true}, events: "+preflight -preflight +snapshot +backend-image !snapshot -backend-image"},
		"an image begins after the snapshot failed": {update: Update{Fail: snapshotFails, Failed: true}, events: "+preflight -preflight +snapshot !snapshot +backend-image -backend-image"},
		"the other service ends":                    {update: Update{Fail: serviceType + "::backend", Failed: true}, events: migrated + "+backend +frontend !backend -frontend"},
		"verify fails":                              {update: Update{Fail: verifyFails, Failed: true}, events: rolled + "+verify !verify"},
		"only verify is left":                       {before: rolled + "+verify !verify", events: "+preflight -preflight +verify -verify"},
		"all but images are left":                   {before: "+preflight -preflight +snapshot +backend-image !snapshot -backend-image", events: "+snapshot +frontend-image -snapshot -frontend-image +migration -migration +backend -backend +frontend -frontend +verify -verify"},
	} {
		t.Run(name, func(t *testing.T) {
			row.update.Services = []string{"backend", "frontend"}
			row.update.Before, row.update.Events = journal(t, row.before), journal(t, row.events)
			assert.Empty(t, Check(row.update))
		})
	}
}

// without takes both ends of one operation out of a journal.
func without(words, name string) string {
	return strings.NewReplacer("+"+name+" ", "", "-"+name+" ", "").Replace(words)
}

func TestCheck_FindsEachViolation(t *testing.T) {
	for name, row := range map[string]struct {
		update         Update
		before, events string
		want           []string
	}{
		"a service before the migration ended": {
			events: prepared + "+migration +backend -migration -backend +frontend -frontend +verify -verify ", want: []string{"service begins before migration has ended"},
		},
		"a service before the migration began": {
			events: prepared + "+backend -backend +migration -migration +frontend -frontend +verify -verify ", want: []string{"service begins before migration has ended"},
		},
		"the end of a service is a change too": {
			events: prepared + "+delete:backend -delete:backend +migration -migration +frontend -frontend +verify -verify ", want: []string{"service begins before migration has ended"},
		},
		"a service before the snapshot": {
			events: without(whole, "snapshot") + "+snapshot -snapshot",
			want:   []string{"migration begins before snapshot has ended", "service begins before snapshot has ended", "service begins before snapshot has ended", "verify begins before snapshot has ended"},
		},
		"a migration before the other service's image": {
			events: "+preflight -preflight +snapshot -snapshot +backend-image -backend-image +migration -migration +frontend-image -frontend-image +backend -backend +frontend -frontend +verify -verify ",
			want:   []string{"migration begins before image has ended"},
		},
		"another change before preflight ended": {events: "+other -other " + whole, want: []string{"another change begins before preflight has ended"}},
		"another change after preflight failed": {
			update: Update{Fail: commandType + "::preflight", Failed: true}, events: "+preflight !preflight +delete:other -delete:other",
			want: []string{"another change begins after preflight has failed"},
		},
		"an image before preflight ended": {
			events: "+preflight +backend-image -preflight -backend-image +frontend-image -frontend-image +snapshot -snapshot +migration -migration +backend -backend +frontend -frontend +verify -verify ",
			want:   []string{"image begins before preflight has ended"},
		},
		"verify before the last service ended": {
			events: migrated + "+backend +frontend -backend +verify -frontend -verify ", want: []string{"verify begins before service has ended"},
		},
		"a service after the migration failed": {
			update: Update{Fail: commandType + "::migration", Failed: true}, events: prepared + "+migration !migration +backend -backend ", want: []string{"service begins after migration has failed"},
		},
		"a service after an image failed": {
			update: Update{Fail: imageType + "::frontend-image", Failed: true}, events: "+preflight -preflight +frontend-image !frontend-image +backend -backend ", want: []string{"service begins after image has failed"},
		},
		"verify after a service failed": {
			update: Update{Fail: serviceType + "::backend", Failed: true}, events: migrated + "+backend +frontend !backend -frontend +verify -verify ", want: []string{"verify begins after service has failed"},
		},
		"a failed verify is called a success": {
			update: Update{Fail: verifyFails}, events: rolled + "+verify !verify ", want: []string{"the update is called a success, and an operation failed", "the update succeeded without verify"},
		},
		"a failure without a cause": {update: Update{Failed: true}, events: whole, want: []string{"the update failed, and no operation did"}},
		"what was to fail does not": {update: Update{Fail: verifyFails}, events: whole, want: []string{verifyFails + " was to fail, and did not"}},
		"something else fails":      {update: Update{Fail: verifyFails, Failed: true}, events: prepared + "+migration !migration ", want: []string{verifyFails + " was to fail, and did not"}},
		"no preflight":              {events: without(whole, "preflight"), want: []string{"the update succeeded without preflight"}},
		"no snapshot":               {events: without(whole, "snapshot"), want: []string{"the update succeeded without snapshot"}},
		"no image":                  {events: without(without(whole, "backend-image"), "frontend-image"), want: []string{"the update succeeded without image backend-image", "the update succeeded without image frontend-image"}},
		"no migration":              {events: without(whole, "migration"), want: []string{"the update succeeded without migration"}},
		"no service":                {events: without(without(whole, "backend"), "frontend"), want: []string{"the update succeeded without service backend", "the update succeeded without service frontend"}},
		"one service of two":        {events: without(whole, "frontend"), want: []string{"the update succeeded without service frontend"}},
		"no verify":                 {events: without(whole, "verify"), want: []string{"the update succeeded without verify"}},
		"twice in one update": {
			events: migrated + "+update:migration -update:migration " + "+backend -backend +frontend -frontend +verify -verify ", want: []string{"migration is done twice in one update"},
		},
		"again in the next attempt": {
			before: rolled + "+verify !verify ", events: "+migration -migration +verify -verify ", want: []string{"migration is done again, and was done in the attempt before"},
		},
		"no end":     {update: Update{Failed: true, Fail: commandType + "::migration"}, events: prepared + "+migration +other !migration ", want: []string{"an operation has no end"}},
		"no begin":   {events: whole + "-other", want: []string{"an operation ends that did not begin"}},
		"two begins": {events: whole + "+other +other -other", want: []string{"an operation begins that is under way"}},
	} {
		t.Run(name, func(t *testing.T) {
			row.update.Services = []string{"backend", "frontend"}
			row.update.Before, row.update.Events = journal(t, row.before), journal(t, row.events)
			var found []string
			for _, violation := range Check(row.update) {
				found = append(found, violation.Rule)
			}
			assert.ElementsMatch(t, row.want, found)
		})
	}
}

func TestViolation_ShowsItsLinesInTheirOrder(t *testing.T) {
	found := Check(Update{Failed: true, Fail: commandType + "::migration", Events: journal(t, prepared+"+migration +backend !migration -backend")})
	require.Len(t, found, 1)
	lines := strings.Split(strings.TrimSpace(found[0].String()), "\n")
	require.Len(t, lines, 5)
	assert.Equal(t, "service begins before migration has ended", lines[0])
	for i, want := range []string{`"begin","op":"create","urn":"urn:pulumi:local::flowcomply::flowcomply:part:Part$command:local:Command::migration"`, "Service::backend", `"error":"no"`, "Service::backend"} {
		assert.Contains(t, lines[i+1], want)
	}
}

// Few schedules in a row have to fail in every way.
func TestFailure_GoesThroughAllByTurns(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(20) {
		seen[failure(seed+7)]++
	}
	assert.Len(t, seen, 8)
	for _, part := range []string{commandType + "::preflight", snapshotFails, imageType + "::backend-image", imageType + "::frontend-image", commandType + "::migration", serviceType + "::frontend", verifyFails} {
		assert.Equal(t, 2, seen[part], part)
	}
}
