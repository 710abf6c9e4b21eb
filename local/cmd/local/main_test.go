package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests stop before any command does its work; that the commands work, the end-to-end test proves.

// checkedOut is a working directory somewhere in a checkout.
func checkedOut(t *testing.T) (root string) {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(root, "Pulumi.yaml"), nil, 0o644))
	below := filepath.Join(root, "a", "b")
	require.NoError(t, os.MkdirAll(below, 0o755))
	t.Chdir(below)
	return root
}

func TestCommand_TellsWhatIsWrong(t *testing.T) {
	for name, row := range map[string]struct {
		args []string
		want string
	}{
		"nothing asked":      {nil, "usage: local COMMAND [flags]"},
		"an unknown command": {[]string{"upp"}, "unknown command \"upp\"\nusage: local COMMAND [flags]"},
		"an unknown flag":    {[]string{"up", "-port", "1"}, "flag provided but not defined: -port"},
		"a bad pace":         {[]string{"rehearse", "-pace", "slow"}, `-pace "slow": the emulated AWS knows fast, middle, aws`},
		"an unknown part":    {[]string{"rehearse", "-parts", "release,undo"}, `-parts "release,undo": a rehearsal has release, failure, rollback, restore`},
		"a bad port":         {[]string{"up", "-aws-port", "x"}, "invalid value \"x\" for flag -aws-port"},
		"a word too many":    {[]string{"down", "production"}, "unexpected \"production\""},
		"nothing to run":     {[]string{"with-docker"}, "say which command is to have a Docker daemon"},
		"nothing is up":      {[]string{"env"}, "nothing is up; `make up` first"},
	} {
		t.Run(name, func(t *testing.T) {
			root := checkedOut(t)
			require.ErrorContains(t, command(context.Background(), row.args), row.want)
			assert.NoDirExists(t, filepath.Join(root, ".local"), "bad input changes nothing")
		})
	}
}

// A run folder is deleted with all that is in it, so that only a name of its own will do.
func TestCommand_TakesNoFolderThatIsNotARuns(t *testing.T) {
	for _, folder := range []string{"", ".", "..", "a/b", "/tmp", "bin", "built", "prowler", "pulumi", "python"} {
		root := checkedOut(t)
		kept := filepath.Join(root, ".local", "bin", "local")
		require.NoError(t, os.MkdirAll(filepath.Dir(kept), 0o755))
		require.NoError(t, os.WriteFile(kept, nil, 0o755))
		err := command(context.Background(), []string{"down", "-folder", folder})
		require.ErrorContains(t, err, "-folder", folder)
		assert.FileExists(t, kept)
	}
}

func TestUsage_NamesEveryCommand(t *testing.T) {
	source, err := os.ReadFile("main.go")
	require.NoError(t, err)
	for _, line := range strings.Split(string(source), "\n") {
		if name, found := strings.CutPrefix(strings.TrimSpace(line), "case \""); found {
			assert.Contains(t, usage, "\n  "+strings.TrimSuffix(name, "\":"))
		}
	}
}

func TestCheckout_IsTheFolderWithPulumiYAML(t *testing.T) {
	root := checkedOut(t)
	found, err := checkout()
	require.NoError(t, err)
	assert.Equal(t, root, found)

	t.Chdir(t.TempDir())
	_, err = checkout()
	require.EqualError(t, err, "no Pulumi.yaml here or above; run this in the checkout")
	require.ErrorContains(t, command(context.Background(), []string{"up"}), "no Pulumi.yaml here or above")
}
