package run

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/flowcomply/infrastructure/local/checkout"
	"github.com/flowcomply/infrastructure/local/engine"
)

// cloned makes the fresh clone that is applied. Before that it does what is done once for each stack, as docs/first-day.md has it,
// in a clone of its own: it makes the key and the bucket, sets the secrets, and commits the stack file. Nothing but that commit
// leads from the one to the other.
func (r Run) cloned(ctx context.Context, stack engine.Stack) error {
	first := stack
	first.Project = filepath.Join(r.folder(), "first")
	if err := checkout.Clone(ctx, r.Root, first.Project); err != nil {
		return err
	}
	if err := r.bootstrap(ctx, first); err != nil {
		return err
	}
	if err := r.configure(ctx, first); err != nil {
		return err
	}
	if err := checkout.Commit(ctx, first.Project, "Keep the secrets of "+r.Stack); err != nil {
		return err
	}
	return errors.Join(checkout.Clone(ctx, first.Project, stack.Project), os.RemoveAll(first.Project))
}

// bootstrap runs the command of that name, for a stack file that names a key in KMS.
func (r Run) bootstrap(ctx context.Context, stack engine.Stack) error {
	parsed, err := read(stack.ConfigFile())
	if err != nil || !strings.HasPrefix(parsed.SecretsProvider, "awskms:") {
		return err
	}
	_, err = r.flowcomply(ctx, stack, "bootstrap")
	return err
}

// set puts a value into the stack file, and commits that where a clone is applied.
func (r Run) set(ctx context.Context, stack engine.Stack, key, value string) error {
	if err := stack.Set(ctx, key, value, false); err != nil || !r.Clone {
		return err
	}
	return checkout.Commit(ctx, stack.Project, "Set "+key)
}
