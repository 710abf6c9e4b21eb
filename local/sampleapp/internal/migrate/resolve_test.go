package migrate_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func resolves(t *testing.T, url string) {
	folder := folderOf(t, first, create, second, "SELECT 1/0")
	got := call(url, folder, "resolve", "--rolled-back", first)
	assert.Equal(t, 1, got.code)
	assert.Contains(t, got.err, "Error: P3011\n\nMigration `"+first+"` cannot be rolled back because it was never applied to the database.")
	require.Equal(t, 1, call(url, folder, "deploy").code)
	for want, args := range map[string][]string{
		"Error: P3012\n\nMigration `" + first + "` cannot be rolled back because it is not in a failed state.\n": {"--rolled-back", first},
		"Error: P3008\n\nThe migration `" + first + "` is already recorded as applied in the database.\n":        {"--applied", first},
		"Error: P3017\n\nThe migration nowhere could not be found.":                                              {"--applied", "nowhere"},
		"usage: ": {"--done", first},
	} {
		got := call(url, folder, append([]string{"resolve"}, args...)...)
		assert.Equal(t, 1, got.code)
		assert.Contains(t, got.err, want)
	}

	got = call(url, folder, "resolve", "--rolled-back", second)
	assert.Equal(t, 0, got.code, got.err)
	assert.Contains(t, got.out, "Migration "+second+" marked as rolled back.\n")
	assert.Contains(t, call(url, folder, "deploy").err, "P3018", "it is tried again")
	got = call(url, folder, "resolve", "--applied", second)
	assert.Equal(t, 0, got.code, got.err)
	assert.Contains(t, got.out, "Migration "+second+" marked as applied.\n")
	assert.Equal(t, 0, call(url, folder, "deploy").code)
	assert.Equal(t, 0, call(url, folder, "status").code)
}
