package toolchain

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests build a module without dependencies. That the real modules build, with what the module proxy has, the
// end-to-end test proves.

func module(t *testing.T) (Tools, string) {
	t.Helper()
	tools := Open(t.TempDir())
	folder := filepath.Join(tools.Root, "local")
	write(t, filepath.Join(folder, "go.mod"), "module example.test/local\n\ngo 1.26\n")
	write(t, filepath.Join(folder, "go.sum"), "")
	write(t, filepath.Join(folder, "main.go"), "package main\n\nfunc main() {}\n")
	write(t, filepath.Join(folder, "a", "part.go"), "package part\n")
	write(t, filepath.Join(folder, "schema.json"), "{}")
	return tools, folder
}

func TestFingerprint_ChangesWithWhatIsCompiledAndNothingElse(t *testing.T) {
	for name, row := range map[string]struct {
		change  func(t *testing.T, folder string)
		own     bool
		differs bool
	}{
		"nothing": {own: true, change: func(*testing.T, string) {}},
		"another time": {own: true, change: func(t *testing.T, folder string) {
			require.NoError(t, os.Chtimes(filepath.Join(folder, "main.go"), time.Unix(1, 0), time.Unix(1, 0)))
		}},
		"a test":     {own: true, change: func(t *testing.T, folder string) { write(t, filepath.Join(folder, "x_test.go"), "package main\n") }},
		"a document": {own: true, change: func(t *testing.T, folder string) { write(t, filepath.Join(folder, "README.md"), "new") }},
		"a source": {own: true, differs: true, change: func(t *testing.T, folder string) {
			write(t, filepath.Join(folder, "main.go"), "package main\n\nfunc main() { }\n")
		}},
		"a new source":       {own: true, differs: true, change: func(t *testing.T, folder string) { write(t, filepath.Join(folder, "b.go"), "package main\n") }},
		"an embedded schema": {own: true, differs: true, change: func(t *testing.T, folder string) { write(t, filepath.Join(folder, "schema.json"), "[]") }},
		"a source moved to another package": {own: true, differs: true, change: func(t *testing.T, folder string) {
			require.NoError(t, os.Rename(filepath.Join(folder, "a"), filepath.Join(folder, "b")))
		}},
		"a pinned version":            {differs: true, change: func(t *testing.T, folder string) { write(t, filepath.Join(folder, "go.sum"), "x v1 h1:\n") }},
		"a source of a pinned module": {change: func(t *testing.T, folder string) { write(t, filepath.Join(folder, "main.go"), "package other\n") }},
	} {
		t.Run(name, func(t *testing.T) {
			_, folder := module(t)
			before, err := fingerprint(folder, row.own)
			require.NoError(t, err)
			row.change(t, folder)
			after, err := fingerprint(folder, row.own)
			require.NoError(t, err)
			assert.Equal(t, row.differs, before != after)
		})
	}
}

func TestFingerprint_FailsWithoutAModule(t *testing.T) {
	_, err := fingerprint(t.TempDir(), true)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestBuild_MakesOnlyWhatIsNotThereYet(t *testing.T) {
	tools, folder := module(t)
	target := filepath.Join(tools.Bin(), "program")
	build := func() (string, error) { return tools.build(context.Background(), ".", ".", target) }
	mark := func() { require.NoError(t, os.WriteFile(target, []byte("marked"), 0o755)) }
	marked := func() bool {
		text, err := os.ReadFile(target)
		require.NoError(t, err)
		return string(text) == "marked"
	}
	made, err := build()
	require.NoError(t, err)
	assert.Equal(t, target, made)

	mark()
	_, err = build()
	require.NoError(t, err)
	assert.True(t, marked(), "the same sources are not built twice")

	write(t, filepath.Join(folder, "more.go"), "package main\n")
	_, err = build()
	require.NoError(t, err)
	assert.False(t, marked(), "other sources are built")

	mark()
	write(t, filepath.Join(folder, "more.go"), "package main\n\nfunc broken( {\n")
	_, err = build()
	require.ErrorContains(t, err, "go build .: ")
	require.ErrorContains(t, err, "more.go:3")
	assert.True(t, marked(), "a failed build leaves what was there")

	require.NoError(t, os.Remove(target))
	write(t, filepath.Join(folder, "more.go"), "package main\n")
	_, err = build()
	require.NoError(t, err)
	assert.False(t, marked(), "what was deleted is built")
}

func TestTail_IsTheEnd(t *testing.T) {
	assert.Equal(t, "b\nc", tail("a\nb\nc\n", 2))
	assert.Equal(t, "a", tail("a", 2))
}
