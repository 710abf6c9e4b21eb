// Package checkout makes Git repositories for one machine: a checkout of the stand-in application, and clones of this one.
package checkout

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Git runs without anybody's own configuration, with a name and a clock that are always the same.
func Git(ctx context.Context, folder string, args ...string) (string, error) {
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
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return string(out), fmt.Errorf("git %s in %s: %w\n%s%s", args[0], folder, err, out, said.String())
	}
	return string(out), nil
}

// Commit commits all that is in the folder, which becomes a repository if it is none. Without a difference it does nothing.
func Commit(ctx context.Context, folder, message string) error {
	if _, err := os.Stat(filepath.Join(folder, ".git")); errors.Is(err, fs.ErrNotExist) {
		if _, err := Git(ctx, folder, "init", "--quiet", "--initial-branch", "main"); err != nil {
			return err
		}
	}
	if _, err := Git(ctx, folder, "add", "--all"); err != nil {
		return err
	}
	if _, err := Git(ctx, folder, "diff", "--cached", "--quiet", "HEAD"); err == nil {
		return nil
	} // there is a difference, or no commit yet
	_, err := Git(ctx, folder, "commit", "--quiet", "--message", message)
	return err
}

// Clone makes a fresh clone of a checkout's current commit, as somebody else would have it. What is not committed comes too,
// as a commit on top: that is about to be, and is what a developer wants to try.
func Clone(ctx context.Context, root, folder string) error {
	if _, err := Git(ctx, root, "clone", "--quiet", "--no-tags", "--", root, folder); err != nil {
		return err
	}
	changed, err := Git(ctx, root, "diff", "--name-only", "--no-renames", "-z", "HEAD")
	if err != nil {
		return err
	}
	added, err := Git(ctx, root, "ls-files", "-z", "--others", "--exclude-standard")
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(changed+added, "\x00") {
		if name == "" {
			continue
		}
		if err := same(filepath.Join(root, name), filepath.Join(folder, name)); err != nil {
			return fmt.Errorf("clone: %w", err)
		}
	}
	return Commit(ctx, folder, "What is not committed yet")
}

// same makes a file what another is, or takes it away where that one is gone.
func same(from, to string) error {
	about, err := os.Lstat(from)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.Remove(to); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if about.Mode()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		_ = os.Remove(to) // the link before it, if there is one: Symlink replaces none
		return os.Symlink(target, to)
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.WriteFile(to, text, about.Mode().Perm()); err != nil {
		return err
	}
	return os.Chmod(to, about.Mode().Perm())
}

// Changed lists what differs from the last commit, as git status does; empty where nothing does.
func Changed(ctx context.Context, folder string) (string, error) {
	return Git(ctx, folder, "status", "--porcelain", "--untracked-files=all")
}
