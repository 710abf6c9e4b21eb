package app

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests compare files. That the contexts build, that an unchanged one keeps its image's digest, and that the
// programs answer, they do not prove.

func build(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	folder := t.TempDir()
	require.NoError(t, Build(context.Background(), root, folder))
	return folder
}

// files reads one service's context.
func files(t *testing.T, folder, service string) map[string]string {
	t.Helper()
	found := map[string]string{}
	entries, err := os.ReadDir(filepath.Join(folder, service))
	require.NoError(t, err)
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(folder, service, entry.Name()))
		require.NoError(t, err)
		found[entry.Name()] = string(text)
	}
	return found
}

func TestBuild_GivesTheSameBytesAnywhere(t *testing.T) {
	first, second := build(t), build(t)
	services, err := Services(filepath.Join("..", ".."))
	require.NoError(t, err)
	require.Subset(t, services, []string{"backend", "frontend"})
	for _, service := range services {
		one, other := files(t, first, service), files(t, second, service)
		require.Len(t, one, 2, "the binary and the Dockerfile, and nothing else")
		assert.Greater(t, len(one["server"]), 1<<20)
		for name := range one {
			assert.True(t, one[name] == other[name], "%s of %s differs", name, service)
		}
		info, err := os.Stat(filepath.Join(first, service, "server"))
		require.NoError(t, err)
		assert.NotZero(t, info.Mode()&0o111)
	}
}

func TestChange_ChangesExactlyOneService(t *testing.T) {
	folder := build(t)
	before, other := files(t, folder, "backend"), files(t, folder, "frontend")
	require.NoError(t, Change(folder, "backend", "changed"))
	after := files(t, folder, "backend")
	assert.Equal(t, "changed", after["change.txt"])
	assert.Equal(t, before["Dockerfile"]+"COPY change.txt /change.txt\n", after["Dockerfile"])
	assert.True(t, before["server"] == after["server"])
	assert.True(t, assert.ObjectsAreEqual(other, files(t, folder, "frontend")), "the frontend changed")
}

func TestBuild_TellsWhatDoesNotBuild(t *testing.T) {
	root := t.TempDir()
	source := filepath.Join(root, "local", "app", "backend")
	require.NoError(t, os.MkdirAll(source, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(source, "Dockerfile"), []byte("FROM scratch\n"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(source, "go.mod"), []byte("module example.test/backend\n"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(source, "main.go"), []byte("package main\n\nfunc main() { missing() }\n"), 0o644))
	err := Build(context.Background(), root, t.TempDir())
	require.ErrorContains(t, err, "stand-in application: build backend: exit status 1\n")
	require.ErrorContains(t, err, "undefined: missing")
}

func TestServices_AreTheFoldersWithADockerfile(t *testing.T) {
	root := t.TempDir()
	_, err := Services(root)
	require.ErrorIs(t, err, os.ErrNotExist)
	for _, file := range []string{"worker/Dockerfile", "worker/main.go", "shared/shared.go", "app.go"} {
		file = filepath.Join(root, "local", "app", filepath.FromSlash(file))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, nil, 0o644))
	}
	services, err := Services(root)
	require.NoError(t, err)
	assert.Equal(t, []string{"worker"}, services)
}

func TestChange_FailsWithoutAContext(t *testing.T) {
	require.ErrorIs(t, Change(t.TempDir(), "backend", "x"), os.ErrNotExist)
}
