package preflight

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/buildcontext/trees"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
	"github.com/flowcomply/infrastructure/verify/inputs"
	"github.com/flowcomply/infrastructure/verify/internal/fakeaws"
)

// git takes each of these for clean.
func TestSources_ThatAreNotTheCommit(t *testing.T) {
	for name, row := range map[string]struct {
		prepare func(t *testing.T, folder string)
		says    []string
		next    string
	}{
		"a submodule that is not initialised": {func(t *testing.T, folder string) {
			library(t, folder)
			makes(t, folder, "submodule", "--quiet", "deinit", "--all", "--force")
		}, []string{"the submodule backend/library is not initialised"}, "git -C %s submodule update --init --recursive"},
		"a submodule that is gone": {func(t *testing.T, folder string) {
			library(t, folder)
			makes(t, folder, "update-index", "--skip-worktree", "backend/library")
			require.NoError(t, os.RemoveAll(filepath.Join(folder, "backend/library")))
		}, []string{"the submodule backend/library is not initialised"}, "submodule update"},
		"a file of a submodule": {func(t *testing.T, folder string) {
			library(t, folder)
			makes(t, filepath.Join(folder, "backend/library"), "update-index", "--assume-unchanged", "deep/x.js")
			edit(t, folder, trees.Tree{"backend/library/deep/x.js": trees.File("other\n")})
		}, []string{"1 file changed, and git was told not to look: backend/library/deep/x.js"}, "update-index --no-assume-unchanged"},
		"what a submodule ignores": {func(t *testing.T, folder string) {
			library(t, folder)
			edit(t, folder, trees.Tree{".git/modules/backend/library/info/exclude": trees.File("*.tmp\n"), "backend/library/x.tmp": trees.File("1")})
		}, []string{"in no commit", "backend/library/x.tmp"}, ""},
		"a submodule of a submodule": {func(t *testing.T, folder string) {
			library(t, folder)
			deep := repositoryOf(t, filepath.Join(t.TempDir(), "deep"), trees.Tree{"y.js": trees.File("y\n")})
			inside := filepath.Join(folder, "backend/library")
			makes(t, inside, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", deep, "further")
			commitAll(t, inside)
			commitAll(t, folder)
			makes(t, inside, "submodule", "--quiet", "deinit", "--all", "--force")
		}, []string{"the submodule backend/library/further is not initialised"}, "--recursive"},
		"a Git LFS pointer": {large, []string{"1 file kept by Git LFS and not fetched: backend/model.bin"}, "git -C %s lfs pull"},
		"another large file": {func(t *testing.T, folder string) {
			large(t, folder)
			fetched(t, folder, "largo file\n")
		}, []string{"1 file not what the commit has: backend/model.bin"}, ""},
		"core.autocrlf": {func(t *testing.T, folder string) { checkedOutAnew(t, folder, "core.autocrlf=true") },
			[]string{"with other line ends than in the commit: ", "other line ends: backend/app.js", "other line ends: " + migration}, "core.autocrlf false"},
		"core.eol": {func(t *testing.T, folder string) {
			attributes("* text=auto\n")(t, folder)
			checkedOutAnew(t, folder, "core.eol=crlf")
		}, []string{"with other line ends than in the commit: "}, "core.eol"},
		"line ends by attributes of this machine": {func(t *testing.T, folder string) {
			edit(t, folder, trees.Tree{".git/info/attributes": trees.File("*.js text eol=crlf\n")})
			checkedOutAnew(t, folder)
		}, []string{"3 files with other line ends than in the commit: backend/app.js"}, ""},
		"line ends that are not as prescribed": {func(t *testing.T, folder string) {
			attributes("*.js text eol=crlf\n")(t, folder)
			edit(t, folder, trees.Tree{"backend/app.js": application["backend/app.js"]})
			makes(t, folder, "add", "backend/app.js")
		}, []string{"1 file not as the commit's .gitattributes say: backend/app.js"}, "reset --hard"},
		"core.fileMode": {func(t *testing.T, folder string) {
			makes(t, folder, "config", "core.fileMode", "false")
			require.NoError(t, os.Chmod(filepath.Join(folder, "backend/start.sh"), 0o644))
			require.NoError(t, os.Chmod(filepath.Join(folder, "backend/app.js"), 0o755))
		}, []string{
			"2 files of another mode than in the commit: backend/app.js, backend/start.sh",
			"a program and not the commit's file: backend/app.js", "a file and not the commit's program: backend/start.sh",
		}, "core.fileMode true"},
		"core.symlinks": {func(t *testing.T, folder string) { checkedOutAnew(t, folder, "core.symlinks=false") },
			[]string{"1 file of another type than in the commit: backend/current", "a file and not the commit's link: backend/current"}, "core.symlinks true"},
		"assume-unchanged": {func(t *testing.T, folder string) {
			makes(t, folder, "update-index", "--assume-unchanged", "backend/app.js")
			edit(t, folder, trees.Tree{"backend/app.js": trees.File("another\n")})
		}, []string{"1 file changed, and git was told not to look: backend/app.js"}, "git -C %s update-index --no-assume-unchanged"},
		"assume-unchanged, and gone": {func(t *testing.T, folder string) {
			makes(t, folder, "update-index", "--assume-unchanged", "backend/app.js")
			require.NoError(t, os.Remove(filepath.Join(folder, "backend/app.js")))
		}, []string{"backend/app.js"}, ""},
		"skip-worktree": {func(t *testing.T, folder string) {
			makes(t, folder, "update-index", "--skip-worktree", "backend/app.js", "backend/current")
			edit(t, folder, trees.Tree{"backend/app.js": trees.File("another\n"), "backend/current": trees.Link("start.sh")})
		}, []string{"2 files changed, and git was told not to look: backend/app.js, backend/current"}, "--no-skip-worktree"},
		"a sparse checkout": {func(t *testing.T, folder string) {
			makes(t, folder, "sparse-checkout", "set", "--no-cone", "/*", "!/backend/app.js", "!/frontend/pages")
		}, []string{"3 files of the commit left out by a sparse checkout: backend/app.js, frontend/pages/a b.js"}, "git -C %s sparse-checkout disable"},
		"a migration that is left out": {func(t *testing.T, folder string) {
			makes(t, folder, "sparse-checkout", "set", "--no-cone", "/*", "!*.sql")
			edit(t, folder, trees.Tree{"backend/prisma/migrations": trees.Folder()})
		}, []string{"left out by a sparse checkout: " + migration}, ""},
		"a filter": {func(t *testing.T, folder string) {
			attributes("*.js filter=upper\n")(t, folder)
			checkedOutAnew(t, folder, "filter.upper.smudge=tr a-z A-Z", "filter.upper.clean=tr A-Z a-z")
		}, []string{"changed by a filter of this machine's configuration", "changed by the filter upper: backend/app.js"}, "--get-regexp ^filter"},
		"a filter of this machine's attributes": {func(t *testing.T, folder string) {
			edit(t, folder, trees.Tree{".git/info/attributes": trees.File("*.js filter=upper\n")})
			checkedOutAnew(t, folder, "filter.upper.smudge=tr a-z A-Z", "filter.upper.clean=tr A-Z a-z")
		}, []string{"1 file not what the commit has: backend/app.js"}, ""},
		"an id by attributes of this machine": {func(t *testing.T, folder string) {
			edit(t, folder, trees.Tree{"backend/id.js": trees.File("// $Id$\n")})
			commitAll(t, folder)
			edit(t, folder, trees.Tree{".git/info/attributes": trees.File("*.js ident\n")})
			checkedOutAnew(t, folder)
		}, []string{"1 file not what the commit has: backend/id.js"}, ""},
		"a secret that git ignores": {func(t *testing.T, folder string) { edit(t, folder, trees.Tree{"backend/.env": trees.File("A=1")}) },
			[]string{"1 file in no commit, and yet part of what is built or migrated: backend/.env", "in no commit: backend/.env"}, "name them in .dockerignore"},
		"packages that git ignores": {func(t *testing.T, folder string) {
			edit(t, folder, trees.Tree{"frontend/node_modules/p/index.js": trees.File("1"), "frontend/node_modules/p/package.json": trees.File("2")})
		}, []string{"2 files in no commit, and yet part of what is built or migrated: frontend/node_modules/", "in no commit: frontend/node_modules/ (2 files)"}, ""},
		".git/info/exclude": {func(t *testing.T, folder string) {
			edit(t, folder, trees.Tree{".git/info/exclude": trees.File("*.txt\n"), "frontend/pages/x.txt": trees.File("1")})
		}, []string{"in no commit: frontend/pages/x.txt"}, ""},
		"core.excludesFile": {func(t *testing.T, folder string) {
			edit(t, folder, trees.Tree{".git/mine": trees.File("*.txt\n"), "backend/x.txt": trees.File("1")})
			makes(t, folder, "config", "core.excludesFile", filepath.Join(folder, ".git/mine"))
		}, []string{"in no commit: backend/x.txt"}, ""},
		"a repository in it": {func(t *testing.T, folder string) {
			edit(t, folder, trees.Tree{".git/info/exclude": trees.File("vendored\n")})
			repositoryOf(t, filepath.Join(folder, "backend/vendored"), trees.Tree{"v.js": trees.File("v\n")})
		}, []string{"in no commit: backend/vendored/ (1 file)"}, ""},
		"a pipe": {func(t *testing.T, folder string) { edit(t, folder, trees.Tree{"backend/a.local": trees.Pipe()}) },
			[]string{"in no commit: backend/a.local"}, ""},
		"a migration that git ignores": {func(t *testing.T, folder string) {
			edit(t, folder, trees.Tree{".git/info/exclude": trees.File("20251007*\n"), "backend/prisma/migrations/20251007090000_drop/migration.sql": trees.File("DROP;\n")})
		}, []string{"in no commit: backend/prisma/migrations/20251007090000_drop/ (1 file)"}, ""},
		"another text of a migration": {func(t *testing.T, folder string) {
			makes(t, folder, "update-index", "--assume-unchanged", migration)
			edit(t, folder, trees.Tree{migration: trees.File("SELECT 2;\n")})
		}, []string{"1 file changed, and git was told not to look: " + migration}, ""},
		"another ignore file": {func(t *testing.T, folder string) {
			makes(t, folder, "update-index", "--assume-unchanged", "backend/.dockerignore")
			edit(t, folder, trees.Tree{"backend/.dockerignore": trees.File("node_modules\nprisma\napp.js\n*.md\n")})
		}, []string{"backend/.dockerignore"}, ""},
		"an ignore file of nobody's": {func(t *testing.T, folder string) {
			edit(t, folder, trees.Tree{".git/info/exclude": trees.File("*.dockerignore\n"), "frontend/Dockerfile.dockerignore": trees.File("pages\n")})
		}, []string{"in no commit: frontend/Dockerfile.dockerignore"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			folder := repositoryOf(t, filepath.Join(repositories(t), "app"), application)
			row.prepare(t, folder)
			clean(t, folder)
			got := checkedSources(t, built(folder))
			checktest.Expect(t, got, check.FailedNow, row.says...)
			assert.Contains(t, got.Next, strings.ReplaceAll(row.next, "%s", folder))
			assert.NotContains(t, got.Cause+strings.Join(got.Details, ""), "notes.md", "what Docker ignores is no part of it")
		})
	}
}

// git status reports these too, or nothing could be compared.
func TestSources_ThatGitRefusesToo(t *testing.T) {
	for name, row := range map[string]struct {
		prepare func(t *testing.T, folder string)
		ask     func(q *inputs.Preflight)
		says    []string
	}{
		"a submodule at another commit": {prepare: func(t *testing.T, folder string) {
			library(t, folder)
			makes(t, filepath.Join(folder, "backend/library"), "commit", "--quiet", "--allow-empty", "--message", "later")
		}, says: []string{"not committed: backend/library", "the submodule backend/library is at ", " instead of "}},
		"a submodule with changes": {prepare: func(t *testing.T, folder string) {
			library(t, folder)
			makes(t, folder, "config", "submodule.backend/library.ignore", "all")
			edit(t, folder, trees.Tree{"backend/library/lib.js": trees.File("other\n")})
		}, says: []string{"not committed: backend/library", "1 file not what the commit has: backend/library/lib.js"}},
		"a file once": {prepare: func(t *testing.T, folder string) {
			edit(t, folder, trees.Tree{"backend/app.js": trees.File("x"), "backend/new.js": trees.File("x")})
			require.NoError(t, os.Remove(filepath.Join(folder, "frontend/pages/a b.js")))
			repositoryOf(t, filepath.Join(folder, "backend/vendored"), trees.Tree{"v.js": trees.File("v\n")})
		}, says: []string{"4 files in ", "untracked backend/vendored/"}},
		"a context in a submodule that is not initialised": {prepare: func(t *testing.T, folder string) {
			library(t, folder)
			makes(t, folder, "submodule", "--quiet", "deinit", "--all", "--force")
		}, ask: func(q *inputs.Preflight) { q.Contexts[0].Folder = "backend/library" }, says: []string{"the submodule backend/library is not initialised"}},
		"no context": {ask: func(q *inputs.Preflight) { q.Contexts[0].Folder = "worker" }, says: []string{"worker: ", "no such file or directory"}},
		"no Dockerfile": {ask: func(q *inputs.Preflight) { q.Contexts[0].Dockerfile = "none/Dockerfile" },
			says: []string{"backend: build context: there is no none/Dockerfile"}},
		"no migrations": {ask: func(q *inputs.Preflight) { q.Migrations = "backend/migrations" }, says: []string{"backend/migrations: ", "no such file or directory"}},
		"a Dockerfile from outside": {prepare: func(t *testing.T, folder string) {
			edit(t, folder, trees.Tree{"backend/Dockerfile": trees.Link("../frontend/Dockerfile")})
			commitAll(t, folder)
		}, says: []string{"backend: build context: image.dockerfile: Dockerfile is a link that leads out of the folder"}},
		"a context from outside": {prepare: func(t *testing.T, folder string) {
			edit(t, folder, trees.Tree{"worker": trees.Link("../..")})
			commitAll(t, folder)
		}, ask: func(q *inputs.Preflight) { q.Contexts[0].Folder = "worker" }, says: []string{"worker: worker is a link that leads out of the folder, to ../.."}},
		"a link that is not the commit's": {prepare: func(t *testing.T, folder string) {
			edit(t, folder, trees.Tree{"web": trees.Link("frontend")})
			commitAll(t, folder)
			makes(t, folder, "update-index", "--assume-unchanged", "web")
			edit(t, folder, trees.Tree{"web": trees.Link("backend")})
		}, ask: func(q *inputs.Preflight) { q.Contexts[1].Folder = "web" }, says: []string{"1 file changed, and git was told not to look: web"}},
		"another content": {ask: func(q *inputs.Preflight) { q.Contexts[1].Content = fakeaws.Digest },
			says: []string{"the build context frontend has changed since the update began: it was " + fakeaws.Digest + " and is sha256:"}},
		"many": {prepare: func(t *testing.T, folder string) {
			for i := range 12 {
				edit(t, folder, trees.Tree{fmt.Sprintf("backend/%02d.local", i): trees.File("x")})
			}
		}, says: []string{"12 files in no commit, and yet part of what is built or migrated: backend/00.local, backend/01.local, backend/02.local and 9 more",
			"backend/09.local\nand 2 more"}},
	} {
		t.Run(name, func(t *testing.T) {
			folder := repositoryOf(t, filepath.Join(repositories(t), "app"), application)
			if row.prepare != nil {
				row.prepare(t, folder)
			}
			q := built(folder)
			if row.ask != nil {
				row.ask(&q)
			}
			got := checkedSources(t, q)
			checktest.Expect(t, got, check.FailedNow, row.says...)
			all := got.Cause + strings.Join(got.Details, "\n")
			assert.NotContains(t, all, "10.local")
			assert.NotContains(t, all, "changed: backend/app.js")
			assert.NotContains(t, all, "there is no Dockerfile")
			assert.NotContains(t, all, "in no commit: backend/vendored")
		})
	}
}

// One file of each of many kinds: all are named, each with what to do.
func TestSources_WithMuchWrong(t *testing.T) {
	folder := repositoryOf(t, filepath.Join(repositories(t), "app"), application)
	library(t, folder)
	large(t, folder)
	checkedOutAnew(t, folder, "core.autocrlf=true", "core.fileMode=false")
	makes(t, folder, "submodule", "--quiet", "deinit", "--all", "--force")
	require.NoError(t, os.Chmod(filepath.Join(folder, "backend/start.sh"), 0o644))
	edit(t, folder, trees.Tree{"backend/.env": trees.File("A=1"), "notes.txt": trees.File("x")})
	got := checkedSources(t, built(folder))
	checktest.Expect(t, got, check.FailedNow, "notes.txt", "the submodule backend/library is not initialised", "backend/model.bin", "with other line ends than in the commit: ",
		"1 file of another mode than in the commit: backend/start.sh", "1 file in no commit, and yet part of what is built or migrated: backend/.env", "and ")
	assert.Len(t, got.Details, 11, "ten, and how many more")
	for _, next := range []string{"stash --include-untracked", "submodule update", "lfs pull", "core.autocrlf false", "core.fileMode true", "name them in .dockerignore"} {
		assert.Contains(t, got.Next, next)
	}
	assert.NotContains(t, got.Next, "{folder}")
	all := maps.Clone(differences)
	assert.Len(t, all, int(uncommittedFile)+1, "every kind has words")
}
