package preflight

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// compareBytes compares files of one repository with the commit. A file must have the bytes that a new clone would have
// on a machine without configuration:
//
//   - the commit's, or what line ends (eol), ident and working-tree-encoding make of them, where the commit's own
//     .gitattributes ask for that;
//   - of a pointer of Git LFS, the file that it names, by SHA-256 and size;
//   - never what another filter makes of them, as only the machine's configuration says what that is. export-subst is
//     for archives and changes no checkout.
func (c *comparison) compareBytes(ctx context.Context, of *gitTree, names []string) (err error) {
	same := func(name string) bool { return c.found[name].blob == c.blobs[name].id }
	if !of.attributes && !slices.ContainsFunc(names, func(name string) bool { return !same(name) }) {
		return nil // nothing asks for other bytes, and there are none
	}
	clone, err := newPristine(ctx, of)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, clone.remove()) }()
	said, err := clone.attributes(ctx, names)
	if err != nil {
		return err
	}
	isLarge := func(name string) bool { return said[name].filter == lfsFilter }
	pointers, err := clone.blobs(ctx, c.blobs, slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !isLarge(name) }))
	if err != nil {
		return err
	}
	var converted, other []string
	for _, name := range names {
		pointer, is := parseLFSPointer(pointers[name])
		switch got := c.found[name]; {
		case is && same(name):
			c.differs(name, unfetchedFile, "")
		case is && (got.sum != pointer.sum || got.size != pointer.size):
			c.differs(name, changedFile, "")
		case is: // the file that the pointer names
		case said[name].converts:
			converted = append(converted, name)
		case !same(name):
			other = append(other, name)
		}
	}
	if err := c.compareConverted(ctx, clone, converted); err != nil {
		return err
	}
	return c.explain(ctx, clone, other, said)
}

// compareConverted compares files with what git writes of them in a new clone.
func (c *comparison) compareConverted(ctx context.Context, clone *pristine, names []string) error {
	if len(names) == 0 {
		return nil
	}
	if err := clone.checkOut(ctx, names); err != nil {
		return err
	}
	for _, name := range names {
		anew, err := os.ReadFile(filepath.Join(clone.files, filepath.FromSlash(clone.of.relative(name))))
		if err != nil {
			return err
		}
		if c.found[name].sum != sha256.Sum256(anew) {
			c.differs(name, unconvertedFile, "")
		}
	}
	return nil
}

// explain finds why files differ from the commit.
func (c *comparison) explain(ctx context.Context, clone *pristine, names []string, said map[string]prescribed) error {
	const few, text = 256, 1 << 20 // files at once; bytes of what is looked at for its line ends
	for some := range slices.Chunk(names, few) {
		small := slices.DeleteFunc(slices.Clone(some), func(name string) bool { return c.found[name].size > text })
		blobs, err := clone.blobs(ctx, c.blobs, small)
		if err != nil {
			return err
		}
		for _, name := range some {
			blob, is := blobs[name]
			switch filter := said[name].filter; {
			case filter != "":
				c.differs(name, filteredFile, filter)
			case is && c.hasLines(name, blob):
				c.differs(name, otherLineEnds, "")
			default:
				c.differs(name, changedFile, "")
			}
		}
	}
	return nil
}

// hasLines tells whether a file has the lines of a text, whatever ends them.
func (c *comparison) hasLines(name string, blob []byte) bool {
	there, err := os.ReadFile(filepath.Join(c.top, filepath.FromSlash(name)))
	unix := func(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) }
	return err == nil && bytes.Equal(unix(there), unix(blob))
}

// unhide finds which of the differences git was told to ignore.
func (c *comparison) unhide(ctx context.Context) error {
	hidden := map[*gitTree]map[string]string{}
	for i, one := range c.all {
		want, is := c.blobs[one.name]
		if !is || one.kind != missingFile && one.kind != changedFile {
			continue
		}
		if hidden[want.tree] == nil {
			flags, err := want.tree.flags(ctx)
			if err != nil {
				return err
			}
			hidden[want.tree] = flags
		}
		switch flag := hidden[want.tree][one.name]; {
		case one.kind == missingFile && strings.EqualFold(flag, "S"):
			c.all[i].kind = sparseFile
		case flag == "S" || flag != strings.ToUpper(flag):
			c.all[i].kind = hiddenFile
		}
	}
	return nil
}

// flags are the letters of git's index, by name from the top: S is skip-worktree, and a lower-case letter is assume-unchanged.
func (t *gitTree) flags(ctx context.Context) (map[string]string, error) {
	said, err := t.ask(ctx, "ls-files", "-v", "-z", "--full-name", "--", ":/")
	if err != nil {
		return nil, err
	}
	flags := map[string]string{}
	for entry := range strings.SplitSeq(said, "\x00") {
		if flag, name, is := strings.Cut(entry, " "); is {
			flags[t.prefix+name] = flag
		}
	}
	return flags, nil
}
