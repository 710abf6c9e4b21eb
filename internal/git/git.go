// Package git asks the git binary about the repository of a folder. Whoever starts this program may have pointed git to
// another repository: a Git hook has GIT_DIR of its own. What is asked here is always about the folder. It only reads.
package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// placing are the variables that point git to another repository than the folder's own: those that
// `git rev-parse --local-env-vars` lists, but for settings. GIT_CONFIG_COUNT is how CI says that a checkout is safe.
// https://git-scm.com/docs/git#_environment_variables
var placing = []string{
	"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_DIR", "GIT_GRAFT_FILE", "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE",
	"GIT_INTERNAL_SUPER_PREFIX", "GIT_NAMESPACE", "GIT_NO_REPLACE_OBJECTS", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_REPLACE_REF_BASE",
	"GIT_SHALLOW_FILE", "GIT_WORK_TREE",
}

// ErrMissing says that there is no git to ask.
var ErrMissing = errors.New("git is not on PATH")

// Error is what git said when it refused.
type Error struct{ Command, Said string }

func (e *Error) Error() string {
	first, _, _ := strings.Cut(e.Said, "\n")
	return fmt.Sprintf("git %s: %s", e.Command, strings.TrimPrefix(first, "fatal: "))
}

// Untrusted tells that git does not read a repository that another user owns. Fix is the command that changes this.
func (e *Error) Untrusted() (fix string, untrusted bool) {
	if !strings.Contains(e.Said, "dubious ownership") && !strings.Contains(e.Said, "unsafe repository") {
		return "", false
	}
	for line := range strings.Lines(e.Said) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "git config ") {
			return line, true
		}
	}
	return "git config --global --add safe.directory <folder>", true
}

// NoRepository tells that the folder is in no repository, or is not there.
func (e *Error) NoRepository() bool {
	return strings.Contains(e.Said, "not a git repository") || strings.Contains(e.Said, "cannot change to")
}

// Ask returns what git wrote, without the end of the last line. The error is an *Error where git refused, and ErrMissing
// where there is none.
func Ask(ctx context.Context, folder string, args ...string) (string, error) {
	// A monitor that the repository's configuration names is a program: it is not run.
	wrote, err := Run(ctx, folder, Environment(os.Environ()), nil, append([]string{"-c", "core.fsmonitor=false"}, args...)...)
	return strings.TrimSuffix(string(wrote), "\n"), err
}

// Run is Ask in an environment of the caller's, with what git reads from standard input. It returns all bytes that git wrote.
func Run(ctx context.Context, folder string, environment []string, stdin []byte, args ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, "git", append([]string{"-C", folder}, args...)...)
	command.Env, command.Stdin = environment, bytes.NewReader(stdin)
	command.WaitDelay = time.Second // a child of git's may hold its output open
	var stderr bytes.Buffer
	command.Stderr = &stderr
	wrote, err := command.Output()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("git %s: %w", subcommand(args), ctx.Err())
	case errors.Is(err, exec.ErrNotFound):
		return nil, ErrMissing
	case errors.As(err, &exit):
		return nil, &Error{subcommand(args), strings.TrimSpace(stderr.String())}
	case err != nil:
		return nil, fmt.Errorf("git %s: %w", subcommand(args), err)
	}
	return wrote, nil
}

// subcommand is the word behind the settings of this call alone, -c name=value.
func subcommand(args []string) string {
	for len(args) > 2 && args[0] == "-c" {
		args = args[2:]
	}
	return args[0]
}

// Environment is an environment without what places a repository elsewhere. Messages are in English, as they are told
// apart here; no lock is taken, and nobody is asked.
func Environment(environment []string) []string {
	kept := slices.DeleteFunc(slices.Clone(environment), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.Contains(placing, name)
	})
	return append(kept, "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0")
}

// Commit is the commit that the folder's checkout is at. It is empty where the folder is no checkout: it is in no
// repository, in one without a commit, or in a larger one that does not track it.
func Commit(ctx context.Context, folder string) (string, error) {
	var refused *Error
	prefix, err := Ask(ctx, folder, "rev-parse", "--show-prefix")
	if errors.As(err, &refused) && refused.NoRepository() {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	commit, err := Ask(ctx, folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
	if errors.As(err, &refused) {
		return "", nil
	}
	if err != nil || prefix == "" {
		return commit, err
	}
	tracked, err := Ask(ctx, folder, "ls-tree", "--name-only", "HEAD")
	if err != nil || tracked == "" {
		return "", err
	}
	return commit, nil
}
