package lint

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The tests of this package parse for themselves: what an earlier run has kept is not looked at.
func TestMain(m *testing.M) {
	if os.Getenv(onceEnv) != "" { // see benchmark_test.go
		once()
		return
	}
	folder, err := os.MkdirTemp("", "lint-test-")
	if err != nil {
		panic(err)
	}
	_ = os.Setenv("XDG_CACHE_HOME", folder)
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// counted is a parser that counts what it is asked.
func counted(calls *int) language {
	return language{"counted", func(text string) (string, error) {
		*calls++
		if text == "bad" {
			return "", errors.New("syntax error")
		}
		return `{"text":"` + text + `"}`, nil
	}}
}

func TestTrees_AreKeptForTheNextProcess(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "made", "when needed")
	calls := 0
	for range 2 { // each is a process
		process := newTrees(folder)
		for range 2 {
			tree, err := process.parse(counted(&calls), "a")
			require.NoError(t, err)
			assert.JSONEq(t, `{"text":"a"}`, string(tree))
		}
	}
	assert.Equal(t, 1, calls)
	_, err := newTrees(folder).parse(language{"other", counted(&calls).parse}, "a")
	require.NoError(t, err)
	assert.Equal(t, 2, calls, "another grammar has other trees")

	about, err := os.Stat(folder)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o700), about.Mode().Perm())
	files, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, files, 2)
	for _, file := range files {
		info, err := file.Info()
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		require.NoError(t, os.WriteFile(filepath.Join(folder, file.Name()), []byte(`{"text":`), 0o600)) // as a full disk leaves it
	}
	tree, err := newTrees(folder).parse(counted(&calls), "a")
	require.NoError(t, err)
	assert.JSONEq(t, `{"text":"a"}`, string(tree))
	assert.Equal(t, 3, calls, "what is damaged is made anew")
}

func TestTrees_NeedNoFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for _, folder := range []string{"", file, filepath.Join(file, "below")} {
		calls := 0
		for range 2 {
			_, err := newTrees(folder).parse(counted(&calls), "a")
			require.NoError(t, err)
		}
		assert.Equal(t, 2, calls, folder)
	}
}

func TestTrees_KeepNoErrors(t *testing.T) {
	folder, calls := t.TempDir(), 0
	for range 2 {
		_, err := newTrees(folder).parse(counted(&calls), "bad")
		require.EqualError(t, err, "syntax error")
	}
	assert.Equal(t, 2, calls)
	_, err := newTrees(folder).parse(language{"crashes", func(string) (string, error) { panic("unreachable") }}, "a")
	require.ErrorContains(t, err, "PostgreSQL's parser crashed: unreachable")
	files, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Empty(t, files)
}

// Trees of another version of the parser are not read.
func TestParserVersion_IsTheModules(t *testing.T) {
	text, err := os.ReadFile("../../../go.mod")
	require.NoError(t, err)
	assert.Contains(t, string(text), "github.com/wasilibs/go-pgquery "+parserVersion+"\n")
	tree, err := newTrees("").parse(sql, "SELECT 1")
	require.NoError(t, err)
	assert.Contains(t, string(tree), `"version":17`)
	assert.Equal(t, 17, Grammar)
}
