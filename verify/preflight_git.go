package verify

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

// placing are the variables by which whoever starts this program, such as a Git
// hook, points git to another repository than the folder's own:
// https://git-scm.com/docs/git#_environment_variables. Others stay: GIT_CONFIG_COUNT
// is how CI says that a checkout is safe.
var placing = []string{
	"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_DIR", "GIT_INDEX_FILE", "GIT_NAMESPACE",
	"GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_REPLACE_REF_BASE", "GIT_SHALLOW_FILE", "GIT_WORK_TREE",
}

// git runs the git binary in a folder. It only reads.
type git struct{ folder string }

// gitError is what git said when it refused.
type gitError struct{ command, said string }

func (e *gitError) Error() string {
	first, _, _ := strings.Cut(e.said, "\n")
	return fmt.Sprintf("git %s: %s", e.command, strings.TrimPrefix(first, "fatal: "))
}

// ask returns what git wrote, without the last line's end. A gitError means that
// git refused.
func (g git) ask(ctx context.Context, args ...string) (string, error) {
	// A monitor that the repository's configuration names is a program: it is not run.
	command := exec.CommandContext(ctx, "git", slices.Concat([]string{"-C", g.folder, "-c", "core.fsmonitor=false"}, args)...)
	command.Env = gitEnvironment(os.Environ())
	command.WaitDelay = time.Second // a child of git's may hold its output open
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("git %s: %w", args[0], ctx.Err())
	case errors.Is(err, exec.ErrNotFound):
		return "", refused("install git, or name checkout in flowcomply:preflight.skip", "git is not on PATH, so nobody can tell what would be built")
	case errors.As(err, &exit):
		return "", &gitError{args[0], strings.TrimSpace(stderr.String())}
	case err != nil:
		return "", fmt.Errorf("git %s: %w", args[0], err)
	}
	return strings.TrimSuffix(stdout.String(), "\n"), nil
}

// gitEnvironment is the environment without what places a repository elsewhere.
// Messages are in English, which is told apart here, and no lock is taken.
func gitEnvironment(environment []string) []string {
	kept := slices.DeleteFunc(slices.Clone(environment), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.Contains(placing, name)
	})
	return append(kept, "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0")
}
