package release

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/release/part"
	"github.com/flowcomply/infrastructure/release/terminal"
)

// Rollback goes back to the named release, or to the last proven one before that of now, and returns the exit code. With
// yes it does not ask; with force it goes back over a schema that has contracted.
//
//runbook:rollback.1#2-4 makes an update of it, in which services roll side by side, and which succeeds once verification has passed.
func (c Command) Rollback(ctx context.Context, to string, yes, force bool) int {
	work, stop := c.Listen(ctx)
	defer stop()
	done, code, err := c.goBack(work, back{to: to, force: force}, yes)
	c.tell(err)
	c.after(ctx, done)
	return code
}

// goBack plans, previews, judges, asks and updates. There is no outcome when nothing was begun.
func (c Command) goBack(ctx context.Context, how back, yes bool) (*Outcome, int, error) {
	begin := c.Now()
	planned, err := c.planBack(ctx, how)
	var settled *Settled
	switch {
	case errors.As(err, &settled):
		c.say("%s.\n", settled.Why)
		return nil, exit.Done, nil
	case err != nil:
		return nil, RefusedBy(err), err
	}
	c.explain(planned)
	steps, err := c.preview(ctx, planned)
	if err != nil {
		return nil, exit.Refused, err
	}
	c.foresee(steps)
	waited, err := c.ask(ctx, yes, fmt.Sprintf("Go back to %s?", planned.version))
	if err != nil {
		return nil, exit.Refused, err
	}
	message := fmt.Sprintf("roll back to %s (release %d)", planned.version, planned.target.Record.Number)
	done, err := c.update(ctx, planned, message, Outcome{What: RolledBack, Preview: steps, Start: begin}, waited)
	switch {
	case done == nil:
		return nil, exit.Refused, err
	case err != nil:
		if done.Exit = exit.Failed; done.Began {
			done.Exit = exit.LeftAsItIs
		}
		c.say("\nGoing back to %s failed after %s. %s names it, so that the next update goes on from here.\n",
			planned.version, round(done.Timing.Total), c.File)
		return done, done.Exit, err
	}
	c.say("\n%s runs again and is proven, after %s.\n", planned.version, done.Timing)
	return done, exit.Done, nil
}

// preview asks the engine about the plan, with a draft of the stack file, and refuses what has no place in going back.
func (c Command) preview(ctx context.Context, planned plan) ([]Step, error) {
	events, err := c.draft(ctx, planned)
	steps := Steps(events)
	// An engine that refuses by itself, such as to delete what is protected, has said before what it would have done.
	if reasons := Judge(steps); len(reasons) > 0 {
		return nil, &Refusal{
			What: fmt.Sprintf("going back to %s would do more than run it again:", planned.version), Reasons: reasons,
			Next: "release a version that leaves these as they are; docs/rollback.md says what going back does to each kind of resource",
		}
	}
	return steps, err
}

func (c Command) draft(ctx context.Context, planned plan) ([]Event, error) {
	path, discard, err := planned.file.Draft(planned.text)
	if err != nil {
		return nil, err
	}
	defer discard()
	c.say("\npreview …\n")
	events, err := c.Engine.Preview(ctx, path)
	switch {
	case ctx.Err() != nil:
		return events, &Refusal{What: "interrupted: nothing was changed"}
	case err != nil:
		return events, &Refusal{
			What: "the preview failed, so that nothing was changed:", Reasons: []string{err.Error()}, Next: "correct what it says, and run this again",
		}
	}
	return events, nil
}

// ask waits for a yes, and tells for how long.
func (c Command) ask(ctx context.Context, yes bool, question string) (time.Duration, error) {
	if yes {
		return 0, nil
	}
	asked := c.Now()
	agreed, err := c.Terminal.Ask(ctx, question)
	switch {
	case errors.Is(err, terminal.ErrNobody):
		return 0, &Refusal{What: "nobody agreed: " + err.Error(), Next: "use --yes to agree beforehand"}
	case err != nil:
		return 0, err
	case !agreed:
		return 0, &Refusal{What: "not agreed: nothing was changed"}
	}
	return c.Now().Sub(asked), nil
}

// update puts the plan's text into the stack file and updates the stack. No outcome means that nothing was begun, and that
// the stack file is as it was.
func (c Command) update(ctx context.Context, planned plan, message string, done Outcome, waited time.Duration) (*Outcome, error) {
	if ctx.Err() != nil {
		return nil, &Refusal{What: "interrupted: nothing was changed"}
	}
	if err := planned.file.Replace(planned.text); err != nil {
		return nil, err
	}
	start := c.Now()
	events, err := c.Engine.Update(ctx, planned.file.Path, message)
	done.End, done.Events, done.Err = c.Now(), events, err
	if errors.Is(err, ErrLocked) {
		refusal := &Refusal{What: err.Error() + ": nothing was changed", Next: whenLocked}
		return nil, errors.Join(refusal, planned.file.Restore(planned.text))
	}
	done.Stack, done.Version, done.Before = c.Stack, planned.version, planned.outputs
	done.From, _ = releaseOf(planned.now)
	done.Interrupted = err != nil && ctx.Err() != nil
	done.Began, done.Report = Began(events, part.Service), report(events)
	done.Timing = TimingOf(done.Start, start, done.End, waited, events)
	after, unread := c.Engine.Outputs(context.WithoutCancel(ctx))
	switch done.After = after; {
	case unread != nil:
		done.After = planned.outputs
		c.say("The stack's outputs cannot be read now: %v\n", unread)
	case err == nil && after.Version != planned.version: // as when something limits updates that this command does not know of
		done.Err = fmt.Errorf("the update succeeded, and yet verified no %s: the stack's outputs are those of %s\n"+
			"next: look for PULUMI_ variables that limit updates, and run this again", planned.version, after.Version)
	}
	return &done, done.Err
}

// after hands on what has happened.
func (c Command) after(ctx context.Context, done *Outcome) {
	if done == nil || c.After == nil {
		return
	}
	if err := c.After(context.WithoutCancel(ctx), *done); err != nil {
		c.say("What has happened could not be handed on: %v\n", err)
	}
}

func (c Command) say(format string, args ...any) { fmt.Fprintf(c.Out, format, args...) }

// tell shows an error, if there is one.
func (c Command) tell(err error) {
	if err != nil {
		c.say("\n%s\n", strings.TrimSpace(err.Error()))
	}
}
