package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/internal/git"
	"github.com/flowcomply/infrastructure/internal/shell"
)

// stackFile is the file of a command that may change it. What is in the repository is what is reviewed, so a change of it is
// to be committed.
type stackFile struct {
	path   string
	commit bool // by the command itself
	before []byte
	// tracked is whether it is the repository's; a copy that somebody keeps elsewhere is not.
	tracked bool
}

// errUncommitted says that a commit would have more in it than the command's own change.
var errUncommitted = errors.New("has changes that are not committed, which the command's own would be mixed with; commit or undo them first")

// readStackFile is called before the command begins. Where it is to commit, the file has to be tracked and as it was committed.
func readStackFile(ctx context.Context, path string, commit bool) (stackFile, error) {
	f := stackFile{path: path, commit: commit}
	text, err := os.ReadFile(path)
	if err != nil {
		if commit {
			return f, fmt.Errorf("--commit: %w", err)
		}
		return f, nil // the command says so itself
	}
	f.before = text
	listed, err := f.git(ctx, "ls-files", "--error-unmatch", "--", filepath.Base(path))
	f.tracked = err == nil && listed != ""
	if !commit {
		return f, nil
	}
	if !f.tracked {
		return f, fmt.Errorf("--commit: %s is in no commit; leave the flag out, or `git add` the file and commit it", path)
	}
	status, err := f.git(ctx, "status", "--porcelain", "--", filepath.Base(path))
	if err != nil {
		return f, fmt.Errorf("--commit: %w", err)
	}
	if status != "" {
		return f, fmt.Errorf("--commit: %s %w", path, errUncommitted)
	}
	return f, nil
}

func (f stackFile) git(ctx context.Context, args ...string) (string, error) {
	return git.Ask(ctx, filepath.Dir(f.path), args...)
}

// close commits what the command has changed, or says how to. The message is the commit's.
func (f stackFile) close(ctx context.Context, out io.Writer, message string) error {
	now, err := os.ReadFile(f.path)
	if err != nil || !f.tracked || bytes.Equal(now, f.before) {
		return nil
	}
	if !f.commit {
		fmt.Fprintf(out, "\n%s has changed. What is reviewed is what is applied, so commit it:\n  git commit -m %s -- %s\n",
			f.path, shell.Quote(message), shell.Quote(f.path))
		return nil
	}
	if _, err := f.git(ctx, "commit", "--quiet", "--message", message, "--", filepath.Base(f.path)); err != nil {
		return fmt.Errorf("--commit: %w; %s has changed: commit it yourself", err, f.path)
	}
	fmt.Fprintf(out, "\ncommitted %s: %s\n", f.path, message)
	return nil
}

// inStackFile runs what may change the stack file, and then commits it or says how to. The result is its exit code's error.
func inStackFile(command *cobra.Command, path string, commit bool, message string, do func() int) error {
	ctx := command.Context()
	file, err := readStackFile(ctx, path, commit)
	if err != nil {
		return exit.Refuse(err)
	}
	code := do()
	if err := file.close(ctx, command.OutOrStdout(), message); err != nil {
		fmt.Fprintf(command.ErrOrStderr(), "%s: %v\n", command.CommandPath(), err)
	}
	return exit.With(code)
}
