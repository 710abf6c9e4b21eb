package trees

import "maps"

// Context is a tree and which of its files is the Dockerfile.
type Context struct {
	Tree
	Dockerfile string
	// Needed is what Docker's library does not send and a copy of the context needs, so that the builder finds the
	// Dockerfile and the ignore file in it.
	Needed []string
}

const build = "FROM scratch\nCOPY . /\n"

// app is a context that most others are made from.
var app = Tree{
	"Dockerfile": File(build), "server": Program("ELF"), "lib/a.js": File("1"), "lib/b/c.js": File("2"), "README.md": File("# app\n"),
}

func plain(tree Tree, needed ...string) Context {
	return Context{Tree: tree, Dockerfile: "Dockerfile", Needed: needed}
}

// Contexts are what tests compare with what Docker's own library and a daemon make of them.
func Contexts() map[string]Context { return maps.Clone(contexts) }

var contexts = map[string]Context{
	"plain":       plain(app),
	"order":       plain(app.With(Tree{"lib.js": File("3"), "lib-b": File("4"), "lib/b.js": File("5"), "Zoo": File("6"), "lib0": File("7")})),
	"empty files": plain(app.With(Tree{"empty": File(""), "empty.sh": Program("")})),
	"empty folders": plain(app.With(Tree{
		"empty": Folder(), "lib/deep/empty": Folder(), "logs/x.log": File("x"), ".dockerignore": File("*.log\nlogs/*\n"),
	})),
	"symbolic links": plain(app.With(Tree{
		"current": Link("lib"), "file": Link("lib/a.js"), "dangling": Link("no/where"), "absolute": Link("/etc/hostname"),
		"lib/up": Link("../../elsewhere"), "lib/self": Link("self"),
	})),
	"hard links": plain(app.With(Tree{
		"lib/x": File("same"), "lib/y": Hard("x"), "run": Program("ELF 2"), "run2": Hard("run"), "z/ignored": File("z"), "z/kept": Hard("ignored"),
		".dockerignore": File("z/ignored\n"),
	})),
	"names": plain(app.With(Tree{
		"a b": File("1"), " lead": File("2"), "trail ": File("3"), "new\nline": File("4"), `back\slash`: File("5"), "-dash": File("6"),
		"--file": File("7"), "co:lon": File("8"), "ünï\u00a0cödé/日本語": File("9"), "star*": File("10"), "[x]": File("11"), "quo\"te'": File("12"),
		"tab\t": File("13"), "!bang": File("14"), "#hash": File("15"), "$HOME": File("16"), "..dots": File("17"), "e\u0301": File("18"),
		"a~1": Link("new\nline"),
	})),
	"names that are not UTF-8":     plain(app.With(Tree{"\xff\xfe": File("1"), "lib/\xc3": File("2")})),
	"pipe":                         plain(app.With(Tree{"pipe": Pipe(), "lib/pipe": Pipe(), "lib/same": Hard("pipe")})),
	"socket":                       plain(app.With(Tree{"server.sock": Socket(), "lib/[a] b": Socket()})),
	"hard link of a symbolic link": plain(app.With(Tree{"lib/link": Link("a.js"), "lib/same": Hard("link")})),
	"ignored names": plain(app.With(Tree{
		"a b": File("1"), "new\nline": File("2"), "-dash": File("3"), "co:lon": File("4"), "ü/日本語": File("5"), "[x]": File("6"), "!bang": File("7"),
		"#hash": File("8"), ".dockerignore": File("a b\n-dash\nco:lon\n**/日*\n\\[x]\n\\!bang\n\\#hash\nnew?line\n"),
	})),
	"ignore file": plain(app.With(Tree{
		".dockerignore": File("# comment\n\n*.md\n  lib/b  \n/debug\n**/*.log\ntmp/\n"), "debug/x": File("1"), "a.log": File("2"),
		"lib/deep/b.log": File("3"), "tmp/x": File("4"), "keep/tmp/x": File("5"), "docs/a.md": File("6"),
	})),
	"all but some": plain(app.With(Tree{
		".dockerignore": File("*\n!lib\n!server\nlib/b\n"), "other/x": File("1"),
	})),
	"exception in an ignored folder": plain(app.With(Tree{
		".dockerignore": File("vendor\n!vendor/keep/this.js\n!vendor/a*\n"), "vendor/keep/this.js": File("1"), "vendor/keep/that.js": File("2"),
		"vendor/abc/x.js": File("3"), "vendor/other/x.js": File("4"), "vendor/a.js": File("5"),
	})),
	"exception for any folder": plain(modules),
	"exception for any folder, installed": plain(modules.With(Tree{
		"node_modules/p/LICENSE.md": File("MIT"), "node_modules/p/index.js": File("1"), "node_modules/LICENSE.md": File("MIT"),
		"node_modules/.bin/p": Link("../p/index.js"), "node_modules/p/node_modules/q/LICENSE.md": File("MIT"),
	})),
	"exception for a folder": plain(app.With(Tree{
		".dockerignore": File("**/*.log\n!keep\n"), "keep/a.log": File("1"), "keep/b.txt": File("2"), "a.log": File("3"),
	})),
	"exception then ignored again": plain(app.With(Tree{
		".dockerignore": File("*\n!lib/**\nlib/b/*.js\n!**/c.js\n"), "lib/b/d.js": File("1"), "lib/b/e.txt": File("2"),
	})),
	"own ignore file": plain(app.With(Tree{
		"Dockerfile.dockerignore": File("lib\n"), ".dockerignore": File("server\nREADME.md\n"),
	})),
	"own ignore file, ignored": plain(app.With(Tree{
		"Dockerfile.dockerignore": File("*\n!server\n"), ".dockerignore": File("server\n"),
	}), "Dockerfile.dockerignore"),
	"build files ignored": plain(app.With(Tree{".dockerignore": File("Dockerfile\n.dockerignore\nlib\n")})),
	"everything ignored":  plain(app.With(Tree{".dockerignore": File("*\n")})),
	"Dockerfile in a folder": {Tree: app.With(Tree{
		"deploy/prod.Dockerfile": File(build), "deploy/notes": File("x"), ".dockerignore": File("*.md\n"),
	}), Dockerfile: "deploy/prod.Dockerfile"},
	"Dockerfile in an ignored folder": {Tree: app.With(Tree{
		"deploy/Dockerfile": File(build), "deploy/notes": File("x"), ".dockerignore": File("deploy\n*.md\n"),
	}), Dockerfile: "deploy/Dockerfile"},
	"own ignore file in a folder": {Tree: app.With(Tree{
		"deploy/Dockerfile": File(build), "deploy/Dockerfile.dockerignore": File("lib\n"), ".dockerignore": File("server\n"),
	}), Dockerfile: "deploy/Dockerfile"},
	"Dockerfile is a link": plain(app.With(Tree{"Dockerfile": Link("deploy/Dockerfile"), "deploy/Dockerfile": File(build)})),
	"Dockerfile is a link to what is ignored": plain(app.With(Tree{
		"Dockerfile": Link("deploy/Dockerfile"), "deploy/Dockerfile": File(build), ".dockerignore": File("deploy\nDockerfile\n"),
	}), "Dockerfile"),
	"links to the ignore file": plain(app.With(Tree{
		".dockerignore": Link("ops/ignore"), "ops/ignore": File("ops\n*.md\n"), "ops/notes": File("x"),
	})),
	"links to an own ignore file": plain(app.With(Tree{
		"Dockerfile.dockerignore": Link("ops/ignore"), "ops/ignore": File("ops\n*.md\nDockerfile.*\n"), "ops/notes": File("x"),
	}), "Dockerfile.dockerignore", "ops/ignore"),
	"git": plain(app.With(Tree{
		".git/HEAD": File("ref: refs/heads/main\n"), "lib/.git": File("gitdir: ../../.git/modules/lib\n"), ".gitignore": File("x\n"), "x.git/y": File("1"),
		".github/w.yml": File("1"),
	})),
	"Dockerfile in a linked folder": {Tree: app.With(Tree{
		"deploy": Link("ops/deploy"), "ops/deploy/Dockerfile": File(build), "ops/notes": File("x"),
	}), Dockerfile: "deploy/Dockerfile"},
}

// modules is an application whose packages are not installed.
var modules = app.With(Tree{
	".dockerignore": File("node_modules\n*.md\n!**/LICENSE.md\n"), "LICENSE.md": File("MIT"), "lib/LICENSE.md": File("MIT"), "lib/other.md": File("x"),
	"package.json": File("{}"),
})
