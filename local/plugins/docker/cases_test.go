package docker

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/image"
	daemon "github.com/flowcomply/infrastructure/internal/docker"
	"github.com/flowcomply/infrastructure/local/machinetest"
	"github.com/flowcomply/infrastructure/local/plugins/provider/providertest"
)

// Dockerfiles that were wrong once, with the labels that an image must have. Each is built, or refused in a preview, which
// names the line; what a preview does not refuse, the daemon builds.
func TestDaemon_BuildsTheCasesOrAPreviewNamesTheLine(t *testing.T) {
	machinetest.Docker(t)
	answering, err := daemon.Command{}.Ask(t.Context())
	require.NoError(t, err)
	for name, row := range map[string]struct {
		refused string        // what a preview says
		newer   []image.Newer // what it says where the daemon is older than Docker 23
		holds   map[string]string
	}{
		"heredoc": {newer: []image.Newer{{Line: 2, What: "a heredoc"}}, holds: map[string]string{"app/version": "file x\n"}},
		"mount":   {refused: "app/Dockerfile:4: RUN wants a shell, and the stage is from scratch and has none"},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("..", "..", "..", "internal", "dockerfile", "testdata", name, "Dockerfile"))
			require.NoError(t, err)
			checkout(t, map[string]string{"app/server.js": "1\n", "app/Dockerfile": string(text) +
				"ARG RELEASE\nARG CONTENT\nLABEL " + image.VersionLabel + "=$RELEASE " + image.ContentLabel + "=$CONTENT\n"})
			content, err := image.Content("../app", "Dockerfile")
			require.NoError(t, err)
			newer, err := image.Inspect("../app", "app/Dockerfile", image.Spec{Context: "app"}, "v1.0.0", content)
			if row.refused != "" {
				require.EqualError(t, err, row.refused+"; next: begin it with an image that has one, or write the command as a list, RUN [\"/program\"]")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, row.newer, newer)
			tag := "flowcomply-case-test:" + name
			cli := &docker{env: os.Environ(), show: func(string) {}}
			t.Cleanup(func() { _, _ = cli.run(context.Background(), nil, "image", "rm", "--force", tag) })
			_, err = New(&providertest.Engine{}).Create(t.Context(), &pulumirpc.CreateRequest{Urn: urn, Properties: providertest.Message(t, values{
				"imageName": tag, "skipPush": true, "build": values{"context": "../app", "platform": "linux/amd64", "builderVersion": buildKit,
					"args": values{"RELEASE": "v1.0.0", "CONTENT": content}}})})
			if !answering.ReadsHeredocs() {
				require.Error(t, err, "a preview refuses what this daemon does not build")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, row.holds, layersOf(t, cli, tag))
		})
	}
}
