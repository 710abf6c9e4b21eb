package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/local/checkout"
	"github.com/flowcomply/infrastructure/local/engine"
)

// actions holds docs/deployer-actions.md against what the rehearsal asked AWS for: an action that the page lacks is an error,
// however little was rehearsed. One that the page has and nobody asked for is an error only once every stack has been taken
// through all parts of a life, as of this commit: whoever ends last compares. Commit is empty where the checkout is changed.
func (r Run) actions(commit string) func(context.Context, engine.Stack) error {
	return func(ctx context.Context, stack engine.Stack) error {
		journals, lacking := []string{filepath.Join(r.folder(), "moto", "calls.jsonl")}, []string{"this part of a life"}
		if r.all() && commit != "" {
			if err := r.keepJournal(journals[0], commit); err != nil {
				return err
			}
			var err error
			if journals, lacking, err = r.lives(commit); err != nil {
				return err
			}
		}
		args := []string{"-m", "awslocal.deployer"}
		if len(lacking) > 0 {
			args = append(args, "--part")
			fmt.Fprintf(r.Out, "whether the page has too much, only whole lives of all stacks tell, of one commit; missing: %s\n", strings.Join(lacking, ", "))
		}
		cmd := exec.CommandContext(ctx, stack.Tools.Python, slices.Concat(args, []string{filepath.Join("..", "..", "docs", "deployer-actions.md")}, journals)...)
		cmd.Dir = filepath.Join(r.Root, "local", "emulator")
		cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
		said, err := cmd.CombinedOutput()
		var wrong *exec.ExitError
		if errors.As(err, &wrong) {
			return errors.New(strings.TrimSpace(string(said)))
		}
		return err
	}
}

// all tells whether the rehearsal has every part.
func (r Run) all() bool {
	return len(r.Parts) == 0 || !slices.ContainsFunc(Parts, func(part string) bool { return !slices.Contains(r.Parts, part) })
}

// journalOf is where the journal of a stack's whole life is kept; an asterisk stands for any stack or commit.
func (r Run) journalOf(stack, commit string) string {
	return filepath.Join(r.Root, ".local", "rehearse-"+stack+"."+commit+".calls.jsonl")
}

// keepJournal keeps what the emulated AWS was asked for, beside the run folder, which is removed; no older one of the stack stays.
func (r Run) keepJournal(journal, commit string) error {
	older, err := filepath.Glob(r.journalOf(r.Stack, "*"))
	if err != nil {
		return err
	}
	for _, file := range older {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	text, err := os.ReadFile(journal)
	if err != nil {
		return err
	}
	return os.WriteFile(r.journalOf(r.Stack, commit), text, 0o600)
}

// lives are the journals of all lives that were rehearsed at a commit, and the stacks that lack one.
func (r Run) lives(commit string) (journals, lacking []string, err error) {
	files, err := filepath.Glob(filepath.Join(r.Root, "Pulumi.*.yaml"))
	if err != nil {
		return nil, nil, err
	}
	for _, file := range files { // sorted
		stack := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Pulumi."), ".yaml")
		if stack == "local" { // exists on one machine alone
			continue
		}
		if _, err := os.Stat(r.journalOf(stack, commit)); err != nil {
			lacking = append(lacking, stack)
		} else {
			journals = append(journals, r.journalOf(stack, commit))
		}
	}
	return journals, lacking, nil
}

// commit is what a clone of the checkout is of; empty where the clone gets more than that.
func (r Run) commit(ctx context.Context) (string, error) {
	changed, err := checkout.Changed(ctx, r.Root)
	if err != nil || changed != "" {
		return "", err
	}
	commit, err := checkout.Git(ctx, r.Root, "rev-parse", "--short=12", "HEAD")
	return strings.TrimSpace(commit), err
}
