package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/migration"
)

var (
	unique = migration.Script{Name: "20251008090000_unique", SQL: `CREATE UNIQUE INDEX u ON "User"("name");`}
	slow   = migration.Script{Name: "20251009090000_slow", SQL: "SELECT 1;\nCREATE INDEX i ON \"User\"(\"id\");"}
	locked = "migrations: 20251009090000_slow line 2: CREATE INDEX i ON \"User\"(\"id\"): locks: nobody writes to \"User\" while the index is built"
)

// What a release names is what it added: the releases before have named theirs, by the lint of their time.
func TestDecide_CarriesOnWhatEarlierReleasesNamed(t *testing.T) {
	before := ran("v1.1.0", 2, migration.Set{initial, unique})
	before.Release.Schema.Destructive = []string{"20250101090000_squashed_since"}
	decided, err := decide(asked("v1.2.0", after(before), with(migration.Set{initial, unique, gone, slow})))
	require.NoError(t, err)
	assert.Equal(t, []string{"20250101090000_squashed_since", gone.Name}, decided.Schema.Destructive)
	assert.Equal(t, []string{"20250101090000_squashed_since"}, before.Release.Schema.Destructive, "what was proven is left as it is")

	decided, err = decide(asked("v1.1.0", after(ran("v1.0.0", 1, migration.Set{initial})), with(migration.Set{initial, unique, slow})))
	require.NoError(t, err)
	assert.Equal(t, []string{unique.Name}, decided.Schema.Destructive, "a release without the index may write what it refuses")
}

// A reviewer reads what will keep the running version waiting, which needs no allowance, and what is allowed.
func TestSummary_NamesWhatMigrationsDo(t *testing.T) {
	set := migration.Set{initial, slow}
	said := func(q releaseInputs) string {
		decided, err := decide(q)
		require.NoError(t, err)
		return strings.Join(decided.summary(q), "\n")
	}
	assert.Contains(t, said(asked("v1.1.0", after(ran("v1.0.0", 1, migration.Set{initial})), with(set))), locked)
	assert.Contains(t, said(asked("v1.1.0", after(ran("v1.0.0", 1, migration.Set{initial})), with(migration.Set{initial, gone}))),
		`migrations: 20251007090000_gone line 1: ALTER TABLE "User" DROP COLUMN "name": destructive: `)
	assert.NotContains(t, said(asked("v1.0.0", with(set))), "locks", "nobody waits for the first release")
	assert.NotContains(t, said(asked("v1.1.0", after(ran("v1.0.0", 1, set)), with(set))), "locks", "it has been applied")
	require.NoError(t, migration.Spec{}.Check(set, initial.Name))
}

// What PostgreSQL refuses is refused in the preview, also of a stack's first release, and before anything is declared.
func TestMigration_RefusesWhatCannotBeApplied(t *testing.T) {
	source := sourceOf(t, "staging").With("flowcomply:release.source", "infra/testdata/impossible")
	graph, err := try("staging", source)
	require.ErrorContains(t, err, `migration 20251007090000_mixed line 2: CREATE INDEX CONCURRENTLY "User_name_idx" ON "User"("name"): fails: `)
	require.ErrorContains(t, err, "next: put it into a migration of its own")
	assert.LessOrEqual(t, len(graph.All()), 1, "something was declared beside an error and the provider that the registry is asked with")
}
