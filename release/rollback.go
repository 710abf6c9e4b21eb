package release

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/release/part"
	"github.com/flowcomply/infrastructure/release/stackfile"
	"github.com/flowcomply/infrastructure/release/terminal"
)

// Rollback goes back to the named release, or else to the last verified one before the current one, and returns the exit
// code. With yes it does not ask. With force it goes back although the schema has contracted. What it refuses is listed in
// the package comment.
//
//runbook:rollback.1#2-4 makes an update of it, in which services roll side by side, and which succeeds once verification has passed.
func (c Command) Rollback(ctx context.Context, to string, yes, force bool) int {
	work, stop := c.Listen(ctx)
	defer stop()
	outcome, code, err := c.rollBack(work, rollbackRequest{to: to, force: force}, yes)
	c.printError(err)
	c.after(ctx, outcome)
	return code
}

// rollBack plans, previews, checks, asks and updates. It returns no outcome when nothing was started.
func (c Command) rollBack(ctx context.Context, how rollbackRequest, yes bool) (*Outcome, int, error) {
	begin := c.Now()
	planned, err := c.planRollback(ctx, how)
	var nothingToDo *NothingToDoError
	switch {
	case errors.As(err, &nothingToDo):
		c.printf("%s.\n", nothingToDo.Why)
		return nil, exit.Done, nil
	case err != nil:
		return nil, RefusedBy(err), err
	}
	c.printPlan(planned)
	steps, err := c.preview(ctx, planned)
	if err != nil {
		return nil, exit.Refused, err
	}
	c.printPreview(steps)
	waited, err := c.ask(ctx, yes, fmt.Sprintf("Go back to %s?", planned.version))
	if err != nil {
		return nil, exit.Refused, err
	}
	message := fmt.Sprintf("roll back to %s (release %d)", planned.version, planned.target.Record.Number)
	outcome, err := c.update(ctx, planned, message, Outcome{What: RolledBack, Start: begin}, waited)
	switch {
	case outcome == nil:
		return nil, exit.Refused, err
	case err != nil:
		if outcome.Exit = exit.Failed; outcome.ServicesStarted {
			outcome.Exit = exit.LeftAsItIs
		}
		c.printf("\nGoing back to %s failed after %s. %s names it, so that the next update goes on from here.\n",
			planned.version, round(outcome.Timing.Total), c.File)
		return outcome, outcome.Exit, err
	}
	c.printf("\n%s runs again and is proven, after %s.\n", planned.version, outcome.Timing)
	return outcome, exit.Done, nil
}

// preview asks the engine about the plan, with a draft of the stack file, and refuses what a rollback must not do.
func (c Command) preview(ctx context.Context, planned plan) ([]Step, error) {
	events, err := PreviewText(ctx, c.Engine, c.Out, planned.file, planned.text)
	steps := Steps(events)
	// The engine may refuse by itself, for example to delete what is protected. Its events still say what it would have done.
	if more := Refuse(fmt.Sprintf("going back to %s would do more than run it again:", planned.version), validateRollback(steps),
		"release a version that leaves these as they are; docs/rollback.md says what going back does to each kind of resource"); more != nil {
		return nil, more
	}
	return steps, err
}

// PreviewText asks the engine what an update with another text of the stack file would do; the file stays as it is. Where it
// refuses, the events of the engine are returned beside the refusal.
func PreviewText(ctx context.Context, engine Engine, out io.Writer, file stackfile.File, text []byte) ([]Event, error) {
	path, discard, err := file.Draft(text)
	if err != nil {
		return nil, err
	}
	defer discard()
	fmt.Fprintf(out, "\npreview …\n")
	events, err := engine.Preview(ctx, path)
	switch {
	case ctx.Err() != nil:
		return events, Refusef("interrupted: nothing was changed")
	case err != nil:
		return events, Refuse("the preview failed, so that nothing was changed:", []string{err.Error()}, "correct what it says, and run this again")
	}
	return events, nil
}

// Agree refuses unless somebody at the terminal agrees, or did beforehand with yes.
func Agree(ctx context.Context, person Terminal, yes bool, question string) error {
	if yes {
		return nil
	}
	agreed, err := person.Ask(ctx, question)
	switch {
	case errors.Is(err, terminal.ErrNobody):
		return Refusef("nobody agreed: %v", err).Then("use --yes to agree beforehand")
	case err != nil:
		return err
	case !agreed:
		return Refusef("not agreed: nothing was changed")
	}
	return nil
}

// ask waits for a yes, and returns how long that took.
func (c Command) ask(ctx context.Context, yes bool, question string) (time.Duration, error) {
	begin := c.Now()
	err := Agree(ctx, c.Terminal, yes, question)
	return c.Now().Sub(begin), err
}

// update writes the plan into the stack file and updates the stack. It returns no outcome when nothing was started and the
// stack file is as it was.
func (c Command) update(ctx context.Context, planned plan, message string, outcome Outcome, waited time.Duration) (*Outcome, error) {
	if ctx.Err() != nil {
		return nil, Refusef("interrupted: nothing was changed")
	}
	if err := planned.file.Replace(planned.text); err != nil {
		return nil, err
	}
	start := c.Now()
	events, err := c.Engine.Update(ctx, planned.file.Path, message)
	outcome.End, outcome.Events, outcome.Err = c.Now(), events, err
	if errors.Is(err, ErrLocked) {
		return nil, errors.Join(Refusef("%v: nothing was changed", err).Then(whenLocked), planned.file.Restore(planned.text))
	}
	outcome.Stack, outcome.Version, outcome.Before = c.Stack, planned.version, planned.outputs
	outcome.From, _ = releaseOf(planned.now)
	outcome.Interrupted = err != nil && ctx.Err() != nil
	outcome.ServicesStarted, outcome.Report = Started(events, part.Service), report(events)
	outcome.Timing = TimingOf(outcome.Start, start, outcome.End, waited, events)
	after, unread := c.Engine.Outputs(context.WithoutCancel(ctx))
	switch outcome.After = after; {
	case unread != nil:
		outcome.After = planned.outputs
		c.printf("The stack's outputs cannot be read now: %v\n", unread)
	case err == nil && after.Version != planned.version: // as when something limits updates that this command does not know of
		outcome.Err = fmt.Errorf("the update succeeded, and yet verified no %s: the stack's outputs are those of %s\n"+
			"next: look for PULUMI_ variables that limit updates, and run this again", planned.version, after.Version)
	}
	return &outcome, outcome.Err
}

// after passes the outcome to Command.After.
func (c Command) after(ctx context.Context, outcome *Outcome) {
	if outcome == nil || c.After == nil {
		return
	}
	if err := c.After(context.WithoutCancel(ctx), *outcome); err != nil {
		c.printf("What has happened could not be handed on: %v\n", err)
	}
}
