package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Release writes the contexts into the folder as a clean Git checkout of the version.
func Release(ctx context.Context, root, folder, version string, options ...Option) error {
	if err := Build(ctx, root, folder, append(slices.Clone(options), Version(version))...); err != nil {
		return err
	}
	return Tag(ctx, folder, version)
}

// Tag makes the folder a clean Git checkout of the version: what is in it is committed, and the commit has the version's
// tag, wherever that was before.
func Tag(ctx context.Context, folder, version string) error {
	if _, err := os.Stat(filepath.Join(folder, ".git")); errors.Is(err, os.ErrNotExist) {
		if err := git(ctx, folder, "init", "--quiet", "--initial-branch", "main"); err != nil {
			return err
		}
	}
	if err := git(ctx, folder, "add", "--all"); err != nil {
		return err
	}
	if git(ctx, folder, "diff", "--cached", "--quiet", "HEAD") != nil { // there is a difference, or no commit yet
		if err := git(ctx, folder, "commit", "--quiet", "--message", version); err != nil {
			return err
		}
	}
	return git(ctx, folder, "tag", "--force", "--annotate", "--message", "release "+version, version)
}

// git runs without anybody's own configuration, with a name and a clock that are always the same.
func git(ctx context.Context, folder string, args ...string) error {
	cmd := exec.CommandContext(ctx, "git", append([]string{
		"-c", "user.name=rehearsal", "-c", "user.email=rehearsal@flowcomply.test", "-c", "core.compression=0", "-c", "core.autocrlf=false",
	}, args...)...)
	cmd.Dir = folder
	cmd.Env = []string{
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_DATE=2025-10-07T10:00:00+1300", "GIT_COMMITTER_DATE=2025-10-07T10:00:00+1300",
	}
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "GIT_") { // as a hook of the checkout's own has, which would be meant instead
			cmd.Env = append(cmd.Env, variable)
		}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s in %s: %w\n%s", args[0], folder, err, out)
	}
	return nil
}
