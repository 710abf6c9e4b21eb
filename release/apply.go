package release

import (
	"cmp"
	"context"
	"fmt"

	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/release/part"
	"github.com/flowcomply/infrastructure/stacks"
)

// Apply releases a version and returns the exit code. A release that fails after services have started to change is rolled
// back, kept, or asked about: as policy says, or else release.onFailure in the stack file. With yes it does not ask before
// it starts, but it still asks about a failure.
func (c Command) Apply(ctx context.Context, version string, policy stacks.OnFailure, yes bool) int {
	work, stop := c.Listen(ctx)
	defer stop()
	outcome, code, err := c.release(work, version, policy, yes)
	c.printError(err)
	if outcome == nil || outcome.Err == nil {
		c.after(ctx, outcome)
		return code
	}
	stop() // an interrupt has done what it was for; the next one is about what comes now
	work, again := c.Listen(ctx)
	defer again()
	outcome.Exit = c.failed(work, outcome, policy)
	c.after(ctx, outcome)
	return outcome.Exit
}

// release plans, previews, asks and updates. The caller deals with an outcome that has an error.
func (c Command) release(ctx context.Context, version string, policy stacks.OnFailure, yes bool) (*Outcome, int, error) {
	begin := c.Now()
	planned, err := c.planRelease(ctx, version)
	if err != nil {
		return nil, exit.Refused, err
	}
	from, _ := releaseOf(planned.now)
	c.printf("%s: %s is configured; releasing %s\n", c.Stack, from, version)
	events, err := PreviewText(ctx, c.Engine, c.Out, planned.file, planned.text)
	if err != nil {
		return nil, exit.Refused, err
	}
	steps := Steps(events)
	if len(steps) == 0 && from == version && planned.outputs.Version == version {
		c.printf("%s is what runs, and it is proven: nothing to do.\n", version)
		return nil, exit.Done, nil
	}
	protected := c.printRisks(steps, Notes(events))
	if yes && len(protected) > 0 {
		return nil, exit.Refused, Refusef("nobody agrees beforehand to that which holds data, or on which others stand, being replaced or deleted").
			Then("look at the list above, and run this without --yes")
	}
	c.printf("if it fails: %s\n", consequence(policyOf(planned.now, policy)))
	waited, err := c.ask(ctx, yes, fmt.Sprintf("Release %s on %s?", version, c.Stack))
	if err != nil {
		return nil, exit.Refused, err
	}
	outcome, err := c.update(ctx, planned, "release "+version, Outcome{What: Released, Start: begin}, waited)
	switch {
	case outcome == nil:
		return nil, exit.Refused, err
	case err == nil:
		c.printf("\n%s runs and is proven, after %s.\n", version, outcome.Timing)
		return outcome, exit.Done, nil
	}
	c.printf("\n%s failed after %s.\n", version, round(outcome.Timing.Total))
	if !outcome.ServicesStarted {
		c.restoreStackFile(planned)
	}
	return outcome, exit.Failed, err
}

// planRelease is the stack file with the version and without pins.
func (c Command) planRelease(ctx context.Context, version string) (plan, error) {
	at, err := c.load(ctx)
	if err != nil {
		return plan{}, err
	}
	if err := checkNoUpdate(at.entries); err != nil {
		return plan{}, err
	}
	edits, err := setRelease(at.now, version, nil)
	if err != nil {
		return plan{}, err
	}
	planned := plan{situation: at, version: version}
	return planned, planned.write(edits)
}

// restoreStackFile undoes the change of the stack file. Otherwise the next `pulumi up` of anybody would try the failed
// version again, and would not roll back by itself. To try again, run this command again with the version
// (docs/decisions/0021).
func (c Command) restoreStackFile(planned plan) {
	if err := planned.file.Restore(planned.text); err != nil {
		c.printf("%s still names %s: %v\n", c.File, planned.version, err)
		return
	}
	from, _ := releaseOf(planned.now)
	c.printf("No service had begun to change: what served before serves. %s names %s again; to try %s again, run the same command.\n",
		c.File, from, planned.version)
}

// policyOf is what to do when a release fails.
func policyOf(now stacks.Source, override stacks.OnFailure) stacks.OnFailure {
	configured, _ := lookup(now, "release", "onFailure").(string)
	return cmp.Or(override, stacks.OnFailure(configured))
}

func consequence(policy stacks.OnFailure) string {
	switch policy {
	case stacks.GoBack:
		return "goes back to the last proven release by itself, once services have begun to change"
	case stacks.Ask:
		return "asks whether to go back"
	default:
		return "stays as it is then, for a person to go on from"
	}
}

// failed decides about a release that failed, and returns the exit code. An interrupted release is never rolled back without
// asking: whoever interrupted it is there, and had a reason.
func (c Command) failed(ctx context.Context, outcome *Outcome, override stacks.OnFailure) int {
	if !outcome.ServicesStarted {
		return exit.Failed
	}
	now, err := c.load(ctx)
	if err != nil {
		c.printError(err)
		return c.failedNoRollback(outcome)
	}
	policy := policyOf(now.now, override)
	if outcome.Interrupted && policy == stacks.GoBack {
		policy = stacks.Ask
	}
	agreed := policy == stacks.GoBack
	switch policy {
	case stacks.GoBack:
		c.printf("Services had begun to change: going back (release.onFailure is %s).\n\n", policy)
	case stacks.Ask:
		agreed, err = c.Terminal.Ask(ctx, fmt.Sprintf("Services had begun to change. Go back from %s?", outcome.Version))
		c.printError(err)
	default: // it stays as it is
	}
	if !agreed {
		return c.failedNoRollback(outcome)
	}
	rollback, code, err := c.rollBack(ctx, rollbackRequest{undo: true, migrated: Started(outcome.Events, part.Migration)}, true)
	outcome.Rollback = rollback
	c.printError(err)
	switch {
	case code == exit.Done:
		return exit.Failed
	case rollback == nil:
		return c.failedNoRollback(outcome)
	}
	c.printf("%s and going back from it both failed: look at what runs (`%s`) before anything else.\n", outcome.Version, Advice("verify", c.Stack, "", ""))
	return exit.RollbackFailed
}

func (c Command) failedNoRollback(outcome *Outcome) int {
	c.printf("%s is left as it is, and %s names it. Correct it and release again, or go back: %s\n",
		outcome.Version, c.File, Advice("rollback", c.Stack, c.File, ""))
	return exit.LeftAsItIs
}
