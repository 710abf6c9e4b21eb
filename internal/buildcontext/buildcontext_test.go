package buildcontext

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/patternmatcher"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/buildcontext/trees"
)

// These tests hold what is refused, and what is no part of a context. What is part of one, library_test.go compares with
// Docker's own library.

var plain = trees.Contexts()["plain"]

// of is a context whose Dockerfile is called so.
func of(folder string) Context { return Context{Folder: folder, Dockerfile: "Dockerfile"} }

func TestContext_RefusesADockerfileThatItDoesNotHold(t *testing.T) {
	for name, row := range map[string]struct {
		tree       trees.Tree
		dockerfile string
		want       string
	}{
		"missing":      {trees.Tree{"Dockerfile": nil}, "Dockerfile", "there is no Dockerfile; image.dockerfile is relative to image.context"},
		"a folder":     {nil, "lib", "image.dockerfile: lib is no file"},
		"a pipe":       {trees.Tree{"Dockerfile": trees.Pipe()}, "Dockerfile", "image.dockerfile: Dockerfile is no file"},
		"below a file": {nil, "server/Dockerfile", "not a directory"},
		"dangling": {trees.Tree{"Dockerfile": trees.Link("lib/none")}, "Dockerfile",
			"image.dockerfile: Dockerfile is a link to lib/none, which is not there"},
		"a circle": {trees.Tree{"Dockerfile": trees.Link("b"), "b": trees.Link("Dockerfile")}, "Dockerfile", "leads in a circle"},
		"leads out": {trees.Tree{"Dockerfile": trees.Link("../Dockerfile")}, "Dockerfile",
			"image.dockerfile: Dockerfile is a link that leads out of the folder, to ../Dockerfile; next: put the file itself into the context"},
		"out and back": {trees.Tree{"Dockerfile": trees.Link("lib/../../app/README.md")}, "Dockerfile", "leads out of the folder"},
		"absolute":     {trees.Tree{"Dockerfile": trees.Link("/etc/hostname")}, "Dockerfile", "leads out of the folder, to /etc/hostname"},
		"by a folder": {trees.Tree{"deploy": trees.Link("../deploy")}, "deploy/Dockerfile",
			"image.dockerfile: deploy/Dockerfile is a link that leads out of the folder, to ../deploy"},
		"by another": {trees.Tree{"Dockerfile": trees.Link("b"), "b": trees.Link("../x")}, "Dockerfile", "leads out of the folder, to ../x"},
		"in .git":    {trees.Tree{".git/Dockerfile": trees.File("FROM scratch\n")}, ".git/Dockerfile", ".git/Dockerfile is not sent to the builder"},
		"its rules": {trees.Tree{"Dockerfile.dockerignore": trees.Link("../x")}, "Dockerfile",
			"the ignore file Dockerfile.dockerignore is a link that leads out of the folder, to ../x; next: put the file itself into the context"},
		"rules a folder": {trees.Tree{".dockerignore": trees.Folder()}, "Dockerfile", ".dockerignore: "},
		"pattern":        {trees.Tree{".dockerignore": trees.File("lib\n[a\n")}, "Dockerfile", `.dockerignore: syntax error in pattern: "[a"`},
		"only in use":    {trees.Tree{".dockerignore": trees.File("![z-a]\n")}, "Dockerfile", `.dockerignore: syntax error in pattern: "![z-a]"`},
		// Docker looks at one folder above the Dockerfile only, when it sees whether it is ignored
		"deep in an ignored folder": {
			trees.Tree{"a/b/c/Dockerfile": trees.File("FROM scratch\n"), ".dockerignore": trees.File("**/c\n")}, "a/b/c/Dockerfile",
			"a/b/c/Dockerfile is not sent to the builder, as .dockerignore names a folder that it is in; next: add !a/b/c/Dockerfile at its end",
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "app")
			plain.With(row.tree).Write(t, folder)
			_, err := Context{Folder: folder, Dockerfile: row.dockerfile}.List()
			require.ErrorContains(t, err, row.want)
			assert.True(t, strings.HasPrefix(err.Error(), "build context: "), err)
		})
	}
}

// Two Dockerfiles outside of a context are not one content, nor two.
func TestContext_CountsTheDockerfileThatALinkLeadsTo(t *testing.T) {
	for _, name := range []string{"Dockerfile is a link", "Dockerfile is a link to what is ignored"} {
		tree := trees.Contexts()[name]
		before, err := of(tree.In(t)).List()
		require.NoError(t, err)
		after, err := of(tree.With(trees.Tree{"deploy/Dockerfile": trees.File("FROM scratch\nUSER 1\n")}).In(t)).List()
		require.NoError(t, err)
		assert.NotEqual(t, before.Content, after.Content, name)
	}
}

func TestContext_RefusesAFolderThatIsNone(t *testing.T) {
	folder := plain.In(t)
	_, err := of(filepath.Join(folder, "none")).List()
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "none: no such file or directory; image.context is relative to release.source")
	_, err = of(filepath.Join(folder, "server")).List()
	require.ErrorContains(t, err, "server is no folder")
	_, err = of(filepath.Join(folder, "none")).Rules()
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestContext_RefusesWhatCannotBeRead(t *testing.T) {
	closed := func(mode os.FileMode, names ...string) func(t *testing.T, folder string) {
		return func(t *testing.T, folder string) {
			for _, name := range names {
				require.NoError(t, os.Chmod(filepath.Join(folder, name), mode))
				t.Cleanup(func() { assert.NoError(t, os.Chmod(filepath.Join(folder, name), 0o755)) }) // so that it can be removed
			}
		}
	}
	for name, row := range map[string]struct {
		ignored string
		more    trees.Tree
		close   func(t *testing.T, folder string)
		want    string // empty: it is no error
	}{
		"a file": {"", nil, closed(0, "lib/a.js"),
			"lib/a.js cannot be read: permission denied; next: make it readable, or name it in .dockerignore"},
		"an empty file":                {"", trees.Tree{"empty": trees.File("")}, closed(0, "empty"), "empty cannot be read: permission denied"},
		"a folder":                     {"", nil, closed(0, "lib"), "lib cannot be read: permission denied"},
		"a folder's names only":        {"", nil, closed(0o444, "lib"), "lib/a.js cannot be read: permission denied\nlib/b cannot be read: permission denied"},
		"the ignore file":              {"x", nil, closed(0, ".dockerignore"), ".dockerignore: "},
		"an ignored file":              {"server", nil, closed(0, "server"), ""},
		"an ignored folder":            {"lib", nil, closed(0, "lib"), ""},
		"ignored, with another rule":   {"lib\n!server", nil, closed(0, "lib"), ""},
		"ignored, with a rule for any": {"lib\n*.md\n!**/LICENSE.md", nil, closed(0, "lib"), ""},
		"an exception begins with it":  {"lib\n!lib/a.js", nil, closed(0, "lib"), "lib cannot be read: permission denied"},
		"what an exception brings":     {"lib\n!lib/a.js", nil, closed(0, "lib/a.js"), "lib/a.js cannot be read: permission denied"},
		"what no exception brings":     {"lib\n!lib/a.js", nil, closed(0, "lib/b"), ""},
		"what .git holds":              {"", trees.Tree{".git/HEAD": trees.File("x")}, closed(0, ".git"), ""},
		"a pipe":                       {"", trees.Tree{"pipe": trees.Pipe()}, closed(0, "pipe"), ""},
		"more than are named": {"", trees.Tree{
			"00": trees.File("x"), "01": trees.File("x"), "02": trees.File("x"), "03": trees.File("x"), "04": trees.File("x"), "05": trees.File("x"),
			"06": trees.File("x"), "07": trees.File("x"), "08": trees.File("x"), "09": trees.File("x"), "10": trees.File("x"), "11": trees.File("x"),
		}, closed(0, "00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11"), "09 cannot be read: permission denied\nand 2 more; next:"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := plain.With(row.more).With(trees.Tree{".dockerignore": trees.File(row.ignored)}).In(t)
			row.close(t, folder)
			trees.Unprivileged(t, func() {
				_, err := of(folder).List()
				if row.want == "" {
					assert.NoError(t, err)
					return
				}
				assert.ErrorContains(t, err, row.want)
			}, folder)
		})
	}
}

// A file of which less is there than was announced is no short file.
func TestWalk_RefusesAFileThatShrinksMeanwhile(t *testing.T) {
	folder := plain.With(trees.Tree{"server": trees.Program(strings.Repeat("x", 1<<20))}).In(t)
	err := of(folder).Walk(func(entry Entry, content io.Reader) error {
		if entry.Name == "server" {
			require.NoError(t, os.Truncate(filepath.Join(folder, "server"), 0))
		}
		_, err := io.Copy(io.Discard, content)
		return err
	})
	require.ErrorContains(t, err, "server has changed while it was read; next: run the command again")
	err = of(folder).Walk(func(entry Entry, _ io.Reader) error { return fmt.Errorf("enough of %s", entry.Name) })
	require.ErrorContains(t, err, "build context: enough of Dockerfile")
}

func TestContext_Without(t *testing.T) {
	folder, elsewhere := filepath.Join(t.TempDir(), "app"), t.TempDir()
	tree := plain.With(trees.Tree{
		"out/contexts/1/server": trees.File("1"), "out/other": trees.File("2"), "a [b]*/x": trees.File("3"), "a b*/x": trees.File("4"),
		".dockerignore": trees.File("out\n!out/contexts\n!out/other\n"),
	})
	tree.Write(t, folder)
	require.NoError(t, os.Symlink(folder, filepath.Join(elsewhere, "link")))
	base := listing(t, of(folder))
	require.Contains(t, base, "out/contexts/1/server")
	for name, row := range map[string]struct{ without, gone string }{
		"inside":          {filepath.Join(folder, "out/contexts"), "out/contexts/1/server"},
		"by a link":       {filepath.Join(elsewhere, "link/out/contexts"), "out/contexts/1/server"},
		"strange name":    {filepath.Join(folder, "a [b]*"), "a [b]*/x"},
		"not there yet":   {filepath.Join(folder, "none/at/all"), ""},
		"elsewhere":       {elsewhere, ""},
		"around it":       {filepath.Dir(folder), ""},
		"the very folder": {folder, ""},
		"a similar name":  {folder + "/ou", ""},
	} {
		t.Run(name, func(t *testing.T) {
			context := of(folder)
			context.Without = []string{row.without}
			got := listing(t, context)
			for sent, text := range base {
				if sent == row.gone {
					assert.NotContains(t, got, sent)
					continue
				}
				assert.Equal(t, text, got[sent], sent)
			}
		})
	}
	t.Run("relative, and made later", func(t *testing.T) {
		t.Chdir(elsewhere)
		context := of(folder)
		context.Without = []string{"link/later/on"}
		trees.Tree{"later/on/x": trees.File("x")}.Write(t, folder)
		assert.Equal(t, base, listing(t, context))
	})
}

// All of a folder is read where there is no Dockerfile to read an ignore file for.
func TestContext_WithoutADockerfileIsTheWholeFolder(t *testing.T) {
	folder := plain.With(trees.Tree{".dockerignore": trees.File("*\n"), ".git/HEAD": trees.File("x"), "lib/.git": trees.File("x")}).In(t)
	got := listing(t, Context{Folder: folder})
	assert.Len(t, got, len(plain.Tree)+1)
	assert.NotContains(t, got, "lib/.git")
}

func TestStream_ReadsDevices(t *testing.T) {
	var found []Entry
	devices := stream{folder: "/dev", special: map[string]Entry{}, visit: func(entry Entry, _ io.Reader) error {
		found = append(found, entry)
		return nil
	}}
	require.NoError(t, devices.read([]string{"*", "!null", "!zero"}))
	assert.Equal(t, []Entry{{Name: "null", Kind: Device, Device: "c 1:3"}, {Name: "zero", Kind: Device, Device: "c 1:5"}}, found)
}

func TestLiteral_MatchesTheNameAlone(t *testing.T) {
	names := []string{
		"a", "a b", " a", "a ", "a\n", "\u00a0a", "*", "?", "[x]", "[", "]", `\`, `a\b`, "^", "a^b", "!a", "#", "$x", "(a)", "a|b", "a+", "{a}", "-", "..a", "ü",
		"a.b", "axb", "!", "a/b c/x", "[^a]", "b", "ab",
	}
	for _, name := range names {
		matcher, err := patternmatcher.New([]string{"**", "!" + literal(name)})
		require.NoError(t, err, name)
		made := Rules{matcher: matcher}
		for _, other := range names {
			assert.Equal(t, name == other || strings.HasPrefix(other, name+"/"), made.Sends(other), "%q as a pattern for %q", name, other)
		}
	}
}
