package lint

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests hold that nothing of PostgreSQL's grammar lacks a rule. They read the names from the parse tree's definition,
// which a module that the parser requires has as Go; importing it would take a C compiler.
func definition(t *testing.T) string {
	t.Helper()
	const module = "github.com/pganalyze/pg_query_go/v6"
	require.NoError(t, exec.Command("go", "mod", "download", module).Run())
	folder, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(folder)), "pg_query.pb.go"))
	require.NoError(t, err)
	return string(text)
}

// names are what a pattern's group finds, once each.
func names(text, pattern string) []string {
	var out []string
	for _, one := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		out = append(out, one[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestRules_HaveEveryStatementOfTheGrammar(t *testing.T) {
	nodes := names(definition(t), `protobuf:"bytes,\d+,opt,name=\w+,json=(\w+Stmt),proto3,oneof"`)
	require.Greater(t, len(nodes), 110)
	parts := []string{ // of other statements, or what PostgreSQL makes of them later
		"RawStmt", "SetOperationStmt", "ReturnStmt", "PLAssignStmt", "ReplicaIdentityStmt",
	}
	for _, one := range nodes {
		_, there := rules[one]
		assert.NotEqual(t, there, slices.Contains(parts, one), "%s needs a rule", one)
	}
	for one := range rules {
		assert.Contains(t, nodes, one, "the grammar does not know it")
	}
	for _, one := range outsideTransaction {
		assert.Contains(t, nodes, one.stmt, "the grammar does not know it")
	}
}

func TestParts_HaveEveryPartOfAlterTable(t *testing.T) {
	subtypes := names(definition(t), `AlterTableType_(AT_\w+)\s+AlterTableType = \d+`)
	require.Greater(t, len(subtypes), 55)
	later := []string{ // what PostgreSQL makes of the grammar's
		"AT_AddColumnToView", "AT_CookedColumnDefault", "AT_CheckNotNull", "AT_SetAttNotNull", "AT_AddIndex", "AT_ReAddIndex", "AT_ReAddConstraint",
		"AT_ReAddDomainConstraint", "AT_AddIndexConstraint", "AT_ReAddComment", "AT_ReAddStatistics", "AT_DropOids", "AT_ReplaceRelOptions",
	}
	for _, one := range subtypes {
		_, there := parts[one]
		assert.NotEqual(t, there, slices.Contains(later, one), "%s needs an entry", one)
	}
	for one := range parts {
		assert.Contains(t, subtypes, one, "the grammar does not know it")
	}
}

func TestDropped_HasEveryObjectOfDrop(t *testing.T) {
	objects := names(definition(t), `ObjectType_(OBJECT_\w+)\s+ObjectType = [1-9]`)
	require.Greater(t, len(objects), 45)
	elsewhere := []string{ // dropped by statements of their own, or no object of a DROP
		"OBJECT_AMOP", "OBJECT_AMPROC", "OBJECT_ATTRIBUTE", "OBJECT_COLUMN", "OBJECT_DATABASE", "OBJECT_DEFAULT", "OBJECT_DEFACL", "OBJECT_DOMCONSTRAINT",
		"OBJECT_LARGEOBJECT", "OBJECT_PARAMETER_ACL", "OBJECT_PUBLICATION_NAMESPACE", "OBJECT_PUBLICATION_REL", "OBJECT_ROLE", "OBJECT_SUBSCRIPTION",
		"OBJECT_TABCONSTRAINT", "OBJECT_TABLESPACE", "OBJECT_USER_MAPPING",
	}
	for _, one := range objects {
		_, there := dropped[one]
		assert.NotEqual(t, there, slices.Contains(elsewhere, one), "%s needs an entry", one)
	}
	for _, one := range append(slices.Concat(unusedNames, onTable), slices.Sorted(maps.Keys(dropped))...) {
		assert.Contains(t, objects, one, "the grammar does not know it")
	}
}

// What no rule knows is never harmless: a newer grammar may have statements and parts that this one has not.
func TestJudge_CallsNothingHarmlessThatItDoesNotKnow(t *testing.T) {
	pass := newPass(newTrees(""))
	for _, body := range []string{
		`{}`, `{"relation":{"relname":"t"},"cmds":[{"AlterTableCmd":{"subtype":"AT_New"}}]}`,
	} {
		for _, kind := range []string{"NewStmt", "AlterTableStmt"} {
			if kind == "AlterTableStmt" && body == `{}` {
				continue
			}
			got, why := sum(pass.effectsOf(func() { pass.evaluate(node{kind, []byte(body)}) }))
			assert.Equal(t, Contract, got)
			assert.Contains(t, why, "nobody knows whether the running version survives it")
		}
	}
	for _, n := range []node{
		{"DropStmt", []byte(`{"removeType":"OBJECT_NEW"}`)},
		{"AlterTableStmt", []byte(`{"cmds":[{"AlterTableCmd":{"subtype":"AT_AddConstraint","def":{"Constraint":{"contype":"CONSTR_NEW"}}}}]}`)},
		{"TruncateStmt", []byte(`{"relations":7}`)},
	} {
		got, _ := sum(pass.effectsOf(func() { pass.evaluate(n) }))
		assert.Equal(t, Contract, got, n.kind)
	}
}
