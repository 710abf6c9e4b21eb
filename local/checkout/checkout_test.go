package checkout

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func write(t *testing.T, folder string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(folder, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
}

func TestClone_HasWhatIsNotCommittedYet(t *testing.T) {
	root, folder := t.TempDir(), filepath.Join(t.TempDir(), "clone")
	write(t, root, map[string]string{"kept": "1", "changed": "1", "gone": "1", "moved": "1", ".gitignore": "/.local/\n", ".local/run": "ignored"})
	require.NoError(t, Commit(t.Context(), root, "first"))
	write(t, root, map[string]string{"changed": "2", "in/new one": "2"})
	write(t, root, map[string]string{"staged": "2"})
	_, err := Git(t.Context(), root, "add", "staged")
	require.NoError(t, err)
	_, err = Git(t.Context(), root, "mv", "moved", "moved here")
	require.NoError(t, err)
	require.NoError(t, os.Remove(filepath.Join(root, "gone")))
	require.NoError(t, os.Chmod(filepath.Join(root, "kept"), 0o755))
	require.NoError(t, os.Symlink("kept", filepath.Join(root, "link")))

	require.NoError(t, Clone(t.Context(), root, folder))
	files, err := Git(t.Context(), folder, "ls-files")
	require.NoError(t, err)
	assert.Equal(t, ".gitignore\nchanged\nin/new one\nkept\nlink\nmoved here\nstaged\n", files)
	text, err := os.ReadFile(filepath.Join(folder, "changed"))
	require.NoError(t, err)
	assert.Equal(t, "2", string(text))
	mode, err := os.Stat(filepath.Join(folder, "kept"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o755), mode.Mode().Perm())
	target, err := os.Readlink(filepath.Join(folder, "link"))
	require.NoError(t, err)
	assert.Equal(t, "kept", target)
	assert.NoFileExists(t, filepath.Join(folder, ".local", "run"))

	changed, err := Changed(t.Context(), folder)
	require.NoError(t, err)
	assert.Empty(t, changed)
	write(t, folder, map[string]string{"kept": "3", "more": "3"})
	changed, err = Changed(t.Context(), folder)
	require.NoError(t, err)
	assert.Equal(t, " M kept\n?? more\n", changed)

	theirs, err := Git(t.Context(), root, "rev-list", "--count", "HEAD")
	require.NoError(t, err)
	assert.Equal(t, "1\n", theirs, "the checkout is left as it is")
}

func TestClone_FailsOutsideARepository(t *testing.T) {
	require.ErrorContains(t, Clone(t.Context(), t.TempDir(), filepath.Join(t.TempDir(), "clone")), "git clone in ")
}

func TestCommit_OnlyADifference(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, map[string]string{"a": "1"})
	for range 2 {
		require.NoError(t, Commit(t.Context(), folder, "same"))
	}
	count, err := Git(t.Context(), folder, "rev-list", "--count", "HEAD")
	require.NoError(t, err)
	assert.Equal(t, "1\n", count)
}
