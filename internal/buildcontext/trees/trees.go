// Package trees writes build contexts for tests: those of this module, and those in local/ that ask a Docker daemon what
// it makes of the same contexts.
package trees

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// Node is one thing in a folder.
type Node func(path string) error

// Tree is what a folder is to hold, by name with slashes.
type Tree map[string]Node

// File is a file that nobody may execute.
func File(text string) Node {
	return func(path string) error { return os.WriteFile(path, []byte(text), 0o644) }
}

// Program is a file that may be executed.
func Program(text string) Node {
	return func(path string) error { return os.WriteFile(path, []byte(text), 0o755) }
}

// Link is a symbolic link, with its target as it is written.
func Link(target string) Node {
	return func(path string) error { return os.Symlink(target, path) }
}

// Hard is another name of the file beside it.
func Hard(beside string) Node {
	return func(path string) error { return os.Link(filepath.Join(filepath.Dir(path), beside), path) }
}

// Folder is an empty folder.
func Folder() Node {
	return func(path string) error { return os.Mkdir(path, 0o755) }
}

// In makes the tree in a folder of its own, and returns that.
func (t Tree) In(tb testing.TB) string {
	tb.Helper()
	folder := tb.TempDir()
	t.Write(tb, folder)
	return folder
}

// Write makes the tree in the folder, in the order of the names. What is there is replaced.
func (t Tree) Write(tb testing.TB, folder string) {
	tb.Helper()
	for _, name := range slices.Sorted(maps.Keys(t)) {
		path := filepath.Join(folder, filepath.FromSlash(name))
		require.NoError(tb, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(tb, os.RemoveAll(path))
		require.NoError(tb, t[name](path), name)
	}
}

// With is the tree with more in it, or something else under a name; nil takes a name out.
func (t Tree) With(more Tree) Tree {
	all := maps.Clone(t)
	maps.Copy(all, more)
	maps.DeleteFunc(all, func(_ string, node Node) bool { return node == nil })
	return all
}
