package preflight

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/internal/git"
)

// The modes of a commit's entries:
// https://git-scm.com/docs/git-fast-import#Documentation/git-fast-import.txt-filemodify
const (
	linkMode      = "120000"
	programMode   = "100755"
	submoduleMode = "160000"
)

// gitFolder runs git in the folder, whatever the environment says.
type gitFolder struct{ folder string }

// ask returns what git wrote, without the last line's end. A *git.Error means that git refused.
func (g gitFolder) ask(ctx context.Context, args ...string) (string, error) {
	return git.Ask(ctx, g.folder, args...)
}

// head is the commit that is checked out; empty where there is none yet.
func (g gitFolder) head(ctx context.Context) (string, error) {
	commit, err := g.ask(ctx, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
	var none *git.Error
	if errors.As(err, &none) && none.Said == "" {
		return "", nil
	}
	return commit, err
}

// gitBlob is a file or link of a commit.
type gitBlob struct {
	mode, id string
	tree     *gitTree
}

// gitTree is the commit of one repository, the checkout's or a submodule's.
type gitTree struct {
	gitFolder
	commit     string
	prefix     string // the repository's place from the top; empty for the checkout's own
	attributes bool   // it has a .gitattributes
}

// relative is the name in the tree's repository of a name from the top.
func (t *gitTree) relative(name string) string { return strings.TrimPrefix(name, t.prefix) }

// submodule is one that differs from the commit.
type submodule struct{ name, why string }

// committed is what a commit has, with the submodules that sources reach into.
type committed struct {
	top        string
	sources    []sourceFolder
	blobs      map[string]gitBlob // by name from the top
	folders    map[string]bool    // those that hold something
	submodules []submodule
}

// load adds a commit's files. Replacements of objects (git replace) are left out, as they are no part of the commit.
func (c *committed) load(ctx context.Context, of gitFolder, commit, prefix string) error {
	said, err := of.ask(ctx, "--no-replace-objects", "ls-tree", "-r", "-z", "--full-tree", commit)
	if err != nil {
		return err
	}
	loaded := &gitTree{gitFolder: of, commit: commit, prefix: prefix}
	for entry := range strings.SplitSeq(strings.TrimSuffix(said, "\x00"), "\x00") {
		kind, name, _ := strings.Cut(entry, "\t")
		fields := strings.Fields(kind) // mode, type, id
		if len(fields) != 3 {
			continue // an empty commit has one empty entry
		}
		name = prefix + name
		for folder := path.Dir(name); folder != "." && !c.folders[folder]; folder = path.Dir(folder) {
			c.folders[folder] = true
		}
		if fields[0] == submoduleMode {
			if err := c.loadSubmodule(ctx, name, fields[2]); err != nil {
				return err
			}
			continue
		}
		loaded.attributes = loaded.attributes || path.Base(name) == ".gitattributes"
		c.blobs[name] = gitBlob{mode: fields[0], id: fields[2], tree: loaded}
	}
	return nil
}

// loadSubmodule adds a submodule's files if a source reaches into it and it is at the recorded commit.
func (c *committed) loadSubmodule(ctx context.Context, name, commit string) error {
	c.folders[name] = true
	if !slices.ContainsFunc(c.sources, func(one sourceFolder) bool { return one.reaches(name) }) {
		return nil
	}
	folder := filepath.Join(c.top, filepath.FromSlash(name))
	if _, err := os.Lstat(filepath.Join(folder, ".git")); errors.Is(err, fs.ErrNotExist) {
		c.submodules = append(c.submodules, submodule{name, "not initialised"})
		return nil
	}
	inside := gitFolder{folder}
	at, err := inside.head(ctx)
	switch {
	case err != nil:
		return err
	case at == commit:
		return c.load(ctx, inside, commit, name+"/")
	case at == "":
		c.submodules = append(c.submodules, submodule{name, "without a commit"})
	default:
		c.submodules = append(c.submodules, submodule{name, fmt.Sprintf("at %s instead of %s", abbreviated(at), abbreviated(commit))})
	}
	return nil
}

// inSubmodule tells whether a name is in a submodule that differs from the commit. Nothing is compared there.
func (c *committed) inSubmodule(name string) bool {
	return slices.ContainsFunc(c.submodules, func(one submodule) bool { return strings.HasPrefix(name, one.name+"/") })
}
