package record

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Golden compares the graph's text with testdata/<name>.graph. Running the tests with UPDATE_GOLDEN=1 writes
// the file instead; the difference is then for a reviewer to read.
func (g *Graph) Golden(t testing.TB, name string) {
	t.Helper()
	Golden(t, name+".graph", g.String())
}

// Golden compares text with testdata/<file>, or writes it when UPDATE_GOLDEN=1.
func Golden(t testing.TB, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if os.Getenv("UPDATE_GOLDEN") == "1" {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "`make golden` writes golden files")
	assert.Equal(t, string(want), got, "the graph differs from %s; if that is meant, `make golden` rewrites it", path)
}
