package image_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/image"
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
	copied, content, err := image.Stage(os.DirFS(folder), "Dockerfile", under)
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
	old := time.Now().Add(-8 * 24 * time.Hour)
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

// changing is a source that somebody saves a file of after it was hashed.
type changing struct {
	fstest.MapFS
	opened map[string]int
}

func (c changing) Open(name string) (fs.File, error) {
	if c.opened[name]++; name == "server" && c.opened[name] > 1 {
		return fstest.MapFS{"server": {Data: []byte("another")}}.Open(name)
	}
	return c.MapFS.Open(name)
}

func TestStage_RefusesASourceThatChangesMeanwhile(t *testing.T) {
	source := changing{fstest.MapFS{"Dockerfile": {Data: []byte("FROM scratch\n")}, "server": {Data: []byte("one")}}, map[string]int{}}
	under := t.TempDir()
	_, _, err := image.Stage(source, "Dockerfile", under)
	require.ErrorContains(t, err, "a file has changed while it was copied; run the command again")
	entries, err := os.ReadDir(under)
	require.NoError(t, err)
	assert.Empty(t, entries, "a half copy stayed")
}
