package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests hold that a preview refuses what cannot be built, and only what this release builds. What is wrong with a
// Dockerfile, the tests of internal/dockerfile have.

// withDockerfile makes a source that differs from the tests' own in its frontend's Dockerfile, beside the repository.
func withDockerfile(t *testing.T, text string) (source string) {
	t.Helper()
	folder, err := os.MkdirTemp("testdata", "built-")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(folder)) })
	require.NoError(t, os.CopyFS(folder, os.DirFS("testdata/app")))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "frontend", "Dockerfile"), []byte(text), 0o600))
	return "infra/" + filepath.ToSlash(folder)
}

// daemonOf makes a docker command whose daemon speaks that API.
func daemonOf(t *testing.T, api string) {
	t.Helper()
	folder := t.TempDir()
	script := "#!/bin/sh\ncat >/dev/null; printf 'HTTP/1.1 200 OK\\r\\nApi-Version: " + api + "\\r\\nOstype: linux\\r\\nServer: Docker/x (linux)\\r\\nContent-Length: 0\\r\\n\\r\\n'\n"
	require.NoError(t, os.WriteFile(filepath.Join(folder, "docker"), []byte(script), 0o755))
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
}

const (
	labelled = "ARG RELEASE\nARG CONTENT\nLABEL org.opencontainers.image.version=$RELEASE com.flowcomply.content=$CONTENT\n"
	heredocs = "FROM scratch\nCOPY <<EOF /app/version\nx\nEOF\n" + labelled
)

func TestPreview_RefusesADockerfileThatCannotBeBuilt(t *testing.T) {
	for name, row := range map[string]struct{ text, want string }{
		"misspelt":  {"FROM scratch\nCOPPY . /\n" + labelled, "frontend/Dockerfile:2: unknown instruction: COPPY"},
		"no labels": {"FROM scratch\n", "frontend/Dockerfile:1: the image gets no label com.flowcomply.content"},
		"no shell":  {"FROM scratch\nRUN --mount=type=cache,target=/var/cache/npm npm ci\n" + labelled, "frontend/Dockerfile:2: RUN wants a shell"},
	} {
		t.Run(name, func(t *testing.T) {
			source := withDockerfile(t, row.text)
			for _, preview := range [][]record.Option{nil, {record.Preview()}} {
				graph, err := try("staging", sourceOf(t, "staging").With("flowcomply:release.source", source), preview...)
				require.ErrorContains(t, err, "service frontend: it cannot be built:\n"+source+"/")
				require.ErrorContains(t, err, row.want)
				assert.Empty(t, graph.Of(buildType), "nothing is declared")
			}
		})
	}
}

func TestPreview_RefusesWhatItsDaemonDoesNotRead(t *testing.T) {
	source := sourceOf(t, "staging").With("flowcomply:release.source", withDockerfile(t, heredocs))
	daemonOf(t, "1.42")
	_, err := try("staging", source)
	require.NoError(t, err)
	daemonOf(t, "1.41")
	_, err = try("staging", source)
	require.ErrorContains(t, err, "frontend/Dockerfile:2: a heredoc cannot be built by Docker/x (linux), as Docker reads it from version 23 on; next: update Docker here")
	t.Setenv("PATH", t.TempDir())
	_, err = try("staging", source)
	require.NoError(t, err, "a preview needs no Docker")
}

// A version that is there, or was verified, is not built, whatever its Dockerfile is now.
func TestPreview_ReadsOnlyWhatIsBuilt(t *testing.T) {
	source := sourceOf(t, "staging").With("flowcomply:release.source", withDockerfile(t, "FROM scratch\n"))
	declare(t, "staging", source, record.AnswerCall("aws:ecr/getImage:getImage", map[string]any{"imageDigest": record.Digest}))
	declare(t, "staging", source, record.AnswerCall(readStackOutputs, map[string]any{"outputs": graphOf(t, "staging").Exports.Mappable()}))
}
