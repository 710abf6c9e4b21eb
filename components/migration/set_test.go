package migration

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func folder(scripts map[string]string) fstest.MapFS {
	files := fstest.MapFS{"migration_lock.toml": {Data: []byte(`provider = "postgresql"`)}}
	for name, sql := range scripts {
		files[name+"/migration.sql"] = &fstest.MapFile{Data: []byte(sql), Mode: 0o644}
	}
	return files
}

func TestRead_IsInPrismasOrder(t *testing.T) {
	set, err := Read(folder(map[string]string{"20250922090000_second": "B", "20250901090000_first": "A"}))
	require.NoError(t, err)
	assert.Equal(t, Set{{"20250901090000_first", "A"}, {"20250922090000_second", "B"}}, set)
	assert.Equal(t, Set{{"20250922090000_second", "B"}}, set.Without([]string{"20250901090000_first", "gone"}))
}

func TestRead_WantsAScriptInEachFolder(t *testing.T) {
	files := folder(nil)
	files["20250901090000_empty/note.txt"] = &fstest.MapFile{}
	_, err := Read(files)
	require.ErrorContains(t, err, "migration 20250901090000_empty")
	_, err = Read(fstest.MapFS{"other": {}})
	require.NoError(t, err, "a folder without migrations is a release without a database")
}

func TestHash_TellsSetsApart(t *testing.T) {
	first := Set{{"a", "SELECT 1"}, {"b", ""}}
	assert.Regexp(t, `^sha256:[0-9a-f]{64}$`, first.Hash())
	assert.Equal(t, first.Hash(), Set{{"a", "SELECT 1"}, {"b", ""}}.Hash())
	for name, other := range map[string]Set{
		"another script": {{"a", "SELECT 2"}, {"b", ""}}, "another name": {{"c", "SELECT 1"}, {"b", ""}},
		"one less": {{"a", "SELECT 1"}}, "the same text, cut elsewhere": {{"aSELECT 1", ""}, {"b", ""}}, "none": nil,
	} {
		assert.NotEqual(t, first.Hash(), other.Hash(), name)
	}
}

func TestLint_NamesWhatOldCodeDoesNotSurvive(t *testing.T) {
	for sql, line := range map[string]int{
		`DROP TABLE "Asset";`:                                          1,
		"-- away\n\ndrop   table asset":                                3,
		`ALTER TABLE "Asset" DROP COLUMN "owner";`:                     1,
		`ALTER TABLE "Asset" DROP "owner"`:                             1,
		`ALTER TABLE asset DROP owner;`:                                1,
		`ALTER TABLE "Asset" RENAME TO "Thing";`:                       1,
		`ALTER TABLE "Asset" RENAME COLUMN "a" TO "b";`:                1,
		`ALTER TABLE "Asset" ALTER COLUMN "n" TYPE BIGINT;`:            1,
		`ALTER TABLE a ALTER n SET DATA TYPE TEXT;`:                    1,
		`ALTER TABLE "Asset" ALTER COLUMN "n" SET NOT NULL;`:           1,
		`ALTER TABLE "Asset" ALTER COLUMN "n" DROP DEFAULT;`:           1,
		"SELECT 1;\nALTER TABLE \"A\" ADD COLUMN \"n\" TEXT NOT NULL;": 2,
		`TRUNCATE "Asset";`:                                            1, `DELETE FROM "Asset" WHERE x = 1;`: 1, `ALTER TYPE "Role" RENAME VALUE 'A' TO 'B';`: 1,
		"ALTER TABLE \"A\" ADD COLUMN \"x\" INT,\nDROP COLUMN \"y\";": 1,
	} {
		found := Set{{"20251001_x", sql}}.Lint()
		if assert.Len(t, found, 1, sql) {
			assert.Equal(t, line, found[0].Line, sql)
			assert.Contains(t, found[0].String(), "20251001_x line ")
		}
	}
}

func TestLint_LetsPassWhatOldCodeSurvives(t *testing.T) {
	for _, sql := range []string{
		`CREATE TABLE "Asset" ("id" TEXT NOT NULL, "droppedAt" TIMESTAMP);`,
		`ALTER TABLE "Asset" ADD COLUMN "processedAt" TIMESTAMP(3);`,
		`ALTER TABLE "Asset" ADD COLUMN "n" INT NOT NULL DEFAULT 0, ADD COLUMN "m" TEXT;`,
		`ALTER TABLE "Asset" DROP CONSTRAINT "Asset_pkey";`,
		`ALTER TABLE "Asset" ALTER COLUMN "n" DROP NOT NULL;`,
		`DROP INDEX "Asset_name_key";`,
		`CREATE INDEX "i" ON "Asset"("DROP TABLE");`,
		`-- DROP TABLE "Asset";`, `/* DROP TABLE x; */ SELECT 1;`,
		`INSERT INTO "Note" VALUES ('DROP TABLE x; it''s');`,
		"DO $$ BEGIN DELETE FROM x; END $$;", // what a body does is not looked at
		`CREATE INDEX CONCURRENTLY e ON t(e);`,
	} {
		assert.Empty(t, Set{{"m", sql}}.Lint(), sql)
	}
}
