package preflight

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	gitbinary "github.com/flowcomply/infrastructure/internal/git"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
	"github.com/flowcomply/infrastructure/verify/inputs"
)

// Real repositories stand here, and what git makes of its environment is proved.
// The variable that makes all folders another user's is one of git's own tests.

// repositories keeps the configuration of whoever runs the test out of it.
func repositories(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	t.Setenv("GIT_CEILING_DIRECTORIES", root)
	return root
}

// makes runs git in a folder that may have to be made, as somebody.
func makes(t testing.TB, folder string, args ...string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(folder, 0o755))
	command := exec.Command("git", append([]string{"-C", folder, "-c", "user.name=Somebody", "-c", "user.email=somebody@flowcomply.com"}, args...)...)
	command.Env = gitbinary.Environment(os.Environ())
	out, err := command.CombinedOutput()
	require.NoError(t, err, "git %v: %s", args, out)
}

func write(t *testing.T, folder, name string) {
	t.Helper()
	file := filepath.Join(folder, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(name+" "+time.Now().String()), 0o600))
}

// released is a repository with backend/app.ts, tagged v1.0.0 and then, in another
// commit, v1.1.0 and candidate.
func released(t *testing.T, folder string) string {
	t.Helper()
	makes(t, folder, "init", "--quiet")
	for _, tags := range [][]string{{"v1.0.0"}, {"v1.1.0", "candidate"}} {
		write(t, folder, "backend/app.ts")
		require.NoError(t, os.WriteFile(filepath.Join(folder, ".gitignore"), []byte("node_modules/\n/app/\n"), 0o600))
		makes(t, folder, "add", "--all")
		makes(t, folder, "commit", "--quiet", "--message", tags[0])
		for _, tag := range tags {
			makes(t, folder, "tag", "--annotate", tag, "--message", tag)
		}
	}
	return folder
}

// checked is the check's result; the clock is the machine's, as git is.
func checked(t *testing.T, source, version string) check.Result {
	t.Helper()
	return check.Run(t.Context(), []check.Check{checkoutCheck(inputs.Preflight{Source: source, Version: version})}, check.Options{}).Results[0]
}

// A Git hook, and CI, set these for a repository of their own.
func TestCheckout_IsTheFolders_WhateverTheEnvironmentSays(t *testing.T) {
	root := repositories(t)
	folder := released(t, filepath.Join(root, "flowcomply"))
	another := filepath.Join(root, "another")
	makes(t, another, "init", "--quiet")
	t.Setenv("GIT_DIR", filepath.Join(another, ".git"))
	t.Setenv("GIT_WORK_TREE", another)
	t.Setenv("GIT_INDEX_FILE", filepath.Join(another, "index"))
	checktest.Expect(t, checked(t, folder, "v1.1.0"), check.OK)
	checktest.Expect(t, checked(t, another, "v1.1.0"), check.FailedNow, "no commit")
}

func TestCheckout_OfAnotherUser(t *testing.T) {
	folder := released(t, filepath.Join(repositories(t), "flowcomply"))
	t.Setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1") // git's own tests do so
	got := checked(t, folder, "v1.1.0")
	checktest.Expect(t, got, check.FailedNow, "does not trust "+folder+", as another user owns it (dubious ownership)")
	assert.Contains(t, got.Next, "`git config --global --add safe.directory "+folder+"`")
	t.Setenv("GIT_CONFIG_COUNT", "1") // as CI may
	t.Setenv("GIT_CONFIG_KEY_0", "safe.directory")
	t.Setenv("GIT_CONFIG_VALUE_0", folder)
	checktest.Expect(t, checked(t, folder, "v1.1.0"), check.OK)
}

func TestCheckout_WithoutGit(t *testing.T) {
	folder := released(t, filepath.Join(repositories(t), "flowcomply"))
	t.Setenv("PATH", t.TempDir())
	got := checked(t, folder, "v1.1.0")
	checktest.Expect(t, got, check.FailedNow, "git is not on PATH")
	assert.Contains(t, got.Next, "install git")
}

func TestCheckout_EndsAtTheDeadline(t *testing.T) {
	folder := released(t, filepath.Join(repositories(t), "flowcomply"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got := check.Run(ctx, []check.Check{checkoutCheck(inputs.Preflight{Source: folder, Version: "v1.1.0"})}, check.Options{}).Results[0]
	assert.Equal(t, check.TimedOut, got.Outcome, got.Cause)
}
