package migrate_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/migration"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/apptest"
)

// These tests hold what the lint of migrations claims against a real PostgreSQL, where a reader may doubt it. Of a newer
// PostgreSQL than this machine's they prove nothing.

// shape is what a release has.
const shape = `
	CREATE TYPE "Status" AS ENUM ('A');
	CREATE TABLE "User" (id TEXT PRIMARY KEY);
	CREATE TABLE "Asset" (id TEXT PRIMARY KEY, name VARCHAR(50) NOT NULL DEFAULT 'x', note TEXT DEFAULT 'n', n INT, price NUMERIC(10,2), at TIMESTAMP(3), status "Status", owner TEXT);
	INSERT INTO "Asset" (id, n) VALUES ('1', 1);
	CREATE INDEX "Asset_n_idx" ON "Asset"(n);
	CREATE TABLE part (id INT) PARTITION BY LIST (id);
	CREATE TABLE part1 PARTITION OF part FOR VALUES IN (1);
	CREATE MATERIALIZED VIEW seen AS SELECT id FROM "Asset";
	CREATE UNIQUE INDEX by_id ON seen(id);
	CREATE DOMAIN positive AS INT;
	CREATE TABLE counted (n positive);`

// shaped is the DATABASE_URL of a database that has shape.
func shaped(t *testing.T, server *apptest.Postgres) string {
	t.Helper()
	url := server.Database(t)
	apptest.Exec(t, url, shape)
	return url
}

// undone runs a test in a transaction that is undone afterwards.
func undone(t *testing.T, url, name string, test func(*testing.T, pgx.Tx)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		tx, err := apptest.Connect(t, url).Begin(context.Background())
		require.NoError(t, err)
		defer func() { _ = tx.Rollback(context.Background()) }()
		test(t, tx)
	})
}

// answer is PostgreSQL's code for a script that is sent as Prisma sends a file; empty where it runs.
func answer(t *testing.T, url, script string) string {
	t.Helper()
	conn := apptest.Connect(t, url)
	_, err := conn.PgConn().Exec(context.Background(), script).ReadAll()
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.Code
	}
	require.NoError(t, err, script)
	return ""
}

// run sends a script within a transaction.
func run(tx pgx.Tx, script string) error {
	_, err := tx.Conn().PgConn().Exec(context.Background(), script).ReadAll()
	return err
}

// all are the findings of a script after shape.
func all(script string) []migration.Finding {
	return migration.Set{{Name: "1", SQL: shape}, {Name: "2", SQL: script}}.LintSince([]string{"1"})
}

// said is the finding of a script after shape; the zero value for none.
func said(t *testing.T, script string) migration.Finding {
	t.Helper()
	found := all(script)
	require.LessOrEqual(t, len(found), 1, "%s: %v", script, found)
	if len(found) == 0 {
		return migration.Finding{}
	}
	return found[0]
}

// Codes of PostgreSQL (https://www.postgresql.org/docs/current/errcodes-appendix.html).
const (
	inTransaction    = "25001"
	noTransaction    = "25P01"
	unsafeEnumValue  = "55P04"
	syntaxError      = "42601"
	invalidTerminate = "2D000"
)

func TestClaims_WhatCannotRunInATransaction(t *testing.T) {
	url := shaped(t, apptest.NewPostgres(t)) // what is refused leaves nothing behind
	for _, sql := range []string{
		`CREATE INDEX CONCURRENTLY i ON "Asset"(n)`, `DROP INDEX CONCURRENTLY "Asset_n_idx"`, `REINDEX TABLE CONCURRENTLY "Asset"`, `REINDEX (CONCURRENTLY) INDEX "Asset_n_idx"`,
		`REINDEX SCHEMA public`, `VACUUM`, `VACUUM "Asset"`, `CLUSTER`, `CREATE DATABASE other`, `DROP DATABASE other`, `CREATE TABLESPACE t LOCATION '/nowhere'`,
		`DROP TABLESPACE t`, `ALTER DATABASE postgres SET TABLESPACE pg_default`, `ALTER SYSTEM SET work_mem = '8MB'`, `DISCARD ALL`, `COMMIT PREPARED 'x'`,
		`ROLLBACK PREPARED 'x'`, `ALTER TABLE part DETACH PARTITION part1 CONCURRENTLY`, `CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p`,
	} {
		t.Run(sql, func(t *testing.T) {
			for _, script := range []string{"SELECT 1;\n" + sql, sql + "; SELECT 1", "SELECT 1; COMMIT; " + sql, "BEGIN; COMMIT; " + sql} {
				assert.Equal(t, inTransaction, answer(t, url, script), script)
				assert.Equal(t, migration.Fails, said(t, script).Kind, script)
			}
		})
	}
	for script, code := range map[string]string{
		`LOCK TABLE "Asset"`:                   noTransaction,
		`DECLARE c CURSOR FOR SELECT 1`:        noTransaction,
		`SELECT 1; SAVEPOINT s`:                noTransaction,
		`SAVEPOINT s`:                          noTransaction,
		`SELECT 1; DO $$ BEGIN COMMIT; END $$`: invalidTerminate,
		`DO $$ BEGIN CREATE INDEX CONCURRENTLY i ON "Asset"(n); END $$`:                                                              inTransaction,
		`ALTER TYPE "Status" ADD VALUE 'B'; UPDATE "Asset" SET status = 'B'`:                                                         unsafeEnumValue,
		`ALTER TYPE "Status" ADD VALUE 'B'; ALTER TABLE "Asset" ALTER status SET DEFAULT 'B'; INSERT INTO "Asset" (id) VALUES ('2')`: unsafeEnumValue,
		`CREATE TYPE s AS ENUM (); ALTER TYPE s ADD VALUE 'B'; SELECT 'B'::s`:                                                        unsafeEnumValue, // allowed from 17 on
		"\uFEFFSELECT 1":         syntaxError,
		"SELECT 1;\n\\connect x": syntaxError,
	} {
		t.Run(script, func(t *testing.T) {
			assert.Equal(t, code, answer(t, url, script))
			found := all(script)
			require.NotEmpty(t, found)
			assert.Equal(t, migration.Fails, found[len(found)-1].Kind)
		})
	}
}

func TestClaims_WhatRunsInATransaction(t *testing.T) {
	server := apptest.NewPostgres(t)
	for _, sql := range []string{
		`CREATE INDEX i ON "Asset"(n)`, `REINDEX TABLE "Asset"`, `CLUSTER "Asset" USING "Asset_n_idx"`, `ANALYZE "Asset"`, `TRUNCATE "Asset"`, `LOCK TABLE "Asset"`,
		`DECLARE c CURSOR FOR SELECT 1`, `ALTER TYPE "Status" ADD VALUE 'B'`, `ALTER TYPE "Status" RENAME VALUE 'A' TO 'B'; UPDATE "Asset" SET status = 'B'`,
		`BEGIN; ALTER TYPE "Status" ADD VALUE 'B'; COMMIT; UPDATE "Asset" SET status = 'B'`,
		`REFRESH MATERIALIZED VIEW CONCURRENTLY seen`, `ALTER TABLE part DETACH PARTITION part1`, `DISCARD PLANS`, `SET LOCAL lock_timeout = '1s'`, `COMMIT`,
		`BEGIN; SAVEPOINT s; RELEASE s; COMMIT`, `CREATE SUBSCRIPTION s CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false)`, `ALTER TABLE "Asset" SET UNLOGGED`,
	} {
		t.Run(sql, func(t *testing.T) {
			script := "SELECT 1; " + sql
			assert.Empty(t, answer(t, shaped(t, server), script))
			for _, found := range all(script) {
				assert.NotEqual(t, migration.Fails, found.Kind, found.String())
			}
		})
	}
	for _, sql := range []string{"-- alone\n;VACUUM \"Asset\";\n;", `CREATE INDEX CONCURRENTLY i ON "Asset"(n)`, `DO $$ BEGIN COMMIT; END $$`, `DECLARE c CURSOR WITH HOLD FOR SELECT 1`, `REINDEX TABLE CONCURRENTLY "Asset"`} {
		t.Run(sql, func(t *testing.T) {
			assert.Empty(t, answer(t, shaped(t, server), sql))
			assert.NotEqual(t, migration.Fails, said(t, sql).Kind)
		})
	}
}

// file is where PostgreSQL keeps a table's rows: another one after a rewrite.
func file(t *testing.T, tx pgx.Tx) (node uint32) {
	t.Helper()
	require.NoError(t, tx.QueryRow(context.Background(), `SELECT pg_relation_filenode('"Asset"')`).Scan(&node))
	return node
}

func TestClaims_WhatRewritesATable(t *testing.T) {
	url := shaped(t, apptest.NewPostgres(t))
	for sql, rewrites := range map[string]bool{
		`ADD COLUMN c INT NOT NULL DEFAULT 0`: false, `ADD COLUMN c NUMERIC(10,4) DEFAULT 0 NOT NULL`: false,
		`ADD COLUMN c TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP`: false, `ADD COLUMN c TIMESTAMP DEFAULT now()`: false,
		`ADD COLUMN c TEXT DEFAULT lower('X') || md5('y')`: false, `ADD COLUMN c JSONB NOT NULL DEFAULT '{}'`: false,
		`ADD COLUMN c TEXT[] DEFAULT ARRAY[]::TEXT[]`: false, `ADD COLUMN c "Status" DEFAULT 'A'`: false,
		`ADD COLUMN c UUID DEFAULT gen_random_uuid()`: true, `ADD COLUMN c TIMESTAMP DEFAULT clock_timestamp()`: true, `ADD COLUMN c FLOAT DEFAULT random()`: true,
		`ADD COLUMN c SERIAL`: true, `ADD COLUMN c INT GENERATED BY DEFAULT AS IDENTITY`: true, `ADD COLUMN c INT GENERATED ALWAYS AS (n + 1) STORED`: true,
		`ALTER name TYPE VARCHAR(100)`: false, `ALTER name TYPE VARCHAR`: false, `ALTER name TYPE TEXT`: false, `ALTER note TYPE VARCHAR`: false, `ALTER name TYPE VARCHAR(50)`: false,
		`ALTER name TYPE VARCHAR(20)`: true, `ALTER note TYPE VARCHAR(50)`: true, `ALTER name TYPE CHAR(50)`: true,
		`ALTER price TYPE NUMERIC(12,2)`: false, `ALTER price TYPE NUMERIC`: false, `ALTER price TYPE NUMERIC(12,4)`: true, `ALTER price TYPE NUMERIC(8,2)`: true,
		`ALTER at TYPE TIMESTAMP(6)`: false, `ALTER at TYPE TIMESTAMP`: false, `ALTER at TYPE TIMESTAMP(0)`: true,
		`ALTER n TYPE BIGINT`: true, `ALTER status TYPE TEXT`: true, `ALTER n TYPE TEXT USING n::text`: true,
		`SET UNLOGGED`: true, `SET (fillfactor = 70)`: false, `ALTER n SET STATISTICS 10`: false, `ALTER n SET NOT NULL`: false,
	} {
		undone(t, url, sql, func(t *testing.T, tx pgx.Tx) {
			script := `ALTER TABLE "Asset" ` + sql
			before := file(t, tx)
			require.NoError(t, run(tx, script))
			assert.Equal(t, rewrites, file(t, tx) != before)
			assert.Equal(t, rewrites, strings.Contains(said(t, script).Why, "while it is rewritten"), said(t, script))
		})
	}
}

// The strongest lock on the table tells who waits meanwhile.
func TestClaims_WhoWaits(t *testing.T) {
	url := shaped(t, apptest.NewPostgres(t))
	const everyone, writers, nobody = "nobody reads or writes", "nobody writes", ""
	waits := map[string]string{
		"AccessExclusiveLock": everyone, "ExclusiveLock": writers, "ShareRowExclusiveLock": writers, "ShareLock": writers, "ShareUpdateExclusiveLock": nobody,
	}
	for sql, want := range map[string]string{
		`CREATE INDEX i ON "Asset"(n)`: writers, `REINDEX TABLE "Asset"`: writers, `CLUSTER "Asset" USING "Asset_n_idx"`: everyone,
		`ALTER TABLE "Asset" ADD CHECK (n > 0)`: everyone, `ALTER TABLE "Asset" ADD UNIQUE (n)`: everyone, `ALTER TABLE "Asset" ALTER n SET NOT NULL`: everyone,
		`ALTER TABLE "Asset" ADD FOREIGN KEY (owner) REFERENCES "User"(id)`: writers, `ALTER TABLE "Asset" SET UNLOGGED`: everyone,
		`ALTER TABLE "Asset" ALTER n TYPE BIGINT`: everyone, `ALTER TABLE "Asset" ADD c UUID DEFAULT gen_random_uuid()`: everyone, `ALTER TABLE "Asset" ADD c INT CHECK (c > 0)`: everyone,
		`ALTER TABLE "Asset" ADD c TEXT UNIQUE`: everyone, `ANALYZE "Asset"`: nobody,
	} {
		undone(t, url, sql, func(t *testing.T, tx pgx.Tx) {
			require.Equal(t, want, waitsFor(t, tx, sql, `"Asset"`, waits))
			if why := said(t, sql).Why; want == everyone {
				assert.Contains(t, why, everyone)
			} else {
				assert.NotContains(t, why, everyone)
				assert.Equal(t, want == writers, strings.Contains(why, writers), why)
			}
		})
	}

	const validate, refer = `ALTER TABLE "Asset" VALIDATE CONSTRAINT c`, `ALTER TABLE "Asset" ADD FOREIGN KEY (owner) REFERENCES "User"(id)`
	apptest.Exec(t, url, `ALTER TABLE "Asset" ADD CONSTRAINT c CHECK (n > 0) NOT VALID`)
	undone(t, url, validate, func(t *testing.T, tx pgx.Tx) {
		require.Equal(t, nobody, waitsFor(t, tx, validate, `"Asset"`, waits))
		assert.Contains(t, said(t, validate).Why, "lets others read and write meanwhile")
	})
	undone(t, url, refer, func(t *testing.T, tx pgx.Tx) {
		assert.Equal(t, writers, waitsFor(t, tx, refer, `"User"`, waits), "the table that is referred to")
	})
}

// waitsFor runs a statement and says who waits for the table until the transaction ends.
func waitsFor(t *testing.T, tx pgx.Tx, sql, table string, waits map[string]string) string {
	t.Helper()
	require.NoError(t, run(tx, sql))
	rows, err := tx.Query(context.Background(), fmt.Sprintf(`SELECT mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation = '%s'::regclass`, table))
	require.NoError(t, err)
	found := ""
	for rows.Next() {
		var mode string
		require.NoError(t, rows.Scan(&mode))
		if who := waits[mode]; len(who) > len(found) {
			found = who
		}
	}
	require.NoError(t, rows.Err())
	return found
}

// What the running version did before, it does after a migration: or the lint names it.
func TestClaims_WhatTheRunningVersionDoesNotSurvive(t *testing.T) {
	url := shaped(t, apptest.NewPostgres(t))
	const insert, again = `INSERT INTO "Asset" (id, n) VALUES ('2', 1)`, `INSERT INTO "Asset" (id, n) VALUES ('2', -1)`
	for _, one := range []struct {
		script, old string
		survives    bool
	}{
		{`ALTER TABLE "Asset" ADD c DECIMAL(65,30)`, insert, true},
		{`DELETE FROM "Asset"; ALTER TABLE "Asset" ADD c DECIMAL(65,30) NOT NULL`, insert, false},
		{`ALTER TABLE "Asset" ADD c DECIMAL(65,30) NOT NULL DEFAULT 0`, insert, true},
		{`ALTER TABLE "Asset" ADD c SERIAL NOT NULL`, insert, true},
		{`ALTER TABLE "Asset" ADD c INT NOT NULL GENERATED ALWAYS AS IDENTITY`, insert, true},
		{`ALTER TABLE "Asset" ALTER name DROP DEFAULT`, insert, false},
		{`ALTER TABLE "Asset" ALTER note SET DEFAULT 'o'`, insert, true},
		{`ALTER TABLE "Asset" DROP note`, `UPDATE "Asset" SET note = 'x'`, false},
		{`ALTER TABLE "Asset" RENAME note TO remark`, `UPDATE "Asset" SET note = 'x'`, false},
		{`ALTER TABLE "Asset" RENAME CONSTRAINT "Asset_pkey" TO other`, insert + ` ON CONFLICT (id) DO NOTHING`, true},
		{`ALTER TABLE "Asset" DROP CONSTRAINT "Asset_pkey"`, insert + ` ON CONFLICT (id) DO NOTHING`, false},
		{`DROP INDEX "Asset_n_idx"`, insert + ` ON CONFLICT (id) DO NOTHING`, true},
		{`CREATE UNIQUE INDEX i ON "Asset"(n)`, insert, false},
		{`ALTER TABLE "Asset" ADD c TEXT; CREATE UNIQUE INDEX i ON "Asset"(c)`, insert, true},
		{`ALTER TABLE "Asset" ADD c TEXT DEFAULT 'x'; CREATE UNIQUE INDEX i ON "Asset"(c)`, insert, false},
		{`ALTER TABLE "Asset" ADD c TEXT; CREATE UNIQUE INDEX i ON "Asset"(c) NULLS NOT DISTINCT`, insert, false},
		{`ALTER TABLE "Asset" ADD CHECK (n > 0) NOT VALID`, again, false},
		{`ALTER TABLE "Asset" ADD FOREIGN KEY (owner) REFERENCES "User"(id) NOT VALID`, `UPDATE "Asset" SET owner = 'x'`, false},
		{`ALTER TABLE "Asset" ADD c TEXT; ALTER TABLE "Asset" ADD FOREIGN KEY (c) REFERENCES "User"(id)`, insert, true},
		{`ALTER TABLE "Asset" ADD c INT CHECK (c > 0)`, insert, true},
		{`ALTER TABLE "Asset" ALTER note SET NOT NULL`, `UPDATE "Asset" SET note = NULL`, false},
		{`ALTER TABLE "Asset" ALTER name DROP NOT NULL`, insert, true},
		{`ALTER TABLE "Asset" ALTER name TYPE VARCHAR(100)`, insert, true},
		{`ALTER TABLE "Asset" ALTER n SET NOT NULL; ALTER TABLE "Asset" ALTER n ADD GENERATED ALWAYS AS IDENTITY`, insert, false},
		{`ALTER DOMAIN positive ADD CHECK (VALUE > 0) NOT VALID`, `INSERT INTO counted VALUES (-1)`, false},
		{`ALTER DOMAIN positive SET NOT NULL`, `INSERT INTO counted VALUES (NULL)`, false},
		{`ALTER TYPE "Status" RENAME VALUE 'A' TO 'B'`, `UPDATE "Asset" SET status = 'A'`, false},
		{`CREATE TABLE other (id INT)`, insert, true},
	} {
		undone(t, url, one.script, func(t *testing.T, tx pgx.Tx) {
			require.NoError(t, run(tx, one.script))
			assert.Equal(t, one.survives, run(tx, one.old) == nil, one.old)
			breaks := slices.ContainsFunc(all(one.script), func(found migration.Finding) bool { return found.Kind.Breaks() })
			assert.Equal(t, !one.survives, breaks)
		})
	}
}
