package preflight

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/buildcontext"
	"github.com/flowcomply/infrastructure/internal/buildcontext/trees"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
	"github.com/flowcomply/infrastructure/verify/inputs"
	"github.com/flowcomply/infrastructure/verify/internal/fakeaws"
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

func TestSources_ThatAreTheCommit(t *testing.T) {
	for name, row := range map[string]struct {
		prepare func(t *testing.T, folder string)
		ask     func(q *inputs.Preflight)
	}{
		"as it is": {},
		"what Docker ignores": {prepare: func(t *testing.T, folder string) {
			edit(t, folder, trees.Tree{"backend/node_modules/p/index.js": trees.File("1"), "node_modules/p/index.js": trees.File("1"), ".env": trees.File("A=1")})
		}},
		"an empty folder":      {prepare: func(t *testing.T, folder string) { edit(t, folder, trees.Tree{"backend/tmp": trees.Folder()}) }},
		"a server's socket":    {prepare: func(t *testing.T, folder string) { edit(t, folder, trees.Tree{"backend/a.local": trees.Socket()}) }},
		"automatic line ends":  {prepare: attributes("* text=auto\n")},
		"prescribed line ends": {prepare: attributes("*.js text eol=crlf\n*.sql eol=crlf\n")},
		"an id": {prepare: func(t *testing.T, folder string) {
			edit(t, folder, trees.Tree{"backend/id.js": trees.File("// $Id$\n")})
			attributes("*.js ident\n")(t, folder)
			text, err := os.ReadFile(filepath.Join(folder, "backend/id.js"))
			require.NoError(t, err)
			require.Contains(t, string(text), "$Id: ")
		}},
		"an encoding": {prepare: func(t *testing.T, folder string) {
			edit(t, folder, trees.Tree{"backend/utf16.txt": trees.File("h\x00i\x00\n\x00")})
			attributes("utf16.txt text working-tree-encoding=UTF-16LE\n")(t, folder)
		}},
		"what only an archive replaces": {prepare: func(t *testing.T, folder string) {
			edit(t, folder, trees.Tree{"backend/version.js": trees.File("$Format:%H$\n")})
			attributes("version.js export-subst\nnotes.md export-ignore\n")(t, folder)
		}},
		"a filter that nobody has": {prepare: attributes("*.js filter=secret\n")},
		"large files": {prepare: func(t *testing.T, folder string) {
			large(t, folder)
			fetched(t, folder, pointed)
		}},
		"a large file that was committed as it is": {prepare: func(t *testing.T, folder string) {
			edit(t, folder, trees.Tree{"backend/model.bin": trees.File(pointed)})
			attributes("*.bin filter=lfs -text\n")(t, folder)
		}},
		"a pointer that is no attribute's": {prepare: func(t *testing.T, folder string) {
			edit(t, folder, trees.Tree{"backend/example.txt": trees.File(pointerText())})
			commitAll(t, folder)
		}},
		"a submodule": {prepare: func(t *testing.T, folder string) { library(t, folder) }},
		"a submodule with attributes of its own": {prepare: func(t *testing.T, folder string) {
			attributes("*.js -text\n")(t, folder)
			library(t, folder, "*.js eol=crlf\n")
			text, err := os.ReadFile(filepath.Join(folder, "backend/library/lib.js"))
			require.NoError(t, err)
			require.Contains(t, string(text), "\r\n")
		}},
		"a submodule that Docker ignores": {prepare: func(t *testing.T, folder string) {
			edit(t, folder, trees.Tree{"backend/.dockerignore": trees.File("library\nprisma\n")})
			library(t, folder)
			makes(t, folder, "submodule", "--quiet", "deinit", "--all", "--force")
		}},
		"a submodule that nothing is built from": {prepare: func(t *testing.T, folder string) {
			library(t, folder)
			makes(t, folder, "submodule", "--quiet", "deinit", "--all", "--force")
		}, ask: func(q *inputs.Preflight) { q.Contexts, q.Migrations = q.Contexts[1:], "" }},
		"a context in a submodule": {prepare: func(t *testing.T, folder string) {
			service := repositoryOf(t, filepath.Join(t.TempDir(), "service"), trees.Tree{"app/Dockerfile": trees.File("FROM scratch\n"), "app/x.js": trees.File("1\n")})
			makes(t, folder, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", service, "worker")
			commitAll(t, folder)
		}, ask: func(q *inputs.Preflight) {
			q.Contexts = append(q.Contexts, inputs.BuildContext{Folder: "worker/app", Dockerfile: "Dockerfile"})
		}},
		"what Docker ignores left out": {prepare: func(t *testing.T, folder string) {
			makes(t, folder, "sparse-checkout", "set", "--no-cone", "/*", "!/README.md", "!/backend/notes.md")
		}},
		"modes that git does not look at": {prepare: func(t *testing.T, folder string) { makes(t, folder, "config", "core.fileMode", "false") }},
		"a context that is a link": {prepare: func(t *testing.T, folder string) {
			edit(t, folder, trees.Tree{"web": trees.Link("frontend")})
			commitAll(t, folder)
		}, ask: func(q *inputs.Preflight) { q.Contexts[1].Folder = "web" }},
		"everything": {prepare: func(t *testing.T, folder string) {
			edit(t, folder, trees.Tree{"Dockerfile": trees.File("FROM scratch\n"), ".dockerignore": trees.File(".env\n**/node_modules\n")})
			commitAll(t, folder)
			edit(t, folder, trees.Tree{".env": trees.File("A=1"), ".local/contexts/1/x": trees.File("1")})
			makes(t, folder, "config", "core.excludesFile", filepath.Join(folder, ".git", "mine"))
			edit(t, folder, trees.Tree{".git/mine": trees.File(".local/\n")})
		}, ask: func(q *inputs.Preflight) {
			q.Contexts, q.Staging = []inputs.BuildContext{{Folder: ".", Dockerfile: "Dockerfile"}}, filepath.Join(q.Source, ".local/contexts")
		}},
		"only what is asked": {prepare: func(t *testing.T, folder string) {
			edit(t, folder, trees.Tree{"backend/.env": trees.File("A=1"), "other/x.local": trees.File("1")})
		}, ask: func(q *inputs.Preflight) { q.Contexts, q.Migrations = q.Contexts[1:], "" }},
		"the content that is built": {ask: func(q *inputs.Preflight) {
			list, err := buildcontext.Context{Folder: filepath.Join(q.Source, "frontend"), Dockerfile: "Dockerfile"}.List()
			require.NoError(t, err)
			q.Contexts[1].Content = list.Content
		}},
	} {
		t.Run(name, func(t *testing.T) {
			folder := repositoryOf(t, filepath.Join(repositories(t), "app"), application)
			if row.prepare != nil {
				row.prepare(t, folder)
			}
			clean(t, folder)
			q := built(folder)
			if row.ask != nil {
				row.ask(&q)
			}
			checktest.Expect(t, checkedSources(t, q), check.OK, "v1.1.0 is ", ", nothing uncommitted, and ", " that images are built from or migrations are as committed")
		})
	}
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

func TestSources_OfOtherRepositories(t *testing.T) {
	t.Run("a folder of a larger one", func(t *testing.T) {
		all := trees.Tree{"other/x.js": trees.File("1"), ".gitattributes": trees.File("*.js eol=crlf\n")}
		for name, node := range application {
			all["services/app/"+name] = node
		}
		top := repositoryOf(t, filepath.Join(repositories(t), "everything"), all)
		checkedOutAnew(t, top)
		q := built(filepath.Join(top, "services", "app"))
		checktest.Expect(t, checkedSources(t, q), check.OK, "v1.1.0 is ")
		edit(t, top, trees.Tree{"services/app/backend/.env": trees.File("A=1"), "other/x.local": trees.File("1")})
		checktest.Expect(t, checkedSources(t, q), check.FailedNow, "1 file in no commit, and yet part of what is built or migrated: services/app/backend/.env")
	})
	t.Run("a second worktree", func(t *testing.T) {
		folder := repositoryOf(t, filepath.Join(repositories(t), "app"), application)
		attributes("*.js eol=crlf\n")(t, folder)
		makes(t, folder, "worktree", "add", "--quiet", "--detach", folder+"2")
		checktest.Expect(t, checkedSources(t, built(folder+"2")), check.OK)
		edit(t, folder+"2", trees.Tree{"backend/.env": trees.File("A=1")})
		checktest.Expect(t, checkedSources(t, built(folder+"2")), check.FailedNow, "backend/.env")
	})
	t.Run("SHA-256", func(t *testing.T) {
		folder := repositoryOf(t, filepath.Join(repositories(t), "app"), application, "--object-format=sha256")
		attributes("*.js eol=crlf\n")(t, folder)
		checktest.Expect(t, checkedSources(t, built(folder)), check.OK)
		edit(t, folder, trees.Tree{"backend/app.js": trees.File("other\n")})
		makes(t, folder, "update-index", "--assume-unchanged", "backend/app.js")
		edit(t, folder, trees.Tree{"backend/start.sh": trees.Program("other\n")})
		makes(t, folder, "update-index", "--assume-unchanged", "backend/start.sh")
		checktest.Expect(t, checkedSources(t, built(folder)), check.FailedNow, "backend/app.js", "backend/start.sh")
	})
	for name, options := range map[string][]string{
		"a shallow clone": {"--depth", "1"}, "a partial clone": {"--filter", "blob:none"}, "a clone that shares objects": {"--reference", "app"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := repositoryOf(t, filepath.Join(repositories(t), "app"), application)
			large(t, folder)
			attributes("*.js eol=crlf\n*.bin filter=lfs -text\n")(t, folder)
			edit(t, folder, trees.Tree{"backend/other.js": trees.File("1\n")})
			commitAll(t, folder)
			makes(t, folder, "config", "uploadpack.allowFilter", "true")
			makes(t, filepath.Dir(folder), append(append([]string{"clone", "--quiet"}, options...), "file://"+folder, "clone")...)
			clone := filepath.Join(filepath.Dir(folder), "clone")
			checktest.Expect(t, checkedSources(t, built(clone)), check.FailedNow, "1 file kept by Git LFS and not fetched: backend/model.bin")
			filter, err := gitFolder{folder}.ask(t.Context(), "config", "filter.lfs.clean")
			require.NoError(t, err)
			makes(t, clone, "config", "filter.lfs.clean", filter)
			fetched(t, clone, pointed)
			checktest.Expect(t, checkedSources(t, built(clone)), check.OK)
		})
	}
	t.Run("by a link to the folder", func(t *testing.T) {
		folder := repositoryOf(t, filepath.Join(repositories(t), "app"), application)
		require.NoError(t, os.Symlink(folder, folder+"-link"))
		checktest.Expect(t, checkedSources(t, built(folder+"-link")), check.OK)
	})
	t.Run("with another commit in its place", func(t *testing.T) {
		folder := repositoryOf(t, filepath.Join(repositories(t), "app"), application)
		edit(t, folder, trees.Tree{"backend/app.js": trees.File("other\n")})
		makes(t, folder, "commit", "--quiet", "--all", "--message", "other")
		makes(t, folder, "replace", "v1.1.0^{commit}", "HEAD")
		makes(t, folder, "reset", "--quiet", "--soft", "v1.1.0^{commit}") // whose files are the other's now
		clean(t, folder)
		checktest.Expect(t, checkedSources(t, built(folder)), check.FailedNow, "1 file not what the commit has: backend/app.js")
	})
	t.Run("with another object in its place", func(t *testing.T) {
		folder := repositoryOf(t, filepath.Join(repositories(t), "app"), application)
		edit(t, folder, trees.Tree{"backend/app.js": trees.File("other\n")})
		was, err := gitFolder{folder}.ask(t.Context(), "rev-parse", "HEAD:backend/app.js")
		require.NoError(t, err)
		is, err := gitFolder{folder}.ask(t.Context(), "hash-object", "-w", "backend/app.js")
		require.NoError(t, err)
		makes(t, folder, "replace", was, is)
		makes(t, folder, "update-index", "--assume-unchanged", "backend/app.js")
		clean(t, folder)
		checktest.Expect(t, checkedSources(t, built(folder)), check.FailedNow, "backend/app.js")
	})
}

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
