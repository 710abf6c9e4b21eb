package release

import (
	"context"
	"fmt"

	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/release/part"
	"github.com/flowcomply/infrastructure/stacks"
)

// Apply releases a version and returns the exit code. A release that fails once services have begun to change is gone back
// from, kept, or asked about: by the policy of the stack file, release.onFailure, unless another is given. With yes it does
// not ask before it begins; asked about a failure it is still.
func (c Command) Apply(ctx context.Context, version string, policy stacks.OnFailure, yes bool) int {
	work, stop := c.Listen(ctx)
	defer stop()
	done, code, err := c.release(work, version, policy, yes)
	c.tell(err)
	if done == nil || done.Err == nil {
		c.after(ctx, done)
		return code
	}
	stop() // an interrupt has done what it was for; the next one is about what comes now
	work, again := c.Listen(ctx)
	defer again()
	done.Exit = c.failed(work, done, policy)
	c.after(ctx, done)
	return done.Exit
}

// release plans, previews, asks and updates. An outcome with an error is left to the caller.
func (c Command) release(ctx context.Context, version string, policy stacks.OnFailure, yes bool) (*Outcome, int, error) {
	begin := c.Now()
	planned, err := c.planRelease(ctx, version)
	if err != nil {
		return nil, exit.Refused, err
	}
	from, _ := releaseOf(planned.now)
	c.say("%s: %s is configured; releasing %s\n", c.Stack, from, version)
	events, err := c.draft(ctx, planned)
	if err != nil {
		return nil, exit.Refused, err
	}
	steps := Steps(events)
	if len(steps) == 0 && from == version && planned.outputs.Version == version {
		c.say("%s is what runs, and it is proven: nothing to do.\n", version)
		return nil, exit.Done, nil
	}
	lasting := c.risk(steps, Notes(events))
	if yes && len(lasting) > 0 {
		return nil, exit.Refused, &Refusal{
			What: "nobody agrees beforehand to that which holds data, or on which others stand, being replaced or deleted",
			Next: "look at the list above, and run this without --yes",
		}
	}
	c.say("if it fails: %s\n", consequence(policyOf(planned.now, policy)))
	waited, err := c.ask(ctx, yes, fmt.Sprintf("Release %s on %s?", version, c.Stack))
	if err != nil {
		return nil, exit.Refused, err
	}
	done, err := c.update(ctx, planned, "release "+version, Outcome{What: Released, Preview: steps, Start: begin}, waited)
	switch {
	case done == nil:
		return nil, exit.Refused, err
	case err == nil:
		c.say("\n%s runs and is proven, after %s.\n", version, done.Timing)
		return done, exit.Done, nil
	}
	c.say("\n%s failed after %s.\n", version, round(done.Timing.Total))
	if !done.Began {
		c.putBack(planned)
	}
	return done, exit.Failed, err
}

// planRelease is the stack file with the version, and without pins.
func (c Command) planRelease(ctx context.Context, version string) (plan, error) {
	at, err := c.look(ctx)
	if err != nil {
		return plan{}, err
	}
	if err := idle(at.entries); err != nil {
		return plan{}, err
	}
	edits, err := setRelease(at.now, version, nil)
	if err != nil {
		return plan{}, err
	}
	planned := plan{situation: at, version: version}
	return planned, planned.write(edits)
}

// putBack makes the stack file what it was: the next `pulumi up` of anybody would try the failed version again, without
// going back by itself. To try it again, this command is run again, and it knows the version (docs/decisions/0021).
func (c Command) putBack(planned plan) {
	if err := planned.file.Restore(planned.text); err != nil {
		c.say("%s still names %s: %v\n", c.File, planned.version, err)
		return
	}
	from, _ := releaseOf(planned.now)
	c.say("No service had begun to change: what served before serves. %s names %s again; to try %s again, run the same command.\n",
		c.File, from, planned.version)
}

// policyOf is what is to be done about a release that fails.
func policyOf(now stacks.Source, given stacks.OnFailure) stacks.OnFailure {
	if given != "" {
		return given
	}
	configured, _ := lookup(now, "release", "onFailure").(string)
	return stacks.OnFailure(configured)
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

// failed decides about a release that failed, and returns the exit code. What was interrupted is never gone back from
// without asking: somebody is there, and had a reason.
func (c Command) failed(ctx context.Context, done *Outcome, given stacks.OnFailure) int {
	if !done.Began {
		return exit.Failed
	}
	now, err := c.look(ctx)
	if err != nil {
		c.tell(err)
		return c.left(done)
	}
	policy := policyOf(now.now, given)
	if done.Interrupted && policy == stacks.GoBack {
		policy = stacks.Ask
	}
	switch policy {
	case stacks.GoBack:
		c.say("Services had begun to change: going back (release.onFailure is %s).\n\n", policy)
	case stacks.Ask:
		agreed, err := c.Terminal.Ask(ctx, fmt.Sprintf("Services had begun to change. Go back from %s?", done.Version))
		c.tell(err)
		if !agreed {
			return c.left(done)
		}
	default:
		return c.left(done)
	}
	back, code, err := c.goBack(ctx, back{undo: true, migrated: Began(done.Events, part.Migration)}, true)
	done.Rollback = back
	c.tell(err)
	switch {
	case code == exit.Done:
		return exit.Failed
	case back == nil:
		return c.left(done)
	}
	c.say("%s and going back from it both failed: look at what runs (`%s`) before anything else.\n", done.Version, Advice("verify", c.Stack, "", ""))
	return exit.RollbackFailed
}

func (c Command) left(done *Outcome) int {
	c.say("%s is left as it is, and %s names it. Correct it and release again, or go back: %s\n",
		done.Version, c.File, Advice("rollback", c.Stack, c.File, ""))
	return exit.LeftAsItIs
}
