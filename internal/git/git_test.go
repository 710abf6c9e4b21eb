package git

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Real repositories stand here. The variable that makes all folders another user's is one of git's own tests.

// repositories keeps the configuration of whoever runs the test out of it.
func repositories(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	t.Setenv("GIT_CEILING_DIRECTORIES", root)
	return root
}

func run(t *testing.T, folder string, args ...string) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(folder, 0o755))
	command := exec.Command("git", append([]string{"-C", folder, "-c", "user.name=Somebody", "-c", "user.email=somebody@flowcomply.com"}, args...)...)
	command.Env = Environment(os.Environ())
	out, err := command.CombinedOutput()
	require.NoError(t, err, "git %v: %s", args, out)
	return strings.TrimSpace(string(out))
}

// committed is a repository with one commit, which has a file named after it.
func committed(t *testing.T, folder string) (commit string) {
	t.Helper()
	run(t, folder, "init", "--quiet")
	require.NoError(t, os.WriteFile(filepath.Join(folder, "app.ts"), []byte(folder), 0o600))
	run(t, folder, "add", "--all")
	run(t, folder, "commit", "--quiet", "--message", "one")
	return run(t, folder, "rev-parse", "HEAD")
}

func TestCommit_IsTheFolders(t *testing.T) {
	root := repositories(t)
	application, another := filepath.Join(root, "flowcomply"), filepath.Join(root, "another")
	own, other := committed(t, application), committed(t, another)
	require.NotEqual(t, own, other)
	run(t, filepath.Join(root, "new"), "init", "--quiet")
	require.NoError(t, os.MkdirAll(filepath.Join(root, "plain"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(application, ".git", "info", "exclude"), []byte("/ignored/\n"), 0o600))
	for _, folder := range []string{"flowcomply/ignored", "another/backend"} {
		require.NoError(t, os.MkdirAll(filepath.Join(root, folder), 0o755))
	}
	require.NoError(t, os.WriteFile(filepath.Join(another, "backend", "app.ts"), nil, 0o600))
	run(t, another, "add", "--all")
	run(t, another, "commit", "--quiet", "--message", "two")
	other = run(t, another, "rev-parse", "HEAD")
	want := map[string]string{
		"flowcomply": own, "another": other, "another/backend": other, "flowcomply/ignored": "", "new": "", "plain": "", "absent": "",
	}
	// A Git hook, and CI, have these for a repository of their own.
	for _, hook := range []string{"", another} {
		if hook != "" {
			t.Setenv("GIT_DIR", filepath.Join(hook, ".git"))
			t.Setenv("GIT_WORK_TREE", hook)
			t.Setenv("GIT_INDEX_FILE", filepath.Join(hook, ".git", "index"))
			t.Setenv("GIT_PREFIX", "backend/")
		}
		for folder, commit := range want {
			got, err := Commit(t.Context(), filepath.Join(root, folder))
			require.NoError(t, err, folder)
			assert.Equal(t, commit, got, "%s, with %q in the environment", folder, hook)
		}
	}
}

func TestEnvironment_LeavesNothingThatPlacesARepository(t *testing.T) {
	settings := []string{"GIT_CONFIG", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT"}
	for _, name := range strings.Fields(run(t, t.TempDir(), "rev-parse", "--local-env-vars")) {
		kept := false
		for _, pair := range Environment([]string{name + "=x"}) {
			kept = kept || strings.HasPrefix(pair, name+"=")
		}
		assert.Equal(t, slices.Contains(settings, name), kept, name)
	}
}

func TestAsk_TellsWhyGitRefuses(t *testing.T) {
	folder := filepath.Join(repositories(t), "flowcomply")
	committed(t, folder)
	t.Run("another user's", func(t *testing.T) {
		t.Setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1") // git's own tests do so
		_, err := Commit(t.Context(), folder)
		var refused *Error
		require.ErrorAs(t, err, &refused)
		fix, untrusted := refused.Untrusted()
		assert.True(t, untrusted)
		assert.Equal(t, "git config --global --add safe.directory "+folder, fix)
		t.Setenv("GIT_CONFIG_COUNT", "1") // as CI may
		t.Setenv("GIT_CONFIG_KEY_0", "safe.directory")
		t.Setenv("GIT_CONFIG_VALUE_0", folder)
		commit, err := Commit(t.Context(), folder)
		require.NoError(t, err)
		assert.Len(t, commit, 40)
	})
	t.Run("no git", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		_, err := Commit(t.Context(), folder)
		require.ErrorIs(t, err, ErrMissing)
	})
	t.Run("no time", func(t *testing.T) {
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := Commit(ended, folder)
		require.ErrorIs(t, err, context.Canceled)
	})
	fix, untrusted := (&Error{Said: "fatal: unsafe repository"}).Untrusted()
	assert.Equal(t, "git config --global --add safe.directory <folder>", fix)
	assert.True(t, untrusted)
	require.EqualError(t, &Error{"status", "fatal: no\nmore"}, "git status: no")
	_, err := Ask(t.Context(), folder, "-c", "core.quotePath=false", "no-such-command")
	require.ErrorContains(t, err, "git no-such-command: git: 'no-such-command' is not a git command.")
}
