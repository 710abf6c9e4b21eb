package preflight

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/flowcomply/infrastructure/internal/git"
)

// pristine is a repository in a temporary folder, with the objects of another one. It has neither that one's
// configuration nor this machine's. So what git checks out there follows from the commit and its own .gitattributes
// alone.
type pristine struct {
	of     *gitTree
	folder string // to be removed
	files  string // where files are written
	env    []string
}

// neutralSettings override defaults that differ between operating systems.
var neutralSettings = []string{"-c", "core.eol=lf", "-c", "core.autocrlf=false", "-c", "core.protectNTFS=false", "-c", "core.protectHFS=false"}

// newPristine makes the repository, with a tree's commit in its index.
func newPristine(ctx context.Context, of *gitTree) (*pristine, error) {
	objects, err := of.ask(ctx, "rev-parse", "--git-path", "objects")
	if err != nil {
		return nil, err
	}
	if !filepath.IsAbs(objects) {
		objects = filepath.Join(of.folder, objects)
	}
	if objects, err = filepath.Abs(objects); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "preflight-")
	if err != nil {
		return nil, err
	}
	p := &pristine{of: of, folder: folder, files: filepath.Join(folder, "files")}
	p.env = []string{
		"PATH=" + os.Getenv("PATH"), "SYSTEMROOT=" + os.Getenv("SYSTEMROOT"), "HOME=" + folder, "XDG_CONFIG_HOME=" + folder, "LC_ALL=C",
		"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_SYSTEM=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_ATTR_NOSYSTEM=1",
		"GIT_DIR=" + filepath.Join(folder, "git"), "GIT_WORK_TREE=" + p.files,
		"GIT_NO_REPLACE_OBJECTS=1", "GIT_NO_LAZY_FETCH=1", "GIT_TERMINAL_PROMPT=0",
	}
	if err := p.prepare(ctx, objects); err != nil {
		return nil, errors.Join(err, p.remove())
	}
	return p, nil
}

func (p *pristine) prepare(ctx context.Context, objects string) error {
	if err := os.Mkdir(p.files, 0o700); err != nil {
		return err
	}
	init := []string{"init", "--quiet", "--template="}
	if len(p.of.commit) > sha1Digits {
		init = append(init, "--object-format=sha256")
	}
	if _, err := p.git(ctx, nil, init...); err != nil {
		return err
	}
	p.env = append(p.env, "GIT_OBJECT_DIRECTORY="+objects) // not before: git init makes the folder of the objects
	_, err := p.git(ctx, nil, "read-tree", p.of.commit)
	return err
}

func (p *pristine) remove() error { return os.RemoveAll(p.folder) }

// git runs git in the repository, with what it reads from standard input.
func (p *pristine) git(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	return git.Run(ctx, p.files, p.env, stdin, append(slices.Clone(neutralSettings), args...)...)
}

// prescribed is what .gitattributes say of a file beside its bytes.
type prescribed struct {
	filter   string // name of a program of this machine's configuration; empty without one
	converts bool   // git itself writes other bytes than the commit has
}

// attributes are what the commit's .gitattributes say of the files, by name from the top as everywhere.
func (p *pristine) attributes(ctx context.Context, names []string) (map[string]prescribed, error) {
	out, err := p.git(ctx, p.zeroed(names), "check-attr", "-z", "--stdin", "--cached", "eol", "ident", "working-tree-encoding", "filter")
	if err != nil {
		return nil, err
	}
	said := map[string]prescribed{}
	for fields := range slices.Chunk(strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"), 3) { // name, attribute, value
		if len(fields) < 3 || fields[2] == "unspecified" || fields[2] == "unset" {
			continue
		}
		name := p.of.prefix + fields[0]
		one := said[name]
		if fields[1] == "filter" {
			one.filter = fields[2]
		} else {
			one.converts = one.converts || fields[1] != "eol" || fields[2] == "crlf"
		}
		said[name] = one
	}
	return said, nil
}

// checkOut writes files as git does in a new clone.
func (p *pristine) checkOut(ctx context.Context, names []string) error {
	_, err := p.git(ctx, p.zeroed(names), "checkout-index", "-z", "--stdin", "--force", "--quiet")
	return err
}

// zeroed are names as git reads them with -z.
func (p *pristine) zeroed(names []string) []byte {
	var all []byte
	for _, name := range names {
		all = append(append(all, p.of.relative(name)...), 0)
	}
	return all
}

// blobs returns the bytes that the commit has of the files. One that is missing, as in a partial clone, is left out.
func (p *pristine) blobs(ctx context.Context, of map[string]gitBlob, names []string) (map[string][]byte, error) {
	if len(names) == 0 {
		return nil, nil
	}
	var ids strings.Builder
	for _, name := range names {
		ids.WriteString(of[name].id + "\n")
	}
	out, err := p.git(ctx, []byte(ids.String()), "cat-file", "--batch=%(objectsize)")
	if err != nil {
		return nil, err
	}
	found := map[string][]byte{}
	for _, name := range names { // git answers in their order
		size, rest, _ := bytes.Cut(out, []byte("\n"))
		length, err := strconv.Atoi(string(size))
		if err != nil || length > len(rest) { // "<id> missing"
			out = rest
			continue
		}
		found[name], out = rest[:length], rest[min(length+1, len(rest)):]
	}
	return found, nil
}
