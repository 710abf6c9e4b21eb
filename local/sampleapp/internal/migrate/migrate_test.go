package migrate_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/sampleapp/internal/apptest"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/migrate"
)

// These tests run against a real PostgreSQL. That the words are Prisma's of today they do not prove: nothing here has
// Prisma to compare with.

const (
	first  = "20250101000000_first"
	second = "20250102000000_second"
	create = `CREATE TABLE "First" ("id" TEXT PRIMARY KEY);`
)

// folderOf writes migrations, given as name and SQL in turn.
func folderOf(t *testing.T, migrations ...string) string {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "migration_lock.toml"), []byte("provider = \"postgresql\"\n"), 0o644))
	for i := 0; i < len(migrations); i += 2 {
		require.NoError(t, os.Mkdir(filepath.Join(folder, migrations[i]), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(folder, migrations[i], migrate.File), []byte(migrations[i+1]), 0o644))
	}
	return folder
}

type outcome struct {
	code     int
	out, err string
}

func call(url, folder string, args ...string) outcome {
	var out, err strings.Builder
	code := migrate.Command{DatabaseURL: url, Folder: folder, Out: &out, Err: &err, LockTimeout: 50 * time.Millisecond}.Run(context.Background(), args)
	return outcome{code, out.String(), err.String()}
}

func TestMigrate(t *testing.T) {
	server := apptest.NewPostgres(t)
	for name, test := range map[string]func(*testing.T, string){
		"deploys, and then there is nothing to do": deploysOnce,
		"pending is exit code 1":                   tellsPending,
		"a failing script stops everything":        failsAndStaysFailed,
		"one failed script leaves nothing behind":  rollsBack,
		"a script's own transaction is ended":      endsItsTransaction,
		"the lock is waited for and given back":    locks,
		"a foreign schema is refused":              refusesForeign,
		"histories that part are told":             tellsParting,
		"a newer database is up to date":           acceptsNewer,
		"no migrations":                            noMigrations,
		"a folder without a script":                noScript,
		"another schema":                           otherSchema,
		"the lock file of another database":        otherProvider,
		"a script in UTF-16":                       wideScript,
		"a byte order mark":                        marked,
		"an empty script":                          emptyScript,
		"what failed is resolved by a person":      resolves,
	} {
		t.Run(name, func(t *testing.T) { test(t, server.Database(t)) })
	}
}

func deploysOnce(t *testing.T, url string) {
	folder := folderOf(t, first, create, second, `ALTER TABLE "First" ADD COLUMN "name" TEXT; CREATE INDEX ON "First" ("name");`)
	got := call(url, folder, "deploy")
	assert.Equal(t, 0, got.code, got.err)
	assert.Contains(t, got.out, "Datasource \"db\": PostgreSQL database \"")
	assert.Contains(t, got.out, "2 migrations found in prisma/migrations\n")
	assert.Contains(t, got.out, "Applying migration `"+first+"`\nApplying migration `"+second+"`\n")
	assert.Contains(t, got.out, "The following migration(s) have been applied:\n\nmigrations/\n  └─ "+first+"/\n    └─ migration.sql\n")
	assert.Contains(t, got.out, "All migrations have been successfully applied.\n")
	assert.Empty(t, got.err)

	got = call(url, folder, "status")
	assert.Equal(t, 0, got.code)
	assert.Contains(t, got.out, "Database schema is up to date!\n")
	got = call(url, folder, "deploy")
	assert.Equal(t, 0, got.code)
	assert.Contains(t, got.out, "No pending migrations to apply.\n")

	var checksum string
	var steps, finished int
	err := apptest.Connect(t, url).QueryRow(context.Background(), `SELECT min("checksum"), min("applied_steps_count"), count("finished_at")
		FROM "_prisma_migrations" WHERE "id" ~ '^[0-9a-f-]{36}$'`).Scan(&checksum, &steps, &finished)
	require.NoError(t, err)
	assert.Len(t, checksum, 64)
	assert.Equal(t, []int{1, 2}, []int{steps, finished})
}

func tellsPending(t *testing.T, url string) {
	got := call(url, folderOf(t, first, create), "status")
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.out, "\n1 migration found in prisma/migrations\nFollowing migration have not yet been applied:\n"+first+"\n")
	got = call(url, folderOf(t, first, create, second, create), "status")
	assert.Contains(t, got.out, "Following migrations have not yet been applied:\n"+first+"\n"+second+"\n\n")
	assert.Contains(t, got.out, "To apply migrations in production run prisma migrate deploy.\n")
}

func failsAndStaysFailed(t *testing.T, url string) {
	folder := folderOf(t, first, create, second, `CREATE TABLE "First" ("id" TEXT);`)
	got := call(url, folder, "deploy")
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.err, "Error: P3018\n\nA migration failed to apply. New migrations cannot be applied before the error is recovered from. ")
	assert.Contains(t, got.err, "\n\nMigration name: "+second+"\n\nDatabase error code: 42P07\n\nDatabase error:\nERROR: relation \"First\" already exists\n")

	for range 2 { // and again, and again
		got = call(url, folder, "deploy")
		assert.Equal(t, 1, got.code)
		assert.Regexp(t, "Error: P3009\n\nmigrate found failed migrations in the target database, new migrations will not be applied. "+
			"Read more .*\nThe `"+second+"` migration started at [0-9-]{10} [0-9:.]+ UTC failed with the following logs:\nA migration failed", got.err)
	}
	got = call(url, folder, "status")
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.err, "Following migration have failed:\n"+second+"\n")
	assert.Contains(t, got.err, `prisma migrate resolve --rolled-back "`+second+`"`)

	assert.Equal(t, 0, call(url, folder, "resolve", "--rolled-back", second).code)
	mended := folderOf(t, first, create, second, `CREATE TABLE "Second" ("id" TEXT);`)
	assert.Equal(t, 0, call(url, mended, "deploy").code, "what was rolled back is applied anew")
	assert.Equal(t, 0, call(url, mended, "status").code)
}

func rollsBack(t *testing.T, url string) {
	folder := folderOf(t, first, create+` SELECT no_such_function();`)
	require.Equal(t, 1, call(url, folder, "deploy").code)
	var left bool
	require.NoError(t, apptest.Connect(t, url).QueryRow(context.Background(), `SELECT to_regclass('"First"') IS NOT NULL`).Scan(&left))
	assert.False(t, left, "a script is one transaction")
}

func endsItsTransaction(t *testing.T, url string) {
	folder := folderOf(t, first, "BEGIN;\n"+create+"\nSELECT 1/0;\nCOMMIT;")
	got := call(url, folder, "deploy")
	assert.Contains(t, got.err, "Database error code: 22012")
	assert.Contains(t, call(url, folder, "deploy").err, "P3009", "the failure was recorded")
}

func locks(t *testing.T, url string) {
	folder := folderOf(t, first, create)
	other := apptest.Connect(t, url)
	_, err := other.Exec(context.Background(), "SELECT pg_advisory_lock(72707369)")
	require.NoError(t, err)
	got := call(url, folder, "deploy")
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.err, "Error: P1002\n\nThe database server at `127.0.0.1:")
	assert.Contains(t, got.err, "Context: Timed out trying to acquire a postgres advisory lock (SELECT pg_advisory_lock(72707369)). Elapsed: 50ms. ")
	assert.Equal(t, 1, call(url, folder, "status").code, "status does not wait")
	_, err = other.Exec(context.Background(), "SELECT pg_advisory_unlock(72707369)")
	require.NoError(t, err)
	assert.Equal(t, 0, call(url, folder, "deploy").code)
	assert.Equal(t, 0, call(url, folder, "deploy").code, "the lock was given back")
}

func refusesForeign(t *testing.T, url string) {
	apptest.Exec(t, url, `CREATE TABLE foreign_table (id int)`)
	folder := folderOf(t, first, create)
	got := call(url, folder, "deploy")
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.err, "Error: P3005\n\nThe database schema is not empty.")
	got = call(url, folder, "status")
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.err, "The current database is not managed by Prisma Migrate.")
}

func tellsParting(t *testing.T, url string) {
	require.Equal(t, 0, call(url, folderOf(t, first, create, second, "SELECT 1"), "deploy").code)
	got := call(url, folderOf(t, first, create, "20250103000000_third", "SELECT 1"), "status")
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.err, "The last common migration is: "+first+"\n\nThe migration have not yet been applied:\n20250103000000_third\n")
	assert.Contains(t, got.err, "not found locally in prisma/migrations:\n"+second+"\n")
}

func acceptsNewer(t *testing.T, url string) {
	require.Equal(t, 0, call(url, folderOf(t, first, create, second, "SELECT 1"), "deploy").code)
	older := folderOf(t, first, create)
	assert.Equal(t, 0, call(url, older, "status").code)
	assert.Equal(t, 0, call(url, older, "deploy").code)
}

func noMigrations(t *testing.T, url string) {
	folder := filepath.Join(t.TempDir(), "none")
	assert.Contains(t, call(url, folder, "status").out, "No migration found in prisma/migrations\n")
	assert.Equal(t, 0, call(url, folder, "deploy").code)
}

func noScript(t *testing.T, url string) {
	folder := folderOf(t)
	require.NoError(t, os.Mkdir(filepath.Join(folder, first), 0o755))
	got := call(url, folder, "deploy")
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.err, "Error: P3015\n\nCould not find the migration file at prisma/migrations/"+first+"/migration.sql.")
}

func otherSchema(t *testing.T, url string) {
	apptest.Exec(t, url, `CREATE SCHEMA tenant`)
	url = strings.Replace(url, "schema=public", "schema=tenant", 1)
	assert.Contains(t, call(url, folderOf(t, first, create), "deploy").out, `schema "tenant"`)
	apptest.Exec(t, url, `SELECT 1 FROM tenant."First", tenant."_prisma_migrations"`)
}

func otherProvider(t *testing.T, url string) {
	folder := folderOf(t, first, create)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "migration_lock.toml"), []byte("# note\nprovider = \"mysql\"\n"), 0o644))
	for _, command := range []string{"deploy", "status"} {
		got := call(url, folder, command)
		assert.Equal(t, 1, got.code)
		assert.Contains(t, got.err, "Error: P3019\n\nThe datasource provider `postgresql` specified in your schema does not match the one specified in the migration_lock.toml, `mysql`.")
	}
	require.NoError(t, os.Remove(filepath.Join(folder, "migration_lock.toml")))
	assert.Equal(t, 0, call(url, folder, "deploy").code, "it is not needed")
}

func wideScript(t *testing.T, url string) {
	folder := folderOf(t, first, "\xFF\xFES\x00E\x00L\x00E\x00C\x00T\x00 \x001\x00")
	got := call(url, folder, "deploy")
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.err, "Error: P3018\n\n")
	assert.Contains(t, call(url, folder, "deploy").err, "P3009", "a person has to resolve it: the preview has to refuse it before")
}

func marked(t *testing.T, url string) {
	got := call(url, folderOf(t, first, "\uFEFF-- note\nSELECT 1"), "deploy")
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.err, "Database error code: 42601\n\nDatabase error:\nERROR: syntax error at or near \"\uFEFF\"")
}

func emptyScript(t *testing.T, url string) {
	folder := folderOf(t, first, "", second, "-- nothing yet\n;")
	got := call(url, folder, "deploy")
	assert.Equal(t, 0, got.code, got.err)
	assert.Equal(t, 0, call(url, folder, "status").code)
}

func TestMigrate_WithoutADatabase(t *testing.T) {
	server := apptest.NewPostgres(t)
	url := server.Database(t)
	got := call(strings.Replace(url, "/test1?", "/nowhere?", 1), t.TempDir(), "deploy")
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.err, "Error: P1003: Database `nowhere` does not exist")
	server.Stop()
	for _, command := range []string{"status", "deploy"} {
		got = call(url, t.TempDir(), command)
		assert.Equal(t, 1, got.code)
		assert.Regexp(t, "^Error: P1001: Can't reach database server at `127.0.0.1:[0-9]+`\n\nPlease make sure", got.err)
		assert.NotContains(t, got.err+got.out, "secret")
	}
	got = call("postgresql://me:secret@host:notaport/x", t.TempDir(), "status")
	assert.Equal(t, 1, got.code)
	assert.NotContains(t, got.err+got.out, "secret")
	assert.Equal(t, 1, call(url, t.TempDir(), "reset").code)
}

func TestCommand_WaitsTenSecondsForTheLock(t *testing.T) {
	assert.Equal(t, 10*time.Second, migrate.DefaultLockTimeout)
}
