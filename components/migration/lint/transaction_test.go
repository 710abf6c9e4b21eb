package lint

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// alone are statements that PostgreSQL runs in no transaction; local/migrations sends each of them to a real one.
var alone = []string{
	`CREATE INDEX CONCURRENTLY i ON "A"(n)`, `DROP INDEX CONCURRENTLY "A_n_idx"`, `REINDEX TABLE CONCURRENTLY "A"`, `REINDEX (CONCURRENTLY) INDEX i`,
	`REINDEX SCHEMA public`, `REINDEX DATABASE d`, `VACUUM`, `VACUUM "A"`, `CLUSTER`, `CREATE DATABASE d`, `DROP DATABASE d`, `CREATE TABLESPACE t LOCATION '/x'`,
	`DROP TABLESPACE t`, `ALTER DATABASE d SET TABLESPACE t`, `ALTER SYSTEM SET work_mem = '1GB'`, `DISCARD ALL`, `COMMIT PREPARED 'x'`,
	`ROLLBACK PREPARED 'x'`, `ALTER TABLE p DETACH PARTITION q CONCURRENTLY`, `CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p`,
	`ALTER SUBSCRIPTION s REFRESH PUBLICATION`, `ALTER SUBSCRIPTION s SET PUBLICATION p`, `DROP SUBSCRIPTION s`,
}

func TestRun_FindsWhatCannotRunInATransaction(t *testing.T) {
	for _, sql := range alone {
		for _, one := range Run([]Script{{"m", sql}}, nil) {
			assert.NotEqual(t, Fails, one.Kind, "alone in its file: %s", one)
		}
		for _, script := range []string{"SELECT 1;\n" + sql, "BEGIN;\n" + sql + ";\nCOMMIT;", "SELECT 1;\n" + sql + ";\n\n;"} {
			found := Run([]Script{{"m", script}}, nil)
			if assert.Len(t, found, 1, script) {
				assert.Equal(t, Fails, found[0].Kind, script)
				assert.Equal(t, 2, found[0].Line, script)
				assert.Contains(t, found[0].Why, "next: put it into a migration of its own", script)
			}
		}
	}
	for _, sql := range []string{
		`ANALYZE "A"`, `CLUSTER "A" USING i`, `REINDEX TABLE "A"`, `CREATE INDEX i ON "A"(n)`, `DISCARD PLANS`, `ALTER TYPE "Status" ADD VALUE 'X'`,
		`CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (create_slot = false)`, `CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (connect = false)`,
		`ALTER SUBSCRIPTION s SET PUBLICATION p WITH (refresh = false)`, `ALTER SUBSCRIPTION s ENABLE`, `DECLARE c CURSOR FOR SELECT 1`, `LOCK TABLE "A"`,
	} {
		for _, one := range Run([]Script{{"m", "SELECT 1; " + sql}}, nil) {
			assert.NotEqual(t, Fails, one.Kind, one.String())
		}
	}
}

func TestRun_FollowsTransactions(t *testing.T) {
	for script, want := range map[string]string{ // the finding that fails, as line and reason; empty for none
		"BEGIN;\nSELECT 1;\nCOMMIT;":                             "",
		"BEGIN;\nSELECT 1;":                                      "1 no COMMIT follows",
		"SELECT 1;\nSTART TRANSACTION;\nSELECT 2;":               "2 no COMMIT follows",
		"BEGIN;\nSELECT 1;\nCOMMIT AND CHAIN;":                   "3 no COMMIT follows",
		"BEGIN;\nSELECT 1;\nROLLBACK;":                           "3 it undoes the statements before it",
		"SELECT 1;\nSAVEPOINT s;":                                "2 PostgreSQL takes savepoints only after BEGIN",
		"BEGIN;\nSAVEPOINT s;\nROLLBACK TO s;\nRELEASE s;COMMIT": "",
		"COMMIT;":                                                "",
		`LOCK TABLE "A";`:                                        "1 LOCK TABLE holds",
		`DECLARE c CURSOR FOR SELECT 1`:                          "1 a cursor lives",
		`DECLARE c CURSOR WITH HOLD FOR SELECT 1`:                "",
		"SELECT 1;\nDO $$ BEGIN COMMIT; END $$":                  "2 code cannot end a transaction",
		"ALTER TYPE \"S\" ADD VALUE 'X';\nUPDATE a SET s = 'X';": `2 it uses the enum value "X"`,
		"ALTER TYPE \"S\" ADD VALUE 'X';\nALTER TABLE a ALTER s SET DEFAULT 'X';":            `2 it uses the enum value "X"`,
		"ALTER TYPE \"S\" ADD VALUE 'X';\nUPDATE a SET s = 'Y';":                             "",
		"BEGIN;ALTER TYPE \"S\" ADD VALUE 'X';COMMIT;\nUPDATE a SET s = 'X';":                "",
		"CREATE TYPE \"S\" AS ENUM ();ALTER TYPE \"S\" ADD VALUE 'X';\nUPDATE a SET s = 'X'": `2 it uses the enum value "X"`,
	} {
		var fails []Finding
		for _, one := range Run([]Script{{"m", script}}, nil) {
			if one.Kind == Fails {
				fails = append(fails, one)
			}
		}
		if want == "" {
			assert.Empty(t, fails, script)
			continue
		}
		require.Len(t, fails, 1, script)
		assert.Equal(t, want[:1], string(rune('0'+fails[0].Line)), script)
		assert.Contains(t, fails[0].Why, want[2:], script)
	}
}

// A value that an earlier migration adds is committed when a later one uses it.
func TestRun_UsesAnEnumValueInALaterMigration(t *testing.T) {
	found := Run([]Script{{"1", `ALTER TYPE "S" ADD VALUE 'X'`}, {"2", `UPDATE a SET s = 'X'; SELECT 1`}}, nil)
	require.Len(t, found, 1)
	assert.Equal(t, "1", found[0].Migration)
}
