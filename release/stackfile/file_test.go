package stackfile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func written(t *testing.T) (File, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "Pulumi.production.yaml")
	require.NoError(t, os.WriteFile(path, []byte("config:\n  a: b\n"), 0o600))
	stackFile, err := Read(path)
	require.NoError(t, err)
	return stackFile, path
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// alone wants nothing but the stack file in its folder.
func alone(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, entries, 1)
}

func TestFile_IsReplacedAndRestored(t *testing.T) {
	stackFile, path := written(t)
	require.NoError(t, stackFile.Replace([]byte("new")))
	assert.Equal(t, "new", content(t, path))
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.NoError(t, stackFile.Restore([]byte("new")))
	assert.Equal(t, "config:\n  a: b\n", content(t, path))
	alone(t, path)
}

func TestFile_OfSomebodyElseIsLeftAlone(t *testing.T) {
	stackFile, path := written(t)
	require.NoError(t, os.WriteFile(path, []byte("theirs"), 0o600))
	for _, err := range []error{stackFile.Replace([]byte("new")), stackFile.Restore([]byte("new"))} {
		require.ErrorIs(t, err, ErrChanged)
	}
	assert.Equal(t, "theirs", content(t, path))
	alone(t, path)
}

func TestDraft_LeavesTheFileAsItIs(t *testing.T) {
	stackFile, path := written(t)
	draft, discard, err := stackFile.Draft([]byte("draft"))
	require.NoError(t, err)
	assert.Equal(t, ".yaml", filepath.Ext(draft), "the engine reads it by its name")
	assert.Equal(t, "draft", content(t, draft))
	assert.Equal(t, "config:\n  a: b\n", content(t, path))
	discard()
	alone(t, path)
}

func TestRead_FollowsALink(t *testing.T) {
	stackFile, path := written(t)
	link := filepath.Join(t.TempDir(), "link.yaml")
	require.NoError(t, os.Symlink(path, link))
	linked, err := Read(link)
	require.NoError(t, err)
	assert.Equal(t, stackFile.Path, linked.Path)
	require.NoError(t, linked.Replace([]byte("new")))
	assert.Equal(t, "new", content(t, link))
	alone(t, link)

	_, err = Read(path + ".missing")
	require.ErrorContains(t, err, "name the one that the stack is updated with (--config-file)")
}
