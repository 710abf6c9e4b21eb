package preflight

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/flowcomply/infrastructure/internal/buildcontext"
	"github.com/flowcomply/infrastructure/internal/text"
)

// sourceFolder is a folder that a release is made from: a build context, or the migrations.
type sourceFolder struct {
	name   string // as the inputs have it, such as backend
	prefix string // where it is from the repository's top; . is the top
	links  []string
	read   buildcontext.Context
	rules  buildcontext.Rules
	unread error // why it could not be read
}

// sourceFile is one thing of a source as it is in the folder.
type sourceFile struct {
	kind buildcontext.Kind
	size int64
	sum  [sha256.Size]byte
	blob string // id that git would give it as it is
}

// sources are what the inputs name: build contexts and migrations.
func (c *checkout) sources() []sourceFolder {
	var without []string
	if c.Staging != "" {
		without = []string{c.Staging}
	}
	var all []sourceFolder
	for _, one := range c.Contexts {
		all = append(all, sourceFolder{name: one.Folder, read: buildcontext.Context{Dockerfile: one.Dockerfile, Without: without}})
	}
	if c.Migrations != "" { // they are read from the folder, whatever an ignore file says
		all = append(all, sourceFolder{name: c.Migrations})
	}
	for i := range all {
		one := &all[i]
		if one.links, one.prefix, one.unread = buildcontext.Follow(c.top, path.Join(c.prefix, one.name)); one.unread != nil {
			continue
		}
		one.read.Folder = filepath.Join(c.top, filepath.FromSlash(one.prefix))
		one.rules, one.unread = one.read.Rules()
	}
	return all
}

// list adds the source's files, and the links that lead to it, to all, by name from the top. It returns the content's
// hash.
func (s *sourceFolder) list(ctx context.Context, top string, idLength int, all map[string]sourceFile) (content string) {
	if s.unread != nil {
		return ""
	}
	blobs := map[string]hash.Hash{}
	var list buildcontext.Listing
	list, s.unread = s.read.List(func(entry buildcontext.Entry) io.Writer {
		size := entry.Size
		if entry.Kind == buildcontext.Link {
			size = int64(len(entry.Link))
		}
		blobs[entry.Name] = newBlob(idLength, size)
		return endingWriter{ctx, blobs[entry.Name]}
	})
	for _, entry := range list.Entries {
		all[path.Join(s.prefix, entry.Name)] = sourceFile{
			kind: entry.Kind, size: entry.Size, sum: list.Sums[entry.Name], blob: fmt.Sprintf("%x", blobs[entry.Name].Sum(nil)),
		}
	}
	for _, link := range s.links {
		target, err := os.Readlink(filepath.Join(top, filepath.FromSlash(link)))
		if err != nil {
			s.unread = err
			return ""
		}
		blob := newBlob(idLength, int64(len(target)))
		_, _ = io.WriteString(blob, target) // a hash takes everything
		all[link] = sourceFile{kind: buildcontext.Link, blob: fmt.Sprintf("%x", blob.Sum(nil))}
	}
	return list.Content
}

// sha1Digits are the hex digits of an id in a repository that hashes with SHA-1.
const sha1Digits = 2 * sha1.Size

// newBlob hashes bytes as git does, into ids of as many hex digits.
func newBlob(idLength int, size int64) hash.Hash {
	blob := sha1.New()
	if idLength > sha1Digits {
		blob = sha256.New()
	}
	fmt.Fprintf(blob, "blob %d\x00", size)
	return blob
}

// endingWriter is a writer that fails once the context has ended.
type endingWriter struct {
	ctx context.Context
	io.Writer
}

func (u endingWriter) Write(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.Writer.Write(p)
}

// holds tells whether a name from the top is in the source, and returns its name there.
func (s *sourceFolder) holds(name string) (string, bool) {
	if s.prefix == "." {
		return name, true
	}
	return strings.CutPrefix(name, s.prefix+"/")
}

// wants tells whether a file of the commit would be part of the source.
func (s *sourceFolder) wants(name string) bool {
	inside, is := s.holds(name)
	return is && s.unread == nil && s.rules.Sends(inside)
}

// reaches tells whether part of the source may be in a folder that the commit has as a submodule.
func (s *sourceFolder) reaches(folder string) bool {
	inside, is := s.holds(folder)
	switch {
	case is:
		return s.unread != nil || s.rules.Enters(inside)
	case s.prefix == folder:
		return true
	}
	return strings.HasPrefix(s.prefix, folder+"/")
}

// problem words why the source cannot be read.
func (s *sourceFolder) problem(w *problems) {
	cause, next, _ := strings.Cut(s.unread.Error(), "; next: ")
	var out *buildcontext.LeadsOutError
	if errors.As(s.unread, &out) && next == "" {
		next = "put the folder itself there: what is built has to be in the commit"
	}
	w.add(text.First(next, "correct the service's image, or the checkout"), fmt.Sprintf("%s: %s", s.name, cause))
}
