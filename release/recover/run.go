package recovery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/verify/check"
)

// stopped is why recovery ends before its end, with the exit code.
type stopped struct {
	code int
	why  string
}

func (s *stopped) Error() string { return s.why }

func stop(code int, format string, values ...any) error {
	return &stopped{code, fmt.Sprintf(format, values...)}
}

// Run recovers the stack, and returns the exit code. An error has been said by then.
func (r Recovery) Run(ctx context.Context) int {
	err := r.run(ctx)
	var early *stopped
	switch {
	case errors.As(err, &early):
		r.printf("recover: %s", early.why)
		return early.code
	case err != nil:
		r.printf("recover: %v", err)
		if errors.Is(err, check.ErrAccess) {
			return exit.NoAccess
		}
		return exit.Failed
	}
	return exit.Done
}

func (r Recovery) run(ctx context.Context) error {
	r.printf("stack %s, backend %s", r.Stack, r.Backend)
	locks, processes, err := r.locks(ctx)
	if err != nil {
		return err
	}
	ended, err := r.endOrphans(ctx, processes, locks)
	if err != nil {
		return err
	}
	state, err := r.Engine.Export(ctx)
	if err != nil {
		return err
	}
	aws, account, trouble := r.connect(ctx, state)
	if trouble != nil && len(state.Pending()) > 0 {
		return trouble
	}
	decisions, tagged, err := r.decide(ctx, state, account, aws)
	if err != nil {
		return err
	}
	var inFlight inFlightSteps
	if aws != nil {
		if inFlight, err = findInFlight(ctx, aws, state); err != nil && trouble == nil {
			trouble = err
		}
	}
	found := leftovers{locks: locks, state: state, decisions: decisions, inFlight: inFlight}
	left := !found.nothing()
	switch {
	case left:
		if err := r.settle(ctx, aws, found); err != nil {
			return err
		}
	case !ended:
		r.printf("nothing is left of an interrupted update")
	}
	if trouble != nil {
		r.printf("not looked for: %v", trouble)
	} else {
		r.printUntracked(ctx, state, decisions, tagged)
	}
	if ended || left {
		return r.printNext(ctx, decisions)
	}
	return nil
}

// leftovers are what an update left, except its processes.
type leftovers struct {
	locks     []staleLock
	state     State
	decisions []Decision
	inFlight  inFlightSteps
}

func (r leftovers) nothing() bool {
	return len(r.locks) == 0 && len(r.decisions) == 0 && len(r.state.Unread()) == 0 && !r.inFlight.any()
}

// staleLock is a lock whose holder is gone, with the reason to think so.
type staleLock struct {
	Lock
	why string
}

// locks reads the locks of the stack, and ends the recovery when one is held, or nobody can tell.
func (r Recovery) locks(ctx context.Context) ([]staleLock, []Process, error) {
	locks, err := r.Engine.Locks(ctx)
	if err != nil {
		return nil, nil, err
	}
	host, err := r.Machine.Host()
	if err != nil {
		return nil, nil, fmt.Errorf("this machine's name: %w", err)
	}
	processes, err := r.Machine.Processes()
	if err != nil {
		return nil, nil, err
	}
	var stale []staleLock
	var foreign error
	for _, lock := range locks {
		switch verdict, why := evaluateLock(lock, host, r.Choices.Host, processes); verdict {
		case Stale:
			stale = append(stale, staleLock{lock, why})
		case Held:
			return nil, nil, stop(exit.Refused, "a live update holds the stack: %s; %s. Nothing was touched. Wait for it, or interrupt it once (Ctrl-C, "+
				"or SIGINT to that process): it ends what it has begun, and leaves nothing to recover", lock, why)
		case Foreign:
			foreign = stop(exit.Refused, "%s: %s. Nothing was touched. Look there whether it runs, run `flowcomply recover` there "+
				"if it does not, or, once you are sure, run it here with --force-host %s", lock, why, lock.Host)
		}
	}
	if busy, running := Running(processes, r.owner()); running {
		return nil, nil, stop(exit.Refused, "a live update of the stack runs, with its program as process %d. Nothing was touched. Wait for it", busy.PID)
	}
	return stale, processes, foreign
}

// owner is whose processes are looked for. A process knows its stack without organization and project.
func (r Recovery) owner() Owner { return Owner{r.Project, last(r.Stack), r.Backend, r.Root, r.Self} }

// endOrphans ends the processes that the update left, before anything else is looked at: they may still create something.
// The locks stay until the end, so that nobody starts an update. It tells whether there were any.
func (r Recovery) endOrphans(ctx context.Context, processes []Process, locks []staleLock) (bool, error) {
	orphans, skipped := Orphans(processes, r.owner(), r.Machine.Answers)
	for _, process := range skipped {
		r.printf("left alone: process %d (%s): its parent is gone, but something answers at its engine's address", process.PID, commandOf(process))
	}
	if len(orphans) == 0 {
		return false, nil
	}
	r.printOrphans(orphans)
	if len(locks) > 0 {
		r.printf("The stack's lock stays until the rest is settled, so that nobody begins an update meanwhile.")
	}
	if err := r.ask(ctx, "Do this?"); err != nil {
		return false, err
	}
	if err := r.awaitMigration(ctx, orphans); err != nil { // before the plugin that it writes to is ended
		return false, err
	}
	var left []int
	for _, orphan := range orphans {
		grace := pluginGrace
		if orphan.Role == step {
			grace = stepGrace
		}
		if !r.Machine.End(ctx, orphan.Process, grace) {
			left = append(left, orphan.PID)
		}
	}
	if ctx.Err() != nil {
		return true, fmt.Errorf("interrupted: processes %v were told to end; run `flowcomply recover` again", left)
	}
	if len(left) > 0 {
		return true, fmt.Errorf("processes %v could not be ended: end them as their owner, and run `flowcomply recover` again", left)
	}
	r.printf("ended %d process(es)", len(orphans))
	return true, nil
}

// awaitMigration waits for a migration whose engine is gone: one that is cut off leaves a schema that a person has to look
// at, while the next update takes up one that has ended. It has a deadline of its own. Where people want it stopped, it is
// told to end with the rest.
func (r Recovery) awaitMigration(ctx context.Context, orphans []Orphan) error {
	i := slices.IndexFunc(orphans, Orphan.migrates) // children come first: it is the one that does the work
	if i < 0 || r.stopping(ctx) {
		return nil
	}
	r.printf("waiting for process %d, for %s at most", orphans[i].PID, r.Choices.Wait)
	if r.Machine.Await(ctx, orphans[i].Process, r.Choices.Wait) {
		return nil
	}
	if ctx.Err() != nil {
		return errors.New("interrupted; the migration goes on: run `flowcomply recover` again")
	}
	return fmt.Errorf("a migration still runs after %s: process %d; wait longer with --wait, or stop it with --stop-tasks", r.Choices.Wait, orphans[i].PID)
}

// stopping tells whether a migration that still runs is to be stopped, instead of waited for. Only a person says so.
func (r Recovery) stopping(ctx context.Context) bool {
	if r.Choices.StopTasks || r.Choices.Yes {
		return r.Choices.StopTasks
	}
	answer, err := r.Terminal.Ask(ctx, "Stop the migration now, instead of waiting for it?")
	return err == nil && answer
}

// Graces: a plugin has nothing to finish, as what it began is looked for afterwards; a step may have to stop a migration's
// task, for which it takes up to four minutes.
const (
	pluginGrace = 10 * time.Second
	stepGrace   = 5 * time.Minute
)

func (r Recovery) ask(ctx context.Context, question string) error {
	if r.Choices.Yes {
		return nil
	}
	yes, err := r.Terminal.Ask(ctx, question)
	switch {
	case err != nil:
		return stop(exit.Refused, "%v; nothing more was done. With --yes nothing is asked", err)
	case !yes:
		return stop(exit.Refused, "nothing more was done")
	}
	return nil
}

// printNext previews the next update, and says what to do next.
func (r Recovery) printNext(ctx context.Context, decisions []Decision) error {
	if !r.Choices.SkipPreview {
		changes, err := r.Engine.Preview(ctx)
		if err != nil {
			return fmt.Errorf("what was left is settled, but the preview failed: %w", err)
		}
		lines := make([]string, len(changes))
		for i, change := range changes {
			lines[i] = change.Op + " " + describe(change.URN)
		}
		if len(changes) == 0 {
			r.printf("\nthe next update would change nothing")
		}
		r.printList(fmt.Sprintf("the next update would make %d change(s):", len(changes)), lines)
		if slices.ContainsFunc(changes, func(c Change) bool { return c.Op == "replace" && isImported(decisions, c.URN) }) {
			return stop(exit.LeftAsItIs, "the next update would replace what was adopted: look at `pulumi preview --diff` before it is run")
		}
	}
	r.printf("\nnext: pulumi up --stack %s, or the command that was interrupted", r.Stack)
	return nil
}

func isImported(decisions []Decision, urn string) bool {
	return slices.ContainsFunc(decisions, func(d Decision) bool { return d.Do == Importing && d.Operation.Resource.URN() == urn })
}
