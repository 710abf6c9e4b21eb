package main

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/migration"
	"github.com/flowcomply/infrastructure/components/record"
)

// These tests hold how the steps of a release are wired into the graph. They do not prove that a step does what it is for.

var (
	initial = migration.Script{Name: "20250901090000_init", SQL: `CREATE TABLE "User" ("id" TEXT);`}
	column  = migration.Script{Name: "20250922090000_name", SQL: `ALTER TABLE "User" ADD COLUMN "name" TEXT;`}
	gone    = migration.Script{Name: "20251007090000_gone", SQL: `ALTER TABLE "User" DROP COLUMN "name";`}
)

// Services of both kinds wait for the migration, and it for what its task needs.
func TestMigration_ComesBeforeEveryService(t *testing.T) {
	for _, stack := range files {
		graph := graphOf(t, stack)
		step := graph.One(t, "command:local:Command", "migration")
		for _, service := range graph.Of(serviceType) {
			assert.Contains(t, ends(service.DependsOn), "command:local:Command::migration", "%s: %s", stack, service)
		}
		assert.Subset(t, ends(step.DependsOn), []string{
			"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule::backend-database-out",
			"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule::backend-database-in",
		}, stack)
		assert.Contains(t, step.Get("create"), "task-definition", stack)
		assert.NotContains(t, step.Get("create"), "postgres", "%s: a command is readable in the state", stack)
	}
}

// A migration that older code may not survive is refused before anything is declared, and taken when it is allowed by
// name. What the stack has already is not looked at again.
func TestMigration_DestructiveNeedsToBeAllowed(t *testing.T) {
	source := sourceOf(t, "staging").With("flowcomply:release.source", "infra/testdata/destructive").With("flowcomply:release.version", "v1.1.0")
	has := func(set migration.Set) record.Option {
		return record.AnswerCall(readStackOutputs, map[string]any{"outputs": map[string]any{
			"version": "v1.0.0", "release": map[string]any{"schema": map[string]any{"hash": set.Hash(), "names": anys(set.Names())}},
		}})
	}
	graph, err := try("staging", source, has(migration.Set{initial}))
	require.ErrorContains(t, err, `migration 20251007090000_gone line 1: ALTER TABLE "User" DROP COLUMN "name": `)
	require.ErrorContains(t, err, "pulumi config set --path 'flowcomply:migration.allowDestructive[0]' 20251007090000_gone --type string")
	assert.Len(t, graph.All(), 1, "something was declared beside an error and the provider that the registry is asked with")

	allowed := edit(t, source, "migration", func(m map[string]any) { m["allowDestructive"] = []any{gone.Name} })
	declare(t, "staging", allowed, has(migration.Set{initial}))
	declare(t, "staging", source, has(migration.Set{initial, gone}))
	declare(t, "staging", source) // an empty database has nothing to lose
}

func TestMigration_WantsItsFolder(t *testing.T) {
	_, err := try("staging", sourceOf(t, "staging").With("flowcomply:release.source", "infra/testdata/nowhere"))
	require.ErrorContains(t, err, "migration.folder is relative to release.source, which is infra/testdata/nowhere")
}

// ends are URNs without what they have in front: type, ::, and name.
func ends(urns []string) []string {
	out := make([]string, len(urns))
	for i, urn := range urns {
		parts := splitURN(urn)
		out[i] = parts[0] + "::" + parts[1]
	}
	return out
}

func anys(values []string) []any {
	out := make([]any, len(values))
	for i, value := range values {
		out[i] = value
	}
	return out
}

// splitURN is the resource's own type and its name.
func splitURN(urn string) [2]string {
	parsed := resource.URN(urn)
	return [2]string{string(parsed.Type()), parsed.Name()}
}
