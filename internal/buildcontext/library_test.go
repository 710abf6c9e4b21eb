package buildcontext

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moby/go-archive"
	"github.com/moby/patternmatcher/ignorefile"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/buildcontext/trees"
)

// These tests compare what is listed here with the archive that Docker's library makes when it is asked as Pulumi's
// docker provider asks it. What a daemon makes of that archive, a test in local/ asks one.

// listing is what Walk visits, by name: the kind, and the bytes or target.
func listing(t *testing.T, context Context) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, context.Walk(func(entry Entry, content io.Reader) error {
		text, err := io.ReadAll(content)
		if entry.Kind == File || entry.Kind == Program {
			assert.EqualValues(t, len(text), entry.Size, entry.Name)
		}
		assert.NotContains(t, found, entry.Name)
		found[entry.Name] = fmt.Sprintf("%s %s%s", entry.Kind, text, entry.Link)
		return err
	}))
	return found
}

// sentByLibrary is the same of the library's archive.
func sentByLibrary(t *testing.T, folder, dockerfile string) map[string]string {
	t.Helper()
	target, err := filepath.EvalSymlinks(filepath.Join(folder, dockerfile))
	require.NoError(t, err)
	relative, err := filepath.Rel(folder, target)
	require.NoError(t, err)
	patterns := sendBuildFiles(providersPatterns(t, folder, dockerfile), relative)
	packed, err := archive.TarWithOptions(folder, &archive.TarOptions{ExcludePatterns: patterns})
	require.NoError(t, err)
	found := map[string]string{}
	for in := tar.NewReader(packed); ; {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		require.NoError(t, err)
		text, err := io.ReadAll(in)
		require.NoError(t, err)
		switch header.Typeflag {
		case tar.TypeDir:
		case tar.TypeLink:
			found[header.Name] = found[header.Linkname]
		case tar.TypeSymlink:
			found[header.Name] = "link " + header.Linkname
		case tar.TypeFifo:
			found[header.Name] = "pipe "
		default:
			kind := "file"
			if header.Mode&0o100 != 0 {
				kind = "program"
			}
			found[header.Name] = kind + " " + string(text)
		}
	}
}

// providersPatterns reads the ignore file as the provider does.
func providersPatterns(t *testing.T, folder, dockerfile string) []string {
	t.Helper()
	for _, name := range []string{dockerfile + ".dockerignore", ".dockerignore"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		require.NoError(t, err)
		patterns, err := ignorefile.ReadAll(strings.NewReader(string(text)))
		require.NoError(t, err)
		return patterns
	}
	return nil
}

func TestWalk_IsWhatDockersLibrarySends(t *testing.T) {
	for name, tree := range trees.Contexts() {
		t.Run(name, func(t *testing.T) {
			folder := tree.In(t)
			got := listing(t, Context{Folder: folder, Dockerfile: tree.Dockerfile})
			want := sentByLibrary(t, folder, tree.Dockerfile)
			for _, needed := range tree.Needed {
				assert.Contains(t, got, needed)
				assert.NotContains(t, want, needed, "it would be sent without a rule of ours")
				delete(got, needed)
			}
			for sent := range want {
				if slices.Contains(strings.Split(sent, "/"), ".git") {
					delete(want, sent)
				}
			}
			assert.Equal(t, want, got)
		})
	}
}

// What may be asked of a name that is not there, and what is looked at before anything is sent, is what the library sends.
func TestRules_AgreeWithWhatIsSent(t *testing.T) {
	for name, tree := range trees.Contexts() {
		t.Run(name, func(t *testing.T) {
			folder := tree.In(t)
			context := Context{Folder: folder, Dockerfile: tree.Dockerfile}
			rules, err := context.Rules()
			require.NoError(t, err)
			sent := listing(t, context)
			require.NoError(t, filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
				name := strings.TrimPrefix(filepath.ToSlash(strings.TrimPrefix(file, folder)), "/")
				if err != nil || entry.IsDir() || entry.Type() == fs.ModeSocket {
					return err
				}
				assert.Equal(t, sent[name] != "", rules.Sends(name), name)
				for above := path.Dir(name); rules.Sends(name) && above != "."; above = path.Dir(above) {
					assert.True(t, rules.Enters(above), above)
				}
				return nil
			}))
		})
	}
}

// Ignore files that nobody thought of, made of pieces by a generator that always makes the same.
func TestWalk_IsWhatDockersLibrarySends_WhateverIsIgnored(t *testing.T) {
	tree := trees.Tree{
		"Dockerfile": trees.File("FROM scratch\n"), "lib/a.js": trees.File("1"), "lib/b/c.js": trees.File("2"), "lib/b/d/e.md": trees.File("3"),
		"b/p/a.md": trees.File("4"), "a.md": trees.File("5"), "keep/a.js": trees.File("6"), "keep/b/b/a.js": trees.File("7"), "b.js": trees.File("8"),
	}
	folder := tree.In(t)
	context := Context{Folder: folder, Dockerfile: "Dockerfile"}
	random := rand.New(rand.NewPCG(1, 2))
	oneOf := func(pieces ...string) string { return pieces[random.IntN(len(pieces))] }
	for range 300 {
		var lines []string
		for range 1 + random.IntN(5) {
			line := oneOf("", "", "!", "!", "/", "!/", "# ")
			for range 1 + random.IntN(3) {
				line += oneOf("lib", "b", "keep", "*", "**", "*.md", "a.js", "[a-b]", "?", "d", "Dockerfile", ".dockerignore", "..", ".") + oneOf("/", "/", "/", "")
			}
			lines = append(lines, line)
		}
		text := strings.Join(lines, "\n")
		trees.Tree{".dockerignore": trees.File(text)}.Write(t, folder)
		rules, err := context.Rules()
		if err != nil { // Docker refuses it with the same words
			require.ErrorContains(t, err, `illegal exclusion pattern: "!"`, text)
			continue
		}
		want := sentByLibrary(t, folder, "Dockerfile")
		if want["Dockerfile"] == "" {
			require.ErrorContains(t, context.Walk(func(Entry, io.Reader) error { return nil }), "Dockerfile is not sent to the builder", text)
			continue
		}
		require.Equal(t, want, listing(t, context), text)
		for name := range tree {
			require.Equal(t, want[name] != "", rules.Sends(name), "%s: %s", name, text)
		}
	}
}
