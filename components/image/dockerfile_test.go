package image_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/image"
)

// These tests hold what of a context a Dockerfile may take, and the labels that it must give; what else is wrong with one,
// the tests of internal/dockerfile have.

const labels = "ARG RELEASE\nARG CONTENT\nLABEL org.opencontainers.image.version=$RELEASE com.flowcomply.content=$CONTENT\n"

func inspect(t *testing.T, text string) error {
	t.Helper()
	folder := checkout(t, 0o022, write("Dockerfile", text))
	require.NoError(t, os.Symlink("../elsewhere", filepath.Join(folder, "away")))
	require.NoError(t, os.Mkdir(filepath.Join(folder, "empty"), 0o755))
	_, err := image.Inspect(folder, "app/Dockerfile", image.Spec{Context: "app"}, "v1.2.3", ofContent)
	return err
}

func TestInspect_TakesWhatIsSent(t *testing.T) {
	for _, sent := range []string{".", "/", "server", "lib", "lib/a.js", "current", "current/a.js", "Dockerfile", ".dockerignore", "away", "*.none"} {
		require.NoError(t, inspect(t, "FROM scratch\nCOPY "+sent+" /x/\n"+labels), sent)
	}
	for _, missing := range []string{"none", "lib/none", "server/none", "debug.log", "node_modules", "node_modules/p/index.js", "empty", "current/none"} {
		require.ErrorContains(t, inspect(t, "FROM scratch\nCOPY "+missing+" /x/\n"+labels), "app/Dockerfile:2: COPY wants "+missing+", which is not sent", missing)
	}
}

func TestInspect_WantsTheLabels(t *testing.T) {
	require.NoError(t, inspect(t, "FROM scratch\nARG CONTENT\nLABEL org.opencontainers.image.version=\"\" com.flowcomply.content=$CONTENT\n"))
	err := inspect(t, "FROM scratch\nCOPY . /\n")
	require.ErrorContains(t, err, "app/Dockerfile:2: the image gets no label "+image.VersionLabel+": a release whose image is an earlier one's would be expired with it")
	require.ErrorContains(t, err, "app/Dockerfile:2: the image gets no label "+image.ContentLabel+": nobody could tell")
	require.ErrorContains(t, err, "\tARG "+image.ContentArg+"\n\tLABEL "+image.ContentLabel+"=$CONTENT")
}

// One content for two Dockerfiles: never.
func TestInspect_RefusesADockerfileThatLeadsOut(t *testing.T) {
	folder := checkout(t, 0o022, nil)
	outside := filepath.Join(t.TempDir(), "Dockerfile")
	require.NoError(t, os.WriteFile(outside, []byte("FROM scratch\n"+labels), 0o600))
	require.NoError(t, os.Remove(filepath.Join(folder, "Dockerfile")))
	require.NoError(t, os.Symlink(outside, filepath.Join(folder, "Dockerfile")))
	_, err := image.Inspect(folder, "app/Dockerfile", image.Spec{Context: "app"}, "v1.2.3", ofContent)
	require.ErrorContains(t, err, "Dockerfile is a link that leads out of the folder")
	_, err = image.Content(folder, "Dockerfile")
	assert.ErrorContains(t, err, "Dockerfile is a link that leads out of the folder")
}
