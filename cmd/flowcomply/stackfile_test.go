package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// repository is one with a stack file and another file in a commit.
func repository(t *testing.T) (folder, file string) {
	t.Helper()
	for name, value := range map[string]string{
		"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com",
		"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com",
	} {
		t.Setenv(name, value)
	}
	folder = t.TempDir()
	file = filepath.Join(folder, "Pulumi.s.yaml")
	inRepository(t, folder, "init", "--quiet")
	change(t, file, "v1")
	change(t, filepath.Join(folder, "other"), "v1")
	inRepository(t, folder, "add", "--all")
	inRepository(t, folder, "commit", "--quiet", "--message", "first")
	return folder, file
}

func inRepository(t *testing.T, folder string, args ...string) string {
	t.Helper()
	command := exec.Command("git", args...)
	command.Dir = folder
	out, err := command.CombinedOutput()
	require.NoError(t, err, string(out))
	return strings.TrimSpace(string(out))
}

func change(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
}

func TestStackFile_IsCommittedAlone(t *testing.T) {
	folder, file := repository(t)
	read, err := readStackFile(t.Context(), file, true)
	require.NoError(t, err)
	change(t, file, "v2")
	change(t, filepath.Join(folder, "other"), "v2")
	inRepository(t, folder, "add", "other") // what somebody else was about to commit stays theirs
	var out bytes.Buffer
	require.NoError(t, read.close(t.Context(), &out, "Release v2 on s"))
	assert.Equal(t, "\ncommitted "+file+": Release v2 on s\n", out.String())
	assert.Equal(t, "Release v2 on s\n\nPulumi.s.yaml", inRepository(t, folder, "show", "--format=%s", "--name-only"))
	assert.Equal(t, "M  other", inRepository(t, folder, "status", "--porcelain"))
}

func TestStackFile_SaysHowToCommit(t *testing.T) {
	folder, file := repository(t)
	read, err := readStackFile(t.Context(), file, false)
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, read.close(t.Context(), &out, "Release v2 on s"))
	assert.Empty(t, out.String(), "nothing has changed")
	change(t, file, "v2")
	require.NoError(t, read.close(t.Context(), &out, "Release v2 on s"))
	_, advice, said := strings.Cut(out.String(), "commit it:\n")
	require.True(t, said, out.String())
	shell := exec.Command("sh", "-c", advice)
	shell.Dir = folder
	text, err := shell.CombinedOutput()
	require.NoError(t, err, string(text))
	assert.Equal(t, "Release v2 on s", inRepository(t, folder, "show", "--format=%s", "--no-patch"))
}

func TestStackFile_ElsewhereIsNobodysBusiness(t *testing.T) {
	folder, _ := repository(t)
	for name, file := range map[string]string{
		"not in the repository": filepath.Join(t.TempDir(), "Pulumi.s.yaml"),
		"not in a commit":       filepath.Join(folder, "mine.yaml"),
	} {
		t.Run(name, func(t *testing.T) {
			change(t, file, "v1")
			read, err := readStackFile(t.Context(), file, false)
			require.NoError(t, err)
			change(t, file, "v2")
			var out bytes.Buffer
			require.NoError(t, read.close(t.Context(), &out, "m"))
			assert.Empty(t, out.String())
			_, err = readStackFile(t.Context(), file, true)
			assert.ErrorContains(t, err, "is in no commit")
		})
	}
}

func TestStackFile_RefusesToMixChanges(t *testing.T) {
	_, file := repository(t)
	change(t, file, "v1, half done")
	_, err := readStackFile(t.Context(), file, true)
	require.ErrorIs(t, err, errUncommitted)
	_, err = readStackFile(t.Context(), filepath.Join(t.TempDir(), "none.yaml"), true)
	require.ErrorContains(t, err, "--commit: open ")
}

func TestStackFile_SaysWhenItCannotCommit(t *testing.T) {
	folder, file := repository(t)
	read, err := readStackFile(t.Context(), file, true)
	require.NoError(t, err)
	hook := filepath.Join(folder, ".git", "hooks", "pre-commit")
	require.NoError(t, os.MkdirAll(filepath.Dir(hook), 0o755))
	require.NoError(t, os.WriteFile(hook, []byte("#!/bin/sh\necho no >&2\nexit 1\n"), 0o755))
	change(t, file, "v2")
	err = read.close(t.Context(), &bytes.Buffer{}, "m")
	require.ErrorContains(t, err, "--commit: git commit: no; "+file+" has changed: commit it yourself")
}
