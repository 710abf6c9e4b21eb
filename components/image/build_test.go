package image_test

import (
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/image"
	"github.com/flowcomply/infrastructure/components/internal/record"
)

// These tests hold which inputs a build has, and when they are others. What an engine and a provider make of them, they do
// not prove: with the stand-in provider, a second checkout with another umask was previewed as unchanged.

func TestFrozen_IsTheSameBuildWhoseChangesAreNone(t *testing.T) {
	built := record.Run(t, released(image.Built{})).One(t, imageType, "web-image")
	frozen := record.Run(t, released(image.Frozen{Digest: heldDigest})).One(t, imageType, "web-image")
	want := built.Plain()
	want["skipPush"] = true // the registry holds the version, and is not asked to take it
	assert.Equal(t, want, frozen.Plain())
	assert.Equal(t, ofContent, frozen.Get("build.args.CONTENT"))
	assert.Empty(t, built.IgnoreChanges)
	assert.Equal(t, []string{"build", "imageName", "registry", "skipPush"}, frozen.IgnoreChanges)
	assert.True(t, frozen.RetainOnDelete)
}

// Two checkouts with another umask in other places declare the same build, from copies that are the same.
func TestBuilt_FromACopyIsTheSameEverywhere(t *testing.T) {
	t.Chdir(t.TempDir())
	var all []map[string]any
	for _, at := range []struct {
		folder string
		umask  os.FileMode
	}{{"one", 0o022}, {"elsewhere/two", 0o077}} {
		require.NoError(t, os.MkdirAll(at.folder, 0o755))
		require.NoError(t, os.Rename(checkout(t, at.umask, nil), filepath.Join(at.folder, "frontend")))
		g := record.Run(t, released(image.Built{}, func(in *image.Args) {
			in.Source, in.Staging, in.Content = at.folder, "copies", content(t, filepath.Join(at.folder, "frontend"), "Dockerfile")
		}))
		built := g.One(t, imageType, "web-image")
		folder := built.Get("build.context").(string)
		assert.Equal(t, "copies", path.Dir(folder))
		assert.Equal(t, path.Join(folder, "Dockerfile"), built.Get("build.dockerfile"))
		assert.FileExists(t, filepath.Join(folder, "server"))
		all = append(all, built.Plain())
	}
	assert.Equal(t, all[0], all[1])

	g, err := record.Try(released(image.Built{}, func(in *image.Args) { in.Source, in.Staging = "one", "copies" }))
	require.ErrorContains(t, err, `image "web-image": one/frontend: a file has changed since its content was `+ofContent+": it is sha256:")
	assert.Empty(t, g.Of(imageType))
	_, err = record.Try(released(image.Built{}, func(in *image.Args) { in.Source, in.Staging = "none", "copies" }))
	require.ErrorContains(t, err, `image "web-image": none/frontend: build context: `)
}
