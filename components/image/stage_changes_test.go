package image

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/buildcontext"
	"github.com/flowcomply/infrastructure/internal/buildcontext/trees"
)

// changing is a source that somebody works on after it was listed.
type changing struct {
	buildcontext.Context
	change func()
}

func (c changing) Walk(visit func(buildcontext.Entry, io.Reader) error) error {
	c.change()
	return c.Context.Walk(visit)
}

func TestStage_RefusesASourceThatChangesMeanwhile(t *testing.T) {
	for name, change := range map[string]trees.Tree{
		"a file is saved":   {"server": trees.Program("another")},
		"a file comes":      {"lib/new.js": trees.File("1")},
		"a folder for it":   {"server": trees.Folder()},
		"a file is a link":  {"server": trees.Link("lib")},
		"it may not be run": {"server": trees.File("ELF")},
		"a file goes":       {"lib/a.js": trees.Folder(), "a.js": trees.File("1")},
		"what is ignored":   {".dockerignore": trees.File("lib\n")},
	} {
		t.Run(name, func(t *testing.T) {
			source, under := trees.Contexts()["plain"].In(t), t.TempDir()
			context := buildcontext.Context{Folder: source, Dockerfile: "Dockerfile"}
			list, err := context.List()
			require.NoError(t, err)
			copied := staged{list: list, dockerfile: "Dockerfile", folder: filepath.Join(under, "copy")}
			err = copied.make(changing{context, func() { change.Write(t, source) }})
			require.ErrorContains(t, err, "a file has changed while it was copied; run the command again")
			entries, err := os.ReadDir(under)
			require.NoError(t, err)
			assert.Empty(t, entries, "a half copy stayed")
		})
	}
}

func TestCopyTo_RefusesADevice(t *testing.T) {
	err := copyTo(t.TempDir(), one(buildcontext.Entry{Name: "lib/null", Kind: buildcontext.Device, Device: "c 1:3"}))
	require.ErrorContains(t, err, "lib/null is a device, and only an administrator can copy one; next: name it in .dockerignore")
}

// Nothing is written outside of the copy, whatever stands in its way.
func TestCopyTo_FollowsNoLinkOut(t *testing.T) {
	folder, outside := t.TempDir(), t.TempDir()
	require.NoError(t, os.Symlink(outside, filepath.Join(folder, "lib")))
	require.Error(t, copyTo(folder, one(buildcontext.Entry{Name: "lib/a.js", Kind: buildcontext.File})))
	assert.NoFileExists(t, filepath.Join(outside, "a.js"))
}

// one is a context with one entry.
type one buildcontext.Entry

func (o one) Walk(visit func(buildcontext.Entry, io.Reader) error) error {
	return visit(buildcontext.Entry(o), os.Stdin)
}
