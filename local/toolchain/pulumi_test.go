package toolchain

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/plugins/aws"
)

// These tests compare versions and move links. That the engine accepts the folders as plugins, the end-to-end test
// proves.

func TestVersions_AreThoseOfTheProgram(t *testing.T) {
	read := func(path string) string {
		text, err := os.ReadFile(filepath.Join("..", "..", path))
		require.NoError(t, err)
		return string(text)
	}
	for _, row := range []struct{ file, module, version string }{
		{"go.mod", "github.com/pulumi/pulumi/sdk/v3", PulumiVersion},
		{"go.mod", "github.com/pulumi/pulumi-command/sdk", commandVersion},
		{"go.mod", "github.com/pulumi/pulumi-docker/sdk/v4", dockerVersion},
		{"go.mod", "github.com/pulumi/pulumi-aws/sdk/v6", awsVersion},
		{"local/go.mod", "github.com/pulumi/pulumi/sdk/v3", PulumiVersion},
		{"local/toolchain/cli/go.mod", "github.com/pulumi/pulumi/pkg/v3", PulumiVersion},
	} {
		found := regexp.MustCompile(`(?m)^\s*` + regexp.QuoteMeta(row.module) + ` v(\S+)`).FindStringSubmatch(read(row.file))
		if assert.NotNil(t, found, "%s does not pin %s", row.file, row.module) {
			assert.Equal(t, found[1], row.version, "%s of %s", row.module, row.file)
		}
	}
	assert.Equal(t, aws.Version, awsVersion)
	assert.Contains(t, strings.Fields(read("local/emulator/requirements.txt")), "moto[server]=="+MotoVersion)
}

const plugin = "resource-docker-v" + dockerVersion

// official is a user's Pulumi home with the official docker plugin in it.
func official(t *testing.T) (home, program string) {
	t.Helper()
	home = t.TempDir()
	program = filepath.Join(home, "plugins", plugin, "pulumi-resource-docker")
	write(t, program, "official")
	return home, program
}

// standIn does what the toolchain does where the user has no official plugin.
func standIn(t *testing.T, folder string) {
	t.Helper()
	built := filepath.Join(t.TempDir(), "built")
	write(t, built, "stand-in")
	require.NoError(t, link(built, filepath.Join(folder, "pulumi-resource-docker")))
}

func content(t *testing.T, folder string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "pulumi-resource-docker"))
	require.NoError(t, err)
	return string(text)
}

func TestAdopt_FollowsTheOfficialPluginInAndOut(t *testing.T) {
	tools := Open(t.TempDir())
	t.Setenv("PULUMI_HOME", t.TempDir())
	folder, found, err := tools.officialPlugin("docker", dockerVersion)
	require.NoError(t, err)
	require.False(t, found)
	standIn(t, folder)
	assert.Equal(t, "stand-in", content(t, folder))

	home, _ := official(t)
	t.Setenv("PULUMI_HOME", home)
	again, found, err := tools.officialPlugin("docker", dockerVersion)
	require.NoError(t, err)
	assert.True(t, found)
	assert.Equal(t, folder, again)
	assert.Equal(t, "official", content(t, folder))

	require.NoError(t, os.RemoveAll(filepath.Join(home, "plugins")))
	_, found, err = tools.officialPlugin("docker", dockerVersion)
	require.NoError(t, err)
	assert.False(t, found)
	standIn(t, folder)
	assert.Equal(t, "stand-in", content(t, folder))
	assert.NoDirExists(t, filepath.Join(home, "plugins"), "nothing is written to the user's home")
}

// After `eval "$(make env)"` PULUMI_HOME is the toolchain's own, and another shell may name a third one.
func TestAdopt_NeverWritesThroughTheLinkToTheOfficialPlugin(t *testing.T) {
	for name, elsewhere := range map[string]func(tools Tools) string{
		"the toolchain's own home": func(tools Tools) string { return tools.Home },
		"an empty home":            func(tools Tools) string { return filepath.Join(tools.Root, "empty") },
	} {
		t.Run(name, func(t *testing.T) {
			tools := Open(t.TempDir())
			home, program := official(t)
			t.Setenv("PULUMI_HOME", home)
			_, _, err := tools.officialPlugin("docker", dockerVersion)
			require.NoError(t, err)

			t.Setenv("PULUMI_HOME", elsewhere(tools))
			made, err := tools.plugin("docker", dockerVersion)(context.Background())
			require.NoError(t, err)
			assert.Equal(t, "official", content(t, made))
			text, err := os.ReadFile(program)
			require.NoError(t, err)
			assert.Equal(t, "official", string(text))
		})
	}
}

func TestAdopt_TakesNoOtherVersion(t *testing.T) {
	tools := Open(t.TempDir())
	home, _ := official(t)
	t.Setenv("PULUMI_HOME", home)
	_, found, err := tools.officialPlugin("docker", "4.0.0")
	require.NoError(t, err)
	assert.False(t, found)
}

// installed is a PATH on which a program answers with a text.
func installed(t *testing.T, name, answer string) string {
	t.Helper()
	folder := t.TempDir()
	file := filepath.Join(folder, name)
	require.NoError(t, os.WriteFile(file, []byte("#!/bin/sh\necho '"+answer+"'\n"), 0o755))
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	return file
}

func TestCLI_TakesTheInstalledOneOfThePinnedVersionOnly(t *testing.T) {
	tools := Open(t.TempDir()) // without sources, so that a build fails
	want := installed(t, "pulumi", "v"+PulumiVersion)
	found, err := tools.cli(context.Background())
	require.NoError(t, err)
	assert.Equal(t, want, found)

	installed(t, "pulumi", "v3.0.0")
	_, err = tools.cli(context.Background())
	require.ErrorContains(t, err, filepath.Join("toolchain", "cli", "go.mod"))
}

func TestLanguageHost_IsNotTakenFromOurOwnFolder(t *testing.T) {
	tools, folder := module(t)
	write(t, filepath.Join(folder, "cmd", "pulumi-language-go", "main.go"), "package main\n\nfunc main() {}\n")
	stale := filepath.Join(tools.Bin(), "pulumi-language-go")
	require.NoError(t, os.MkdirAll(tools.Bin(), 0o755))
	require.NoError(t, os.WriteFile(stale, []byte("stale"), 0o755))
	t.Setenv("PATH", tools.Bin()+string(os.PathListSeparator)+os.Getenv("PATH"))
	found, err := tools.languageHost(context.Background())
	require.NoError(t, err)
	assert.Equal(t, stale, found)
	text, err := os.ReadFile(stale)
	require.NoError(t, err)
	assert.NotEqual(t, "stale", string(text))

	theirs := installed(t, "pulumi-language-go", "")
	found, err = tools.languageHost(context.Background())
	require.NoError(t, err)
	assert.Equal(t, theirs, found)
}

func TestFolders_AreAllThatTheToolchainWrites(t *testing.T) {
	tools := Open("/checkout")
	for _, path := range []string{tools.Bin(), tools.built("x"), tools.Home, filepath.Join(tools.Dir, "python", "bin")} {
		place, err := filepath.Rel(tools.Dir, path)
		require.NoError(t, err)
		assert.Contains(t, Folders, strings.Split(place, "/")[0])
	}
}
