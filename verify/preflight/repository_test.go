package preflight

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/buildcontext/trees"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/inputs"
)

// These tests make real repositories, each with git's own means for a checkout that git takes for clean and that is not
// the commit. Git LFS itself is not there: its filter is played by commands that do what it does.

// application is a source with two images and migrations, which one of the ignore files hides.
var application = trees.Tree{
	".gitignore": trees.File("node_modules/\n.env\n*.local\n"), "README.md": trees.File("# app\n"),
	"backend/Dockerfile": trees.File("FROM scratch\nCOPY . /\n"), "backend/.dockerignore": trees.File("node_modules\nprisma\n*.md\n"),
	"backend/app.js": trees.File("one\ntwo\n"), "backend/start.sh": trees.Program("#!/bin/sh\n"), "backend/current": trees.Link("app.js"),
	"backend/notes.md": trees.File("x\n"), migration: trees.File("SELECT 1;\n"),
	"frontend/Dockerfile": trees.File("FROM scratch\nCOPY . /\n"), "frontend/pages/a b.js": trees.File("3\n"), "frontend/pages/ä\n.js": trees.File("4\n"),
}

const migration = "backend/prisma/migrations/20250901090000_init/migration.sql"

// built is the inputs for a source like the application.
func built(folder string) inputs.Preflight {
	return inputs.Preflight{
		Source: folder, Version: "v1.1.0", Migrations: "backend/prisma/migrations",
		Contexts: []inputs.BuildContext{{Folder: "backend", Dockerfile: "Dockerfile"}, {Folder: "frontend", Dockerfile: "Dockerfile"}},
	}
}

// repositoryOf is a tree as a repository in which everything is committed and tagged.
func repositoryOf(t testing.TB, folder string, tree trees.Tree, init ...string) string {
	t.Helper()
	tree.Write(t, folder)
	makes(t, folder, append([]string{"init", "--quiet"}, init...)...)
	commitAll(t, folder)
	return folder
}

// commitAll moves the tag as well.
func commitAll(t testing.TB, folder string) {
	t.Helper()
	makes(t, folder, "add", "--all")
	makes(t, folder, "commit", "--quiet", "--allow-empty", "--message", "release")
	makes(t, folder, "tag", "--force", "--annotate", "--message", "v1.1.0", "v1.1.0")
}

// checkedOutAnew is what a new clone with this configuration would have.
func checkedOutAnew(t testing.TB, folder string, configuration ...string) {
	t.Helper()
	for _, setting := range configuration {
		name, value, _ := strings.Cut(setting, "=")
		makes(t, folder, "config", name, value)
	}
	makes(t, folder, "rm", "--cached", "-r", "--quiet", ".")
	makes(t, folder, "reset", "--quiet", "--hard")
}

// edit writes over what is there.
func edit(t testing.TB, folder string, tree trees.Tree) {
	t.Helper()
	tree.Write(t, folder)
}

func checkedSources(t *testing.T, q inputs.Preflight) check.Result {
	t.Helper()
	return check.Run(t.Context(), []check.Check{checkoutCheck(q)}, check.Options{}).Results[0]
}

// clean makes sure that git itself finds nothing.
func clean(t *testing.T, folder string) {
	t.Helper()
	said, err := gitFolder{folder}.ask(t.Context(), "status", "--porcelain=v1", "--untracked-files=all", "--ignore-submodules=none")
	require.NoError(t, err)
	assert.Empty(t, said, "git status would have refused it")
}

const pointed = "large file\n"

// pointerText is what Git LFS commits for it.
func pointerText() string {
	return fmt.Sprintf("version https://git-lfs.github.com/spec/v1\noid sha256:%x\nsize %d\n", sha256.Sum256([]byte(pointed)), len(pointed))
}

// large is an application with a file that Git LFS keeps, not fetched.
func large(t *testing.T, folder string) {
	edit(t, folder, trees.Tree{"backend/model.bin": trees.File(pointerText())})
	attributes("*.bin filter=lfs diff=lfs merge=lfs -text\n")(t, folder)
	makes(t, folder, "config", "filter.lfs.clean", "cat >/dev/null; printf '"+strings.ReplaceAll(pointerText(), "\n", `\n`)+"'")
}

// fetched is the file as Git LFS checks it out, with its size in the index.
func fetched(t *testing.T, folder, content string) {
	edit(t, folder, trees.Tree{"backend/model.bin": trees.File(content)})
	makes(t, folder, "add", "backend/model.bin")
}

// library is a submodule of the application's backend, initialised.
func library(t *testing.T, folder string, attributes ...string) {
	t.Helper()
	elsewhere := repositoryOf(t, filepath.Join(t.TempDir(), "library"), trees.Tree{
		"lib.js": trees.File("lib\n"), "deep/x.js": trees.File("x\n"), ".gitattributes": trees.File(strings.Join(attributes, "")),
	})
	makes(t, folder, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", elsewhere, "backend/library")
	commitAll(t, folder)
}

// attributes are committed, and everything is checked out by them.
func attributes(text string) func(t *testing.T, folder string) {
	return func(t *testing.T, folder string) {
		t.Helper()
		edit(t, folder, trees.Tree{".gitattributes": trees.File(text)})
		commitAll(t, folder)
		checkedOutAnew(t, folder)
	}
}
