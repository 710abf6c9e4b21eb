package restore

import (
	"context"
	"errors"
	"fmt"

	"github.com/flowcomply/infrastructure/components/database"
	"github.com/flowcomply/infrastructure/release"
)

// instanceType is the one kind that a restore drops, and then only the instance that was named.
const instanceType = "aws:rds/instance:Instance"

// printPreview asks the engine what an update with another phase would do, shows it, and refuses what would delete or replace
// anything that has to stay. The stack file stays as it is.
func (c Command) printPreview(ctx context.Context, at situation, slot database.Slot, restore *database.Restore, dropped string) error {
	text, err := at.text(slot, restore)
	if err != nil {
		return err
	}
	events, err := release.PreviewText(ctx, c.Engine, c.Out, at.file, text)
	steps := release.Steps(events)
	if more := release.Refuse("the update would do more than restore:", validateUpdate(steps, dropped),
		"put these as they are, in the stack file or in the program, and run this again"); more != nil {
		return more
	}
	if err != nil {
		return err
	}
	for _, step := range steps {
		c.printf("  %s\n", step)
	}
	return nil
}

// validateUpdate tells what an update would lose. None means that it may be made. Dropped is the logical name of the one
// instance that may be deleted, unless it is still protected.
func validateUpdate(steps []release.Step, dropped string) []string {
	var reasons []string
	for _, step := range release.ProtectedChanges(steps) {
		meant := dropped != "" && step.Op == "delete" && step.Type == instanceType && step.Name == dropped && !step.Protected
		if !meant {
			reasons = append(reasons, step.String())
		}
	}
	return reasons
}

// update puts another phase into the stack file and updates the stack. Next is what to do when it fails.
func (c Command) update(ctx context.Context, at *situation, slot database.Slot, restore *database.Restore, message, next string) error {
	text, err := at.text(slot, restore)
	if err != nil {
		return err
	}
	if err := at.file.Replace(text); err != nil {
		return err
	}
	c.printf("\n== %s\n", message)
	_, err = c.Engine.Update(ctx, at.file.Path, message)
	if errors.Is(err, release.ErrLocked) {
		refusal := release.Refusef("%v: nothing was changed", err).
			Then(fmt.Sprintf("wait for it, or `%s`, and run this again", release.Advice("recover", c.Stack, c.File, "")))
		return errors.Join(refusal, at.file.Restore(text))
	}
	if err != nil {
		return &failure{fmt.Errorf("%s: %w", message, err), next}
	}
	return at.read(at.file.Path)
}
