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
	assert.Equal(t, Set{{Name: "20250901090000_first", SQL: "A"}, {Name: "20250922090000_second", SQL: "B"}}, set)
	assert.Equal(t, Set{{Name: "20250922090000_second", SQL: "B"}}, set.Without([]string{"20250901090000_first", "gone"}))
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
	first := Set{{Name: "a", SQL: "SELECT 1"}, {Name: "b", SQL: ""}}
	assert.Regexp(t, `^sha256:[0-9a-f]{64}$`, first.Hash())
	assert.Equal(t, first.Hash(), Set{{Name: "a", SQL: "SELECT 1"}, {Name: "b", SQL: ""}}.Hash())
	for name, other := range map[string]Set{
		"another script": {{Name: "a", SQL: "SELECT 2"}, {Name: "b", SQL: ""}}, "another name": {{Name: "c", SQL: "SELECT 1"}, {Name: "b", SQL: ""}},
		"one less": {{Name: "a", SQL: "SELECT 1"}}, "the same text, cut elsewhere": {{Name: "aSELECT 1", SQL: ""}, {Name: "b", SQL: ""}}, "none": nil,
	} {
		assert.NotEqual(t, first.Hash(), other.Hash(), name)
	}
}
