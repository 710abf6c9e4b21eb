package preflight

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/buildcontext"
	"github.com/flowcomply/infrastructure/internal/buildcontext/trees"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
	"github.com/flowcomply/infrastructure/verify/inputs"
)

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
