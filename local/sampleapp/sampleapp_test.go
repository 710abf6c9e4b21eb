package sampleapp

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests compare files. That the contexts build, that an unchanged one keeps its image's digest, and that the
// programs answer, they do not prove.

func build(t *testing.T, options ...Option) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	folder := t.TempDir()
	require.NoError(t, Build(context.Background(), root, folder, options...))
	return folder
}

// files reads one service's context.
func files(t *testing.T, folder, service string) map[string]string {
	t.Helper()
	found := map[string]string{}
	root := os.DirFS(filepath.Join(folder, service))
	require.NoError(t, fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(root, path)
		found[path] = string(text)
		return err
	}))
	return found
}

func TestBuild_GivesTheSameBytesAnywhere(t *testing.T) {
	first, second := build(t), build(t)
	want := map[string][]string{
		"frontend": {"Dockerfile", "server", "version", "faults.json"},
		"backend": {
			"Dockerfile", "server", "version", "faults.json", "prisma/migrations/migration_lock.toml",
			"prisma/migrations/20250901090000_init/migration.sql", "prisma/migrations/20250922090000_add_asset_processed_at/migration.sql",
		},
	}
	services, err := Services(filepath.Join("..", ".."))
	require.NoError(t, err)
	for _, service := range services {
		one, other := files(t, first, service), files(t, second, service)
		for _, name := range want[service] {
			require.Contains(t, one, name)
			assert.Equal(t, one[name], other[name], "%s of %s differs", name, service)
		}
		require.Len(t, one, len(want[service]), "and nothing else")
		assert.Greater(t, len(one["server"]), 1<<20)
		assert.Equal(t, "dev\n", one["version"])
		assert.Equal(t, "{}\n", one["faults.json"])
		info, err := os.Stat(filepath.Join(first, service, "server"))
		require.NoError(t, err)
		assert.NotZero(t, info.Mode()&0o111)
	}
}

func TestBuild_OptionsChangeOnlyWhatTheyName(t *testing.T) {
	plain := build(t)
	folder := build(t, Version("v2.0.0"), Version("v3.0.0", "frontend"),
		Faults("frontend", map[string]any{"wrong-api": true, "latency-ms": 3}),
		Migration("20251007090000_add_status", "SELECT 1;"))
	frontend, backend := files(t, folder, "frontend"), files(t, folder, "backend")
	assert.Equal(t, "v3.0.0\n", frontend["version"])
	assert.Equal(t, `{"latency-ms":3,"wrong-api":"https://api.another.example"}`+"\n", frontend["faults.json"])
	assert.Equal(t, "v2.0.0\n", backend["version"])
	assert.Equal(t, "{}\n", backend["faults.json"])
	assert.Equal(t, "SELECT 1;", backend["prisma/migrations/20251007090000_add_status/migration.sql"])
	assert.Equal(t, files(t, plain, "backend")["server"], backend["server"], "compiled anew")

	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	require.NoError(t, Build(context.Background(), root, folder))
	assert.True(t, assert.ObjectsAreEqual(files(t, plain, "backend"), files(t, folder, "backend")), "a build leaves nothing of the one before")
}

func TestBuild_RefusesOptionsItCannotUse(t *testing.T) {
	for want, option := range map[string]Option{
		`there is no service "worker"; there are [backend frontend]`: Version("v1", "worker"),
		`there is no service "api"`:                                  Faults("api", nil),
		`there is no service "x"`:                                    Architecture("arm64", "x"),
		`fault "broken": the backend has none of this name`:          Faults("backend", map[string]any{"broken": true}),
		`migration "add status": want 14 digits`:                     Migration("add status", ""),
	} {
		root := t.TempDir()
		for _, service := range []string{"backend", "frontend"} {
			dockerfile(t, root, service)
		}
		require.ErrorContains(t, Build(context.Background(), root, t.TempDir(), option), "stand-in application: "+want)
	}
}

func TestChange_ChangesExactlyOneService(t *testing.T) {
	folder := build(t)
	before, other := files(t, folder, "backend"), files(t, folder, "frontend")
	require.NoError(t, Change(folder, "backend", "changed"))
	after := files(t, folder, "backend")
	assert.Equal(t, "changed", after["change.txt"])
	assert.Equal(t, before["Dockerfile"]+"COPY change.txt /change.txt\n", after["Dockerfile"])
	assert.Equal(t, before["server"], after["server"])
	assert.True(t, assert.ObjectsAreEqual(other, files(t, folder, "frontend")), "the frontend changed")
}

func TestBuild_TellsWhatDoesNotBuild(t *testing.T) {
	root := t.TempDir()
	source := dockerfile(t, root, "backend")
	require.NoError(t, os.WriteFile(filepath.Join(source, "go.mod"), []byte("module example.test/backend\n"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(source, "main.go"), []byte("package main\n\nfunc main() { missing() }\n"), 0o644))
	err := Build(context.Background(), root, t.TempDir())
	require.ErrorContains(t, err, "stand-in application: build backend: exit status 1\n")
	require.ErrorContains(t, err, "undefined: missing")
}

// dockerfile makes a service of a checkout, and returns its folder.
func dockerfile(t *testing.T, root, service string) string {
	t.Helper()
	source := filepath.Join(root, "local", "sampleapp", service)
	require.NoError(t, os.MkdirAll(source, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(source, "Dockerfile"), []byte("FROM scratch\n"), 0o644))
	return source
}

func TestServices_AreTheFoldersWithADockerfile(t *testing.T) {
	root := t.TempDir()
	_, err := Services(root)
	require.ErrorIs(t, err, os.ErrNotExist)
	dockerfile(t, root, "worker")
	require.NoError(t, os.Mkdir(filepath.Join(root, "local", "sampleapp", "shared"), 0o755))
	services, err := Services(root)
	require.NoError(t, err)
	assert.Equal(t, []string{"worker"}, services)
}

func TestChange_FailsWithoutAContext(t *testing.T) {
	require.ErrorIs(t, Change(t.TempDir(), "backend", "x"), os.ErrNotExist)
}
