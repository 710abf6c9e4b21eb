package lint

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// These tables hold what is said of each statement when it stands alone and nothing is known of the schema. That PostgreSQL
// does what is said, local/migrations proves on a real one where it surprises.

// row is a statement with its kind and a part of the reasons; no kind is no finding.
type row struct {
	sql  string
	kind Kind
	why  string
}

func holds(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		found := Run([]Script{{"m", r.sql}}, nil)
		among := Run([]Script{{"m", "-- a; DROP TABLE b;\n/* c; /* d; */ ; */\n\n\t" + r.sql + "\n;;\n-- end;"}}, nil)
		if r.kind == "" {
			assert.Empty(t, found, r.sql)
			assert.Empty(t, among, r.sql)
			continue
		}
		if assert.Len(t, found, 1, r.sql) && assert.Len(t, among, 1, r.sql) {
			assert.Equal(t, r.kind, found[0].Kind, "%s: %s", r.sql, found[0].Why)
			assert.Contains(t, found[0].Why, r.why, r.sql)
			assert.Equal(t, 1, found[0].Line, r.sql)
			found[0].Line = 4
			assert.Equal(t, found, among, "comments and empty statements change nothing")
		}
	}
}

func TestRun_RowsAreLost(t *testing.T) {
	holds(t, []row{
		{`DELETE FROM "Asset" WHERE id = 'x'`, Destructive, `rows of "Asset" are gone`},
		{`DELETE FROM audit."Entry"`, Destructive, `rows of "audit.Entry" are gone`},
		{`WITH gone AS (DELETE FROM "Old" RETURNING *) INSERT INTO "New" SELECT * FROM gone`, Destructive, `rows of "Old"`},
		{`WITH gone AS (DELETE FROM "Old" RETURNING *) SELECT count(*) FROM gone`, Destructive, `rows of "Old"`},
		{`WITH gone AS (DELETE FROM "Old" RETURNING id) UPDATE "New" SET x = 1 FROM gone`, Destructive, `rows of "Old"`},
		{`WITH gone AS (DELETE FROM "Old" RETURNING *) DELETE FROM "Other" USING gone`, Destructive, `rows of "Old" are gone`},
		{`CREATE TABLE x AS WITH gone AS (DELETE FROM "Old" RETURNING *) SELECT * FROM gone`, Destructive, `rows of "Old"`},
		{`MERGE INTO "A" USING "B" ON "A".i = "B".i WHEN MATCHED THEN DELETE`, Destructive, `rows of "A"`},
		{`MERGE INTO "A" USING "B" ON "A".i = "B".i WHEN MATCHED THEN UPDATE SET x = 1`, "", ""},
		{`TRUNCATE "Asset"`, Destructive, `rows of "Asset"`},
		{`TRUNCATE TABLE a, b CASCADE`, Destructive, "CASCADE empties every table that refers to it"},
		{`EXPLAIN ANALYZE DELETE FROM a`, Destructive, "rows of"},
		{`EXPLAIN (ANALYZE off) DELETE FROM a`, "", ""},
		{`EXPLAIN DELETE FROM a`, "", ""},
		{`PREPARE p AS DELETE FROM a`, Destructive, "rows of"},
		{`INSERT INTO "Note" VALUES ('DROP TABLE x; it''s')`, "", ""},
		{`INSERT INTO "A" (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET x = 1`, "", ""},
		{`UPDATE "Template" SET "body" = E'Don\'t reply'`, "", ""},
		{`SELECT 1`, "", ""},
		{`SELECT setval('"Asset_id_seq"', (SELECT max(id) FROM "Asset"))`, "", ""},
		{`SELECT pg_catalog.setval('s', 1)`, "", ""},
		{`SELECT count(*), now() FROM "Asset"`, "", ""},
		{`SELECT tidy_up(1)`, Contract, "it calls tidy_up"},
		{`SELECT * FROM audit.purge('2020-01-01')`, Contract, "it calls audit.purge"},
		{`SELECT pg_catalog.set_config('search_path', '', false)`, Contract, "names without a schema"},
		{`SELECT lo_unlink(1)`, Contract, "it calls lo_unlink"},
		{`COPY "Asset" FROM STDIN`, Fails, "write INSERT"},
		{`COPY "Asset" TO STDOUT`, Fails, ""},
		{`COPY "Asset" FROM '/tmp/x'`, "", ""},
		{`COPY "Asset" TO PROGRAM 'mail'`, Contract, "the program"},
	})
}

func TestRun_ObjectsAreDropped(t *testing.T) {
	holds(t, []row{
		{`DROP TABLE "Asset"`, Destructive, `table "Asset" and its rows are gone`},
		{`DROP TABLE IF EXISTS public."Asset", b CASCADE`, Destructive, `table "public.Asset"`},
		{`DROP SEQUENCE s`, Destructive, `the number that it has come to`},
		{`DROP VIEW v`, Contract, `may still use view "v"`},
		{`DROP VIEW v CASCADE`, Contract, `view "v"`},
		{`DROP MATERIALIZED VIEW v`, Contract, `materialized view`},
		{`DROP FOREIGN TABLE f`, Contract, `foreign table`},
		{`DROP SCHEMA s`, Contract, `schema "s"`},
		{`DROP SCHEMA s CASCADE`, Destructive, "everything that is in it"},
		{`DROP TYPE "Role"`, Contract, `type "Role"`},
		{`DROP TYPE "Role" CASCADE`, Destructive, "columns and their data"},
		{`DROP DOMAIN d`, Contract, `domain "d"`},
		{`DROP DOMAIN d CASCADE`, Destructive, "columns and their data"},
		{`DROP FUNCTION f(int)`, Contract, `function "f"`},
		{`DROP FUNCTION f CASCADE`, Destructive, "columns and their data"},
		{`DROP PROCEDURE p`, Contract, `procedure "p"`},
		{`DROP ROUTINE p`, Contract, `routine "p"`},
		{`DROP AGGREGATE a(int)`, Contract, `aggregate "a"`},
		{`DROP OPERATOR + (int, int)`, Contract, `operator "+"`},
		{`DROP EXTENSION citext`, Contract, `extension "citext"`},
		{`DROP EXTENSION citext CASCADE`, Destructive, "columns and their data"},
		{`DROP COLLATION c`, Contract, `collation`},
		{`DROP CAST (a AS b)`, Contract, "cast"},
		{`DROP TRIGGER t ON "Asset"`, Contract, "trigger"},
		{`DROP RULE r ON "Asset"`, Contract, "rule"},
		{`DROP POLICY p ON "Asset"`, Contract, "policy"},
		{`DROP EVENT TRIGGER e`, Contract, "event trigger"},
		{`DROP PUBLICATION p`, Contract, "publication"},
		{`DROP SERVER s`, Contract, "server"},
		{`DROP TEXT SEARCH CONFIGURATION c`, Contract, "text search configuration"},
		{`DROP STATISTICS s`, "", ""},
		{`DROP INDEX "Asset_name_idx"`, "", ""},
		{`DROP INDEX "Asset_name_key"`, Contract, "ON CONFLICT"},
		{`DROP INDEX CONCURRENTLY by_name`, Contract, "if it is unique"},
		{`DROP DATABASE d`, Destructive, "the database is gone"},
		{`DROP OWNED BY old`, Destructive, "everything that the role owns"},
		{`DROP ROLE old`, Contract, "connect as this role"},
		{`DROP USER MAPPING FOR a SERVER s`, Contract, "foreign tables"},
		{`DROP SUBSCRIPTION s`, Contract, "come no more"},
		{`DROP TABLESPACE t`, "", ""},
		{`REVOKE SELECT ON "Asset" FROM app`, Contract, "loses this right"},
		{`REVOKE reader FROM app`, Contract, "loses this right"},
		{`GRANT SELECT ON "Asset" TO app`, "", ""},
		{`GRANT reader TO app`, "", ""},
		{`ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM app`, "", ""},
		{`REASSIGN OWNED BY a TO b`, Contract, "owner"},
	})
}

func TestRun_NamesChange(t *testing.T) {
	const old = "still uses the name"
	holds(t, []row{
		{`ALTER TABLE "Asset" RENAME TO "Thing"`, Contract, old + ` "Asset"`},
		{`ALTER TABLE IF EXISTS s."Asset" RENAME COLUMN "a" TO "b"`, Contract, old + ` "a"`},
		{`ALTER TABLE "Asset" RENAME a TO b`, Contract, old + ` "a"`},
		{`ALTER VIEW v RENAME TO w`, Contract, old + ` "v"`},
		{`ALTER MATERIALIZED VIEW v RENAME TO w`, Contract, old},
		{`ALTER TYPE "Role" RENAME TO "Part"`, Contract, old + ` "Role"`},
		{`ALTER TYPE "Role" RENAME VALUE 'A' TO 'B'`, Contract, `the value "A"`},
		{`ALTER TYPE pair RENAME ATTRIBUTE a TO b`, Contract, old + ` "a"`},
		{`ALTER DOMAIN d RENAME TO e`, Contract, old},
		{`ALTER SCHEMA s RENAME TO r`, Contract, old + ` "s"`},
		{`ALTER SEQUENCE s RENAME TO r`, Contract, old},
		{`ALTER FUNCTION f(int) RENAME TO g`, Contract, old + ` "f"`},
		{`ALTER ROLE a RENAME TO b`, Contract, old},
		{`ALTER DATABASE a RENAME TO b`, Contract, old},
		{`ALTER TABLE "Asset" RENAME CONSTRAINT "Asset_pk" TO "Asset_pkey"`, "", ""},
		{`ALTER INDEX "a" RENAME TO "b"`, "", ""},
		{`ALTER DOMAIN d RENAME CONSTRAINT a TO b`, "", ""},
		{`ALTER TRIGGER a ON "Asset" RENAME TO b`, "", ""},
		{`ALTER POLICY a ON "Asset" RENAME TO b`, "", ""},
		{`ALTER TABLE "Asset" SET SCHEMA old`, Contract, `looks for "Asset" where it was`},
		{`ALTER TYPE "Role" SET SCHEMA old`, Contract, "where it was"},
		{`ALTER FUNCTION f(int) SET SCHEMA old`, Contract, "where it was"},
		{`ALTER EXTENSION citext SET SCHEMA ext`, Contract, "where it was"},
		{`ALTER TABLE "Asset" OWNER TO other`, Contract, "owner"},
		{`ALTER TYPE "Role" OWNER TO other`, Contract, "owner"},
		{`SET search_path TO tenant`, Contract, "names without a schema"},
	})
}
