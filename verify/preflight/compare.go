package preflight

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/internal/buildcontext"
)

// comparison is what sources have, compared with what the commit has.
type comparison struct {
	committed
	found map[string]sourceFile // by name from the top
	known map[string]bool       // what git status has named; a folder ends with a slash
	all   []difference
}

// difference is one file that is not the commit's.
type difference struct {
	name string // from the top
	kind differenceKind
	more string // such as the name of a filter
}

func (c *comparison) differs(name string, kind differenceKind, more string) {
	c.all = append(c.all, difference{name, kind, more})
}

// compare finds all differences, by name.
func (c *comparison) compare(ctx context.Context) error {
	files := map[*gitTree][]string{} // whose bytes are to be compared
	for _, name := range slices.Sorted(maps.Keys(c.found)) {
		if c.isKnown(name) || c.inSubmodule(name) {
			continue
		}
		want, is := c.blobs[name]
		switch got := c.found[name]; {
		case !is:
			c.differs(name, uncommittedFile, "")
		case (want.mode == linkMode) != (got.kind == buildcontext.Link), got.kind == buildcontext.Pipe, got.kind == buildcontext.Device:
			c.differs(name, otherType, "a "+string(got.kind)+" and not the commit's "+typeOf(want.mode))
		case want.mode == linkMode:
			if got.blob != want.id {
				c.differs(name, changedFile, "")
			}
		default:
			if (want.mode == programMode) != (got.kind == buildcontext.Program) {
				c.differs(name, otherMode, "a "+string(got.kind)+" and not the commit's "+typeOf(want.mode))
			}
			files[want.tree] = append(files[want.tree], name)
		}
	}
	for of, names := range files {
		if err := c.compareBytes(ctx, of, names); err != nil {
			return err
		}
	}
	c.missing()
	slices.SortStableFunc(c.all, func(a, b difference) int { return strings.Compare(a.name, b.name) })
	return c.unhide(ctx)
}

func typeOf(mode string) string {
	switch mode {
	case linkMode:
		return string(buildcontext.Link)
	case programMode:
		return string(buildcontext.Program)
	}
	return string(buildcontext.File)
}

// isKnown tells whether git status has named a file, or a folder that it is in.
func (c *comparison) isKnown(name string) bool {
	is := c.known[name]
	for folder := path.Dir(name); folder != "." && !is; folder = path.Dir(folder) {
		is = c.known[folder+"/"]
	}
	return is
}

// missing finds files of the commit that would be part of the sources, and are not there.
func (c *comparison) missing() {
	for _, name := range slices.Sorted(maps.Keys(c.blobs)) {
		if _, is := c.found[name]; is || c.isKnown(name) {
			continue
		}
		if slices.ContainsFunc(c.sources, func(one sourceFolder) bool { return one.wants(name) }) {
			c.differs(name, missingFile, "")
		}
	}
}
