package lint

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// made is what the release that runs has in the tests below.
const made = `
	CREATE TYPE "Status" AS ENUM ('A');
	CREATE TABLE "Asset" (id TEXT NOT NULL, name VARCHAR(50) NOT NULL, code VARCHAR(10) UNIQUE, price NUMERIC(10,2), at TIMESTAMP(3) NOT NULL DEFAULT now(),
		owner TEXT, CONSTRAINT "Asset_pkey" PRIMARY KEY (id));
	CREATE UNIQUE INDEX by_name ON "Asset"(name);
	CREATE INDEX by_owner ON "Asset"(owner);
	ALTER TABLE "Asset" ADD CONSTRAINT of_owner FOREIGN KEY (owner) REFERENCES "User"(id), ADD CONSTRAINT one_name UNIQUE USING INDEX by_name;
	CREATE FUNCTION tidy_up() RETURNS void LANGUAGE sql AS 'DELETE FROM x';
	CREATE FUNCTION plain() RETURNS int LANGUAGE sql AS 'SELECT 1';
	DROP TABLE nothing_is_said_of_what_is_known;`

// In these tests, the release that runs has what made makes.
func TestRun_KnowsWhatEarlierMigrationsMade(t *testing.T) {
	for sql, want := range map[string]Kind{
		`DROP INDEX by_owner`:                                                                            "",
		`DROP INDEX by_name`:                                                                             Contract,
		`DROP INDEX public.by_name`:                                                                      Contract,
		`ALTER TABLE "Asset" DROP CONSTRAINT of_owner`:                                                   "",
		`ALTER TABLE public."Asset" DROP CONSTRAINT "Asset_code_key"`:                                    Contract,
		`ALTER TABLE "Asset" ADD UNIQUE USING INDEX by_name`:                                             "",
		`ALTER TABLE "Asset" ALTER name TYPE VARCHAR(100)`:                                               "",
		`ALTER TABLE "Asset" ALTER name TYPE VARCHAR(20)`:                                                Contract,
		`ALTER TABLE "Asset" ALTER name TYPE TEXT`:                                                       "",
		`ALTER TABLE "Asset" ALTER owner TYPE VARCHAR`:                                                   "",
		`ALTER TABLE "Asset" ALTER owner TYPE VARCHAR(10)`:                                               Contract,
		`ALTER TABLE "Asset" ALTER name TYPE TEXT COLLATE "C"`:                                           Contract,
		`ALTER TABLE "Asset" ALTER name TYPE TEXT USING upper(name)`:                                     Contract,
		`ALTER TABLE "Asset" ALTER price TYPE NUMERIC(12,2)`:                                             "",
		`ALTER TABLE "Asset" ALTER price TYPE NUMERIC(12,4)`:                                             Contract,
		`ALTER TABLE "Asset" ALTER price TYPE NUMERIC`:                                                   "",
		`ALTER TABLE "Asset" ALTER at TYPE TIMESTAMP(6)`:                                                 "",
		`ALTER TABLE "Asset" ALTER at TYPE TIMESTAMP(0)`:                                                 Contract,
		`ALTER TABLE "Asset" ALTER at TYPE TIMESTAMPTZ(3)`:                                               Contract,
		`ALTER TABLE "Asset" ALTER name TYPE TEXT[] USING ARRAY[name]`:                                   Contract,
		`SELECT tidy_up()`:                                                                               Destructive,
		`SELECT plain()`:                                                                                 "",
		`UPDATE "Asset" SET owner = tidy_up()`:                                                           Destructive,
		`CREATE TABLE IF NOT EXISTS "Asset" (id TEXT); CREATE INDEX i ON "Asset"(id)`:                    Locks,
		`ALTER TABLE "Asset" ADD COLUMN IF NOT EXISTS owner TEXT; ALTER TABLE "Asset" DROP COLUMN owner`: Destructive,
		`CREATE TEMP TABLE "Asset" (id TEXT); DELETE FROM public."Asset"`:                                Destructive,
		`CREATE TABLE t (id int); REVOKE ALL ON t, "Asset" FROM PUBLIC`:                                  Contract,
		`ALTER TABLE asset DROP COLUMN owner`:                                                            Destructive, // another table, of which nothing is known
	} {
		found := Run([]Script{{"1", made}, {"2", sql}}, []string{"1"})
		if want == "" {
			assert.Empty(t, found, sql)
		} else if assert.Len(t, found, 1, sql) {
			assert.Equal(t, want, found[0].Kind, found[0].String())
			assert.Equal(t, "2", found[0].Migration)
		}
	}
}

// What the new migrations make, the running release does not use.
func TestRun_LetsTheNewMigrationsDoAsTheyLikeWithTheirOwn(t *testing.T) {
	for _, sql := range []string{
		`CREATE TABLE "T" (id INT, n INT); CREATE UNIQUE INDEX i ON "T"(n); CREATE INDEX j ON public."T"(id);
			ALTER TABLE "T" ADD CHECK (n > 0), ADD FOREIGN KEY (n) REFERENCES "User"(id), ADD COLUMN m INT NOT NULL, ALTER n TYPE BIGINT, ALTER n SET NOT NULL;
			ALTER TABLE "T" ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON "T" USING (true); CREATE TRIGGER t BEFORE INSERT ON "T" EXECUTE FUNCTION f();
			DELETE FROM "T"; TRUNCATE "T"; CLUSTER "T" USING i; LOCK TABLE "T"; DROP TRIGGER t ON "T"; DROP INDEX i; DROP TABLE "T"`,
		`CREATE TABLE t (id int, n int); ALTER TABLE t DROP n`, `CREATE TABLE t (LIKE u); ALTER TABLE t DROP n`, `CREATE TABLE t AS SELECT 1 AS n; ALTER TABLE t DROP n`,
		`CREATE TABLE t () INHERITS (u); ALTER TABLE t DROP n`, `CREATE TYPE p AS (a int); ALTER TYPE p DROP ATTRIBUTE a`,
		`CREATE TABLE a AS SELECT 1; DROP TABLE a`, `SELECT 1 INTO a; DROP TABLE a`,
		`CREATE TABLE "new_T" (id INT); ALTER TABLE "new_T" RENAME TO "T"; CREATE INDEX i ON "T"(id)`,
		`CREATE TABLE s.t (id INT); ALTER TABLE s.t SET SCHEMA r; DELETE FROM r.t`,
		`CREATE VIEW v AS SELECT 1; CREATE OR REPLACE VIEW v AS SELECT 2; ALTER VIEW v RENAME TO w; DROP VIEW w`,
		`CREATE MATERIALIZED VIEW v AS SELECT 1; REFRESH MATERIALIZED VIEW v; DROP MATERIALIZED VIEW v`,
		`CREATE TYPE s AS ENUM ('a'); ALTER TYPE s ADD VALUE 'b'; ALTER TYPE s RENAME VALUE 'a' TO 'c'; ALTER TYPE s RENAME TO r; DROP TYPE r`,
		`CREATE DOMAIN d AS int; ALTER DOMAIN d SET NOT NULL; DROP DOMAIN d`,
		`CREATE TYPE p AS (a int); ALTER TYPE p ADD ATTRIBUTE b int; DROP TYPE p`,
		`CREATE SEQUENCE s; ALTER SEQUENCE s RESTART; ALTER SEQUENCE s RENAME TO r; DROP SEQUENCE r`,
		`CREATE SCHEMA s; ALTER SCHEMA s RENAME TO r; DROP SCHEMA r`,
		`CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'; DROP FUNCTION f`,
		`PREPARE p AS SELECT 1; EXECUTE p`,
		`CREATE TABLE p (id int) PARTITION BY LIST (id); CREATE TABLE q (id int); ALTER TABLE p ATTACH PARTITION q FOR VALUES IN (1)`,
		`CREATE TEMP TABLE t AS SELECT 1; DELETE FROM t; DROP TABLE t`, `CREATE TABLE t (id int); REVOKE ALL ON t FROM PUBLIC`,
		`CREATE TABLE t (id text DEFAULT tidy_up()); CREATE VIEW v AS SELECT tidy_up()`,
		`CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t DROP CONSTRAINT t_pkey`,
	} {
		assert.Empty(t, Run([]Script{{"m", sql}}, nil), sql)
		assert.Empty(t, Run([]Script{{"1", made}, {"m", sql}}, []string{"1"}), sql)
	}
	for sql, want := range map[string]Kind{ // IF NOT EXISTS may have found what the running release uses
		`DO $$ BEGIN CREATE TABLE t (id int); EXCEPTION WHEN duplicate_table THEN NULL; END $$; DROP TABLE t`: Destructive,
		`CREATE TABLE IF NOT EXISTS t (id int); DROP TABLE t`:                                                 Destructive,
		`CREATE TABLE IF NOT EXISTS t AS SELECT 1; DROP TABLE t`:                                              Destructive,
		`CREATE SEQUENCE IF NOT EXISTS s; ALTER SEQUENCE s RESTART`:                                           Contract,
		`CREATE SCHEMA IF NOT EXISTS s; DROP SCHEMA s`:                                                        Contract,
		`CREATE SCHEMA s CREATE TABLE t (id int); DROP TABLE t`:                                               Destructive, // another t
		`CREATE TABLE s.t (id int); DROP TABLE t`:                                                             Destructive,
		`CREATE TABLE "T" (id int); DROP TABLE t`:                                                             Destructive,
		`CREATE TABLE t (id int); ALTER TABLE t DROP n`:                                                       Destructive, // where does n come from?
		`CREATE TABLE t (id int); TRUNCATE t CASCADE`:                                                         Destructive,
	} {
		found := Run([]Script{{"m", sql}}, nil)
		require.Len(t, found, 1, sql)
		assert.Equal(t, want, found[0].Kind, sql)
	}
}

// A column that the new migrations add, the running release leaves out.
func TestRun_KnowsNewColumns(t *testing.T) {
	for sql, want := range map[string]Kind{
		`ALTER TABLE "Asset" ADD n TEXT; ALTER TABLE "Asset" DROP n`:                                    "",
		`ALTER TABLE "Asset" ADD n TEXT; ALTER TABLE "Asset" RENAME n TO m`:                             "",
		`ALTER TABLE "Asset" ADD n TEXT; CREATE UNIQUE INDEX i ON "Asset"(n)`:                           Locks,
		`ALTER TABLE "Asset" ADD n TEXT DEFAULT 'x'; CREATE UNIQUE INDEX i ON "Asset"(n)`:               Contract,
		`ALTER TABLE "Asset" ADD n TEXT; CREATE UNIQUE INDEX i ON "Asset"(n) NULLS NOT DISTINCT`:        Contract,
		`ALTER TABLE "Asset" ADD n TEXT; ALTER TABLE "Asset" ADD FOREIGN KEY (n) REFERENCES "User"(id)`: Locks,
		`ALTER TABLE "Asset" ADD n TEXT; ALTER TABLE "Asset" ADD UNIQUE (n)`:                            Locks,
		`ALTER TABLE "Asset" ADD n TEXT; ALTER TABLE "Asset" ALTER n SET NOT NULL`:                      Contract,
		`ALTER TABLE "Asset" ADD n TEXT DEFAULT 'x'; ALTER TABLE "Asset" ALTER n SET NOT NULL`:          Locks,
		`ALTER TABLE "Asset" ADD n TEXT NOT NULL DEFAULT 'x'; ALTER TABLE "Asset" ALTER n DROP DEFAULT`: Contract,
		`ALTER TABLE "Asset" ADD n TEXT DEFAULT 'x'; ALTER TABLE "Asset" ALTER n DROP DEFAULT`:          "",
		`ALTER TABLE "Asset" ADD n INT; ALTER TABLE "Asset" ALTER n TYPE TEXT`:                          Locks,
		`CREATE DOMAIN d AS text NOT NULL; ALTER TABLE "Asset" ADD n d`:                                 Contract,
		`CREATE DOMAIN d AS text NOT NULL DEFAULT ''; ALTER TABLE "Asset" ADD n d`:                      "",
	} {
		found := Run([]Script{{"1", made}, {"2", sql}}, []string{"1"})
		if want == "" {
			assert.Empty(t, found, sql)
		} else if assert.Len(t, found, 1, sql) {
			assert.Equal(t, want, found[0].Kind, found[0].String())
		}
	}
}

func TestRun_SaysWhereAStatementBegins(t *testing.T) {
	script := strings.Join([]string{
		"-- gone; DROP TABLE a;", "/* DROP TABLE b; /* nested; */ */", "", "SELECT 'DROP TABLE c; it''s', E'\\'; DROP TABLE d;', $$; DROP TABLE e; $$, $x$;$$;$x$;", // 1 to 4
		"", "  -- next", "DROP TABLE \"a;b\";;", "DROP", "  TABLE -- which?", "  d; DROP TABLE f", // 5 to 10
		";", "-- é and 漢字", "DROP TABLE \"Größe\"; -- the end", // 11 to 13
	}, "\n")
	var lines []int
	var texts []string
	for _, one := range Run([]Script{{"m", script}}, nil) {
		lines, texts = append(lines, one.Line), append(texts, one.Statement)
	}
	assert.Equal(t, []int{7, 8, 10, 13}, lines)
	assert.Equal(t, []string{`DROP TABLE "a;b"`, "DROP TABLE -- which? d", "DROP TABLE f", `DROP TABLE "Größe"`}, texts)

	found := Run([]Script{{"m", "SELECT 1;\r\nDROP TABLE a;\r\n"}}, nil)
	require.Len(t, found, 1)
	assert.Equal(t, 2, found[0].Line)
	long := Run([]Script{{"m", `DROP TABLE "` + strings.Repeat("é", 80) + `"`}}, nil)[0].Statement
	assert.True(t, strings.HasSuffix(long, "é …"), long)
}

func TestRun_SaysOneThingOfAStatement(t *testing.T) {
	found := Run([]Script{{"m", `ALTER TABLE "A" ADD CONSTRAINT u UNIQUE (n), DROP COLUMN x, ADD COLUMN y INT NOT NULL, DROP COLUMN x`}}, nil)
	require.Len(t, found, 1)
	assert.Equal(t, Destructive, found[0].Kind)
	assert.Equal(t, 1, strings.Count(found[0].Why, `column "x"`), "a reason is said once")
	order := []string{`column "x" and its data`, "the same value twice", `column "y" is required`, "while the index is built"}
	at := 0
	for _, part := range order {
		next := strings.Index(found[0].Why, part)
		assert.GreaterOrEqual(t, next, at, "%s in %s", part, found[0].Why)
		at = next
	}
}

func TestRun_SaysWhatPostgreSQLRefuses(t *testing.T) {
	for script, want := range map[string]string{
		"SELECT 1;\n\nALTER TABEL x":        `m line 3: ALTER TABEL x: fails: PostgreSQL refuses it: syntax error at or near "TABEL"`,
		"-- äöü\nSELECT 'ä'; ALTER TABEL x": `m line 2: SELECT 'ä'; ALTER TABEL x: fails: PostgreSQL refuses it: syntax error at or near "TABEL"`,
		"SELECT 'open":                      `m line 1: SELECT 'open: fails: PostgreSQL refuses it: unterminated quoted string`,
		"\uFEFFDROP TABLE x":                `m line 1: DROP TABLE x: fails: the file begins with a byte order mark`,
		"\uFEFF-- note\nSELECT 1":           `m line 1: -- note: fails: the file begins with a byte order mark`,
		"SELECT 1;\n\\connect x\nSELECT 2;": `m line 2: \connect x: fails: a line that begins with a backslash is a command of psql`,
		"SELECT 1;\nSELECT \x00 2":          `m line 2: SELECT` + " \x00 " + `2: fails: PostgreSQL refuses it: a byte 0`,
	} {
		found := Run([]Script{{"m", script}}, nil)
		require.Len(t, found, 1, script)
		assert.True(t, strings.HasPrefix(found[0].String(), want), found[0].String())
	}
	for _, script := range []string{"", "-- nothing", ";", "/* only */ ;; "} {
		assert.Empty(t, Run([]Script{{"m", script}}, nil), script)
	}
	known := Run([]Script{{"1", "ALTER TABEL x"}, {"2", "SELECT 1"}}, []string{"1"})
	assert.Empty(t, known, "what the running release has is not looked at again")
}
