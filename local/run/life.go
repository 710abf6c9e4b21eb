package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/harness"
	"github.com/flowcomply/infrastructure/local/sampleapp"
)

// broken is a version whose processes end as soon as they begin; no stack file has it.
const broken = "v1000.1.0"

// chosen are the steps of the parts that were asked for, or of all. Commit is what is rehearsed, empty where that is no commit.
func (r Run) chosen(next release, commit string) []step {
	parts := map[string][]step{
		"release": {
			{"release a new version in which only the " + strings.Join(next.deployed, " and the ") + " differs", r.release(next)},
			{"preview again: nothing may change", r.unchanged},
		},
		"failure":  {{"release a version that ECS rolls back", r.fails(next)}},
		"rollback": {{"go back to the first release", r.back}},
		"restore":  {{"take the data back to a moment ago", r.swap}, {"undo that", r.undo}},
	}
	steps := []step{
		{"apply Pulumi." + r.Stack + ".yaml to an empty AWS", r.apply},
		{"preview again: nothing may change", r.unchanged},
	}
	for _, part := range Parts {
		if len(r.Parts) == 0 || slices.Contains(r.Parts, part) {
			steps = append(steps, parts[part]...)
		}
	}
	return append(steps, step{"destroy", r.destroy}, step{"hold docs/deployer-actions.md against what AWS was asked for", r.actions(commit)})
}

// fails releases a version that ECS rolls back. The release has to go back by itself, and leave the one before running and
// recorded as what was verified last.
func (r Run) fails(next release) func(context.Context, engine.Stack) error {
	return func(ctx context.Context, stack engine.Stack) error {
		exits := sampleapp.Faults(next.folder, map[string]any{"exit-at-start": 3})
		if err := sampleapp.Release(ctx, r.Root, r.sources(), broken, exits); err != nil {
			return err
		}
		before, err := harness.Open(ctx, stack)
		if err != nil {
			return err
		}
		said, err := r.flowcomply(ctx, stack, "release", broken, "--yes", "--commit")
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 {
			return fmt.Errorf("the release of %s, whose processes end at once, should end with exit code 1: %w", broken, orEnded(err))
		}
		if !strings.Contains(said, "ECS rolled") {
			return errors.New("the release failed, and says nothing of ECS rolling it back")
		}
		return r.runs(ctx, stack, before.Outputs.Version)
	}
}

func orEnded(err error) error {
	if err == nil {
		return errors.New("it ended well")
	}
	return err
}

// back goes back to the stack's first release.
func (r Run) back(ctx context.Context, stack engine.Stack) error {
	running, err := harness.Open(ctx, stack)
	if err != nil {
		return err
	}
	first := running.Outputs.Releases[0].Version
	if _, err := r.flowcomply(ctx, stack, "rollback", first, "--yes", "--commit"); err != nil {
		return err
	}
	return r.runs(ctx, stack, first)
}

// swap takes the data back to the latest moment there is: the stack uses a copy of its database then.
func (r Run) swap(ctx context.Context, stack engine.Stack) error {
	return r.exchange(ctx, stack, "restore", "--latest", "--yes", "--commit")
}

// undo uses the database again that was in use before the data was taken back.
func (r Run) undo(ctx context.Context, stack engine.Stack) error {
	return r.exchange(ctx, stack, "restore", "--undo", "--yes", "--commit")
}

// exchange runs a command after which the stack has to use another database, and the same release.
func (r Run) exchange(ctx context.Context, stack engine.Stack, args ...string) error {
	before, err := harness.Open(ctx, stack)
	if err != nil {
		return err
	}
	if _, err := r.flowcomply(ctx, stack, args...); err != nil {
		return err
	}
	after, err := harness.Open(ctx, stack)
	if err != nil {
		return err
	}
	if after.Outputs.DatabaseIdentifier == before.Outputs.DatabaseIdentifier {
		return fmt.Errorf("flowcomply %s ended well, and the stack uses the database %s as before", strings.Join(args, " "), before.Outputs.DatabaseIdentifier)
	}
	return r.runs(ctx, stack, before.Outputs.Version)
}

// runs wants a version to be the one that was verified last, and every service to run it and nothing else.
func (r Run) runs(ctx context.Context, stack engine.Stack, version string) error {
	running, err := harness.Open(ctx, stack)
	if err != nil {
		return err
	}
	if running.Outputs.Version != version {
		return fmt.Errorf("verified last is %s, and it should be %s", running.Outputs.Version, version)
	}
	return running.Serves(ctx, running.Outputs.Services)
}

// flowcomply runs that program on the stack, as people do, and returns what it said.
func (r Run) flowcomply(ctx context.Context, stack engine.Stack, args ...string) (string, error) {
	program := filepath.Join(r.folder(), "bin", "flowcomply")
	if _, err := os.Stat(program); err != nil { // once in each run: the folder begins empty
		if program, err = harness.Build(ctx, r.Root, "./cmd/flowcomply", filepath.Dir(program)); err != nil {
			return "", err
		}
	}
	fmt.Fprintf(r.Out, "\n$ flowcomply %s --stack %s\n", strings.Join(args, " "), r.Stack)
	var said bytes.Buffer
	stack.Out = io.MultiWriter(r.Out, &said)
	err := harness.Command(ctx, stack, program, args...).Run()
	return said.String(), err
}
