package docker

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/moby/patternmatcher"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/buildcontext"
	"github.com/flowcomply/infrastructure/internal/buildcontext/trees"
	"github.com/flowcomply/infrastructure/local/machinetest"
)

// These tests compare what the program takes for a build context with what the docker command's own package sends of it,
// and with what a Docker daemon copies into an image. They say nothing of BuildKit's own client, which sends contexts by
// other rules and which the official provider does not use for either builder.

// counted is the program's list: what is sent, by name, with its kind and its bytes or target.
func counted(t *testing.T, folder string, tree trees.Context) map[string]string {
	t.Helper()
	found := map[string]string{}
	sent := buildcontext.Context{Folder: folder, Dockerfile: tree.Dockerfile}
	require.NoError(t, sent.Walk(func(entry buildcontext.Entry, content io.Reader) error {
		text, err := io.ReadAll(content)
		found[entry.Name] = fmt.Sprintf("%s %s%s", entry.Kind, text, entry.Link)
		return err
	}))
	for _, needed := range tree.Needed {
		delete(found, needed)
	}
	return found
}

// packed is the same of an archive, without what is called .git.
func packed(t *testing.T, in io.Reader) map[string]string {
	t.Helper()
	found := map[string]string{}
	for entries := tar.NewReader(in); ; {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		require.NoError(t, err)
		text, err := io.ReadAll(entries)
		require.NoError(t, err)
		name := strings.Trim(header.Name, "/")
		switch {
		case slices.Contains(strings.Split(name, "/"), ".git"), header.Typeflag == tar.TypeDir:
		case header.Typeflag == tar.TypeLink:
			found[name] = found[strings.Trim(header.Linkname, "/")]
		case header.Typeflag == tar.TypeSymlink:
			found[name] = "link " + header.Linkname
		case header.Typeflag == tar.TypeFifo:
			found[name] = "pipe "
		case header.Mode&0o100 != 0:
			found[name] = "program " + string(text)
		default:
			found[name] = "file " + string(text)
		}
	}
}

func TestArchive_IsWhatTheProgramCounts(t *testing.T) {
	for name, tree := range trees.Contexts() {
		t.Run(name, func(t *testing.T) {
			folder := tree.In(t)
			archived, err := build{Context: folder, Dockerfile: filepath.Join(folder, tree.Dockerfile)}.archive()
			require.NoError(t, err)
			got := packed(t, archived.reader)
			require.NoError(t, archived.close())
			assert.Equal(t, counted(t, folder, tree), got)
		})
	}
}

// The image that a daemon makes of a context with `COPY . /` has in it what the program counts, whatever the builder. The
// classic one takes the Dockerfile and .dockerignore out where .dockerignore names them; BuildKit leaves pipes out.
func TestDaemon_CopiesWhatTheProgramCounts(t *testing.T) {
	machinetest.Docker(t)
	for name, tree := range trees.Contexts() {
		for _, builder := range []string{classic, buildKit} {
			t.Run(name+", "+builder, func(t *testing.T) {
				folder := tree.In(t)
				want := counted(t, folder, tree)
				got, dockerfile := built(t, builder, folder, tree.Dockerfile)
				patterns, err := build{Context: folder, Dockerfile: "none"}.ignored()
				require.NoError(t, err)
				for _, removed := range []string{".dockerignore", dockerfile} {
					if named, err := patternmatcher.MatchesOrParentMatches(removed, patterns); builder == classic && err == nil && named {
						delete(want, removed)
					}
				}
				if builder == buildKit {
					maps.DeleteFunc(want, func(_, kind string) bool { return kind == "pipe " })
				}
				assert.Equal(t, want, got)
			})
		}
	}
}

// built is what is in the image that the daemon builds, and which Dockerfile it was told of.
func built(t *testing.T, builder, folder, name string) (found map[string]string, dockerfile string) {
	t.Helper()
	cli := &docker{env: os.Environ(), show: func(string) {}}
	sum := sha256.Sum256([]byte(t.Name()))
	tag := "flowcomply-context-test:" + hex.EncodeToString(sum[:])
	t.Cleanup(func() { _, _ = cli.run(context.Background(), nil, "image", "rm", "--force", tag) })
	asked := build{Context: folder, Dockerfile: filepath.Join(folder, name), Platform: "linux/amd64", BuilderVersion: builder}
	require.NoError(t, spec{ImageName: tag, Build: asked}.build(t.Context(), cli))
	archived, err := asked.archive()
	require.NoError(t, err)
	require.NoError(t, archived.close())
	return layersOf(t, cli, tag), archived.dockerfile
}

// layersOf is what an image's layers hold.
func layersOf(t *testing.T, cli *docker, tag string) map[string]string {
	t.Helper()
	found := map[string]string{}
	count, err := cli.run(t.Context(), nil, "image", "inspect", "--format", "{{len .RootFS.Layers}}", tag)
	require.NoError(t, err)
	if strings.TrimSpace(count) == "0" {
		return found // docker save refuses it
	}
	saved := filepath.Join(t.TempDir(), "image.tar")
	_, err = cli.run(t.Context(), nil, "save", "--output", saved, tag)
	require.NoError(t, err)
	image, err := tarball.ImageFromPath(saved, nil)
	require.NoError(t, err)
	layers, err := image.Layers()
	require.NoError(t, err)
	for _, layer := range layers {
		content, err := layer.Uncompressed()
		require.NoError(t, err)
		maps.Copy(found, packed(t, content))
		require.NoError(t, content.Close())
	}
	return found
}
