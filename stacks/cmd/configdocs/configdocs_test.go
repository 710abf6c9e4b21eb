package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests prove that docs/config.md is what the types' comments say today. They do not prove that a comment is true
// of its code.

func TestConfigDocs_AreUpToDate(t *testing.T) {
	want, err := generate("../../..")
	require.NoError(t, err)
	got, err := os.ReadFile("../../../docs/config.md")
	require.NoError(t, err)
	assert.Equal(t, want, string(got), "run `go run ./stacks/cmd/configdocs > docs/config.md` and read the difference")
}

func TestGenerate_SaysWhatComesFromWhere(t *testing.T) {
	text, err := generate("../../..")
	require.NoError(t, err)
	for _, row := range []string{
		"| `maxStorageGiB` | whole number | yes | `maxStorageGiB` is where automatic growth ends: at least a tenth above storageGiB. |  |",
		"| `nat` | `none`, `single`, `perZone` | yes |",
		"| *name*.`health.timeoutSeconds` | whole number | no; default 4 |",
		"| Changing this replaces the database. |",
	} {
		assert.Contains(t, text, row)
	}
}

func TestSplit_TakesOutWhatChangingDoes(t *testing.T) {
	meaning, change := split("It is a class, e.g. db.t4g.medium. Changing it replaces X. Both hold.")
	assert.Equal(t, "It is a class, e.g. db.t4g.medium. Both hold.", meaning)
	assert.Equal(t, "Changing it replaces X.", change)
}

func TestNeeded_FindsTheDefault(t *testing.T) {
	for text, want := range map[string]string{
		"Strength, 16 to 64. Default: 32.":     "no; default 32",
		"Where it listens; default none.":      "no; default none",
		"The file; `Dockerfile` when left out": "no; default `Dockerfile`",
		"None when left out.":                  "no; default none",
		"Needed with a route.":                 "no",
	} {
		assert.Equal(t, want, needed(true, text))
	}
	assert.Equal(t, "yes", needed(false, "Default: 32."))
}
