package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/git"
)

// The release's commit is recorded, and pinned when it is gone back to: it has to be the application's, and no other's.
func TestCommitOf_IsTheApplications(t *testing.T) {
	root := t.TempDir()
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	t.Setenv("GIT_CEILING_DIRECTORIES", root)
	commits := map[string]string{}
	for _, name := range []string{"flowcomply", "infrastructure"} {
		run := func(args ...string) string {
			command := exec.Command("git", append([]string{"-C", root, "-c", "user.name=S", "-c", "user.email=s@flowcomply.com"}, args...)...)
			command.Env = git.Environment(os.Environ())
			out, err := command.CombinedOutput()
			require.NoError(t, err, "%s", out)
			return strings.TrimSpace(string(out))
		}
		run("init", "--quiet", name)
		run("-C", name, "commit", "--quiet", "--allow-empty", "--message", name)
		commits[name] = run("-C", name, "rev-parse", "HEAD")
	}
	application := filepath.Join(root, "flowcomply")
	t.Setenv("GIT_DIR", filepath.Join(root, "infrastructure", ".git")) // as in a hook of the other repository
	t.Setenv("GIT_WORK_TREE", filepath.Join(root, "infrastructure"))
	commit, warning := commitOf(t.Context(), application)
	assert.Equal(t, commits["flowcomply"], commit)
	assert.Empty(t, warning)

	commit, warning = commitOf(t.Context(), root)
	assert.Empty(t, commit+warning, "no checkout")

	t.Setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1") // git's own tests do so
	commit, warning = commitOf(t.Context(), application)
	assert.Empty(t, commit)
	assert.Contains(t, warning, "dubious ownership")
	assert.Contains(t, warning, "next: run as the owner of "+application+", or, if that is as it should be: `git config --global --add safe.directory "+application+"`")

	t.Setenv("PATH", t.TempDir())
	_, warning = commitOf(t.Context(), application)
	assert.Contains(t, warning, "git is not on PATH\nnext: install git")
}
