package image_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/image"
	"github.com/flowcomply/infrastructure/internal/buildcontext/trees"
)

// These tests prove that a copy is the same whatever it is made from. That the provider then sees no difference, the
// stand-in provider's own tests prove; of the official one it is what its source says.

// listing is what a provider that hashes a context sees of it: path, whole mode, and what is in it.
func listing(t *testing.T, folder string) []string {
	t.Helper()
	var lines []string
	root := os.DirFS(folder)
	require.NoError(t, fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		text := ""
		switch entry.Type() {
		case fs.ModeSymlink:
			text, err = fs.ReadLink(root, name)
		case 0:
			var bytes []byte
			bytes, err = fs.ReadFile(root, name)
			text = string(bytes)
		}
		lines = append(lines, strings.Join([]string{info.Mode().String(), name, text}, " "))
		return err
	}))
	return lines
}

func stage(t *testing.T, folder, under string) (copied, content string) {
	t.Helper()
	copied, content, err := image.Stage(folder, "Dockerfile", under)
	require.NoError(t, err)
	return copied, content
}

func TestStage_MakesTheSameCopyOfEveryCheckout(t *testing.T) {
	under := t.TempDir()
	for _, umask := range []os.FileMode{0o022, 0o077, 0o002} {
		source := checkout(t, umask, nil)
		copied, hash := stage(t, source, filepath.Join(under, umask.String()))
		assert.Equal(t, content(t, source, "Dockerfile"), hash)
		assert.Equal(t, strings.TrimPrefix(hash, "sha256:"), path.Base(copied))
		assert.Equal(t, []string{
			"drwxr-xr-x . ", "-rw-r--r-- .dockerignore *.log\nnode_modules\n", "-rw-r--r-- Dockerfile FROM scratch\nCOPY . /\n",
			"Lrwxrwxrwx current lib", "drwxr-xr-x lib ", "-rw-r--r-- lib/a.js 1", "-rw-r--r-- lib/b.js 2",
			"-rw-r--r-- prod.Dockerfile FROM scratch\n", "-rwxr-xr-x server ELF",
		}, listing(t, copied))
		assert.Equal(t, hash, content(t, copied, "Dockerfile"), "the copy's own content")
	}
}

func TestStage_UsesACopyAgainAndMendsOneThatWasChanged(t *testing.T) {
	source, under := checkout(t, 0o022, nil), t.TempDir()
	copied, _ := stage(t, source, under)
	whole := listing(t, copied)
	file, err := os.Stat(filepath.Join(copied, "server"))
	require.NoError(t, err)

	require.NoError(t, os.Chmod(filepath.Join(copied, "server"), 0o700))
	again, _ := stage(t, source, under)
	assert.Equal(t, copied, again)
	same, err := os.Stat(filepath.Join(again, "server"))
	require.NoError(t, err)
	assert.True(t, os.SameFile(file, same), "copied anew")
	assert.Equal(t, whole, listing(t, again))

	write("lib/a.js", "changed")(t, copied)
	stage(t, source, under)
	assert.Equal(t, whole, listing(t, copied))

	write("lib/a.js", "another")(t, source)
	other, _ := stage(t, source, under)
	assert.NotEqual(t, copied, other)
	assert.Equal(t, whole, listing(t, copied), "somebody may be building from it")
}

func TestStage_RemovesWhatWasNotUsedForAWeek(t *testing.T) {
	source, under := checkout(t, 0o022, nil), t.TempDir()
	made, err := os.Stat(under)
	require.NoError(t, err)
	old := made.ModTime().Add(-8 * 24 * time.Hour) // the file system's clock, which need not be this program's
	for _, name := range []string{"0123", "half-456"} {
		write(name+"/file", "x")(t, under)
		require.NoError(t, os.Chtimes(filepath.Join(under, name), old, old))
	}
	write("4567/file", "x")(t, under)
	copied, _ := stage(t, source, under)
	entries, err := os.ReadDir(under)
	require.NoError(t, err)
	names := []string{}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	want := []string{"4567", path.Base(copied)}
	slices.Sort(want)
	assert.Equal(t, want, names)

	require.NoError(t, os.Chtimes(copied, old, old))
	again, _ := stage(t, source, under)
	assert.DirExists(t, again, "in use again")
}

// Everything that a context can hold is copied, and an unchanged copy is the same content.
func TestStage_CopiesEveryKindOfContext(t *testing.T) {
	for name, tree := range trees.Contexts() {
		t.Run(name, func(t *testing.T) {
			source := tree.In(t)
			copied, hash, err := image.Stage(source, tree.Dockerfile, t.TempDir())
			require.NoError(t, err)
			assert.Equal(t, content(t, source, tree.Dockerfile), hash)
			assert.Equal(t, hash, content(t, copied, tree.Dockerfile))
		})
	}
}

func TestStage_LeavesEmptyFoldersOut(t *testing.T) {
	tree := trees.Contexts()["plain"]
	copied, hash := stage(t, tree.With(trees.Tree{"empty/deeper": trees.Folder(), ".git/HEAD": trees.File("x")}).In(t), t.TempDir())
	_, plain := stage(t, tree.In(t), t.TempDir())
	assert.Equal(t, plain, hash)
	assert.NoDirExists(t, filepath.Join(copied, "empty"), "a copy of the same content would have it or not")
	assert.NoDirExists(t, filepath.Join(copied, ".git"))
}

func TestStage_OfFoldersThatMayOnlyBeRead(t *testing.T) {
	source, under := checkout(t, 0o022, nil), t.TempDir()
	require.NoError(t, os.Chmod(under, 0o777))
	require.NoError(t, os.Chmod(filepath.Join(source, "lib"), 0o555))
	t.Cleanup(func() { assert.NoError(t, os.Chmod(filepath.Join(source, "lib"), 0o755)) }) // so that it can be removed
	require.NoError(t, os.Chmod(filepath.Join(source, "lib", "a.js"), 0o444))
	trees.Unprivileged(t, func() {
		copied, _ := stage(t, source, under)
		assert.Contains(t, listing(t, copied), "-rw-r--r-- lib/a.js 1")
	}, source, under)
}

func TestStage_OfAFolderThatIsALink(t *testing.T) {
	source, links := checkout(t, 0o022, nil), t.TempDir()
	require.NoError(t, os.Symlink(source, filepath.Join(links, "app")))
	copied, hash := stage(t, filepath.Join(links, "app"), t.TempDir())
	assert.Equal(t, content(t, source, "Dockerfile"), hash)
	assert.FileExists(t, filepath.Join(copied, "server"))
}

// Two updates that stage the same content side by side share the copy.
func TestStage_SideBySide(t *testing.T) {
	source, under := checkout(t, 0o022, nil), t.TempDir()
	var together sync.WaitGroup
	for range 8 {
		together.Go(func() {
			copied, hash, err := image.Stage(source, "Dockerfile", under)
			require.NoError(t, err)
			assert.Equal(t, strings.TrimPrefix(hash, "sha256:"), path.Base(copied))
		})
	}
	together.Wait()
	entries, err := os.ReadDir(under)
	require.NoError(t, err)
	assert.Len(t, entries, 1, "a half copy stayed")
}
