// Package crash kills the engine of releases at moments taken by chance, recovers with the command that docs/recovery.md
// names, makes the update again, and looks for what is there twice, or there and in no state.
//
// The stack is a running one, people use it all the while, and each release brings a migration. That every moment was hit, a
// run does not prove; it says which steps were.
package crash

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/local/emulator"
	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/harness"
)

// Settings say how often an update is killed, and of what.
type Settings struct {
	Count int    // of the updates that are killed
	Seed  uint64 // of the moments; the same seed takes the same ones
	// Prepare makes the next release ready to be updated to: its source and its version. n counts from 1.
	Prepare func(ctx context.Context, n int) (version string, err error)
	Program string    // of cmd/flowcomply
	Out     io.Writer // a line for each
}

// Run kills updates, and recovers from each. The stack's last update has to have been a whole release: the moments are spread
// over the time that it took. An error says what is wrong after which kill, with all that was said.
func Run(ctx context.Context, stack engine.Stack, s Settings) error {
	whole, err := stack.Lasted()
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(s.Seed, 0)) //nolint:gosec // to be made again, not to be secret
	killed := 0
	for n := 1; killed < s.Count; n++ {
		if n > 2*s.Count+2 {
			return fmt.Errorf("only %d of %d updates could be killed: the others had ended before", killed, n-1)
		}
		after := time.Duration(random.Float64() * float64(whole)).Round(100 * time.Millisecond)
		one, err := s.round(ctx, stack, n, after)
		if err != nil {
			return fmt.Errorf("update %d, to be killed %s after its first resource (then %s): %w", n, after, one.interrupted(), err)
		}
		if !one.killed {
			fmt.Fprintf(s.Out, "update %2d    %-8s had ended before it could be killed, %s after its first resource\n", n, one.version, after)
			if whole, err = stack.Lasted(); err != nil { // the machine is quicker by now
				return err
			}
			continue
		}
		killed++
		fmt.Fprintf(s.Out, "kill %2d/%-2d   %-8s %5.1f s after its first resource, while %s; recovered in %s, proven %s later; %d requests, none lost\n",
			killed, s.Count, one.version, after.Seconds(), one.interrupted(), rounded(one.recovery), rounded(one.again), one.requests)
	}
	if err := unchanged(ctx, stack); err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "%d killed updates recovered; nothing is there twice, and a preview that reads everything from AWS changes nothing\n", killed)
	return nil
}

// round is one release whose first update is killed.
type round struct {
	version  string
	killed   bool
	cut      []string // the operations that the kill cut off
	recovery time.Duration
	again    time.Duration // that the next update took
	requests int
}

func (r round) interrupted() string {
	if len(r.cut) == 0 {
		return "nothing was under way"
	}
	return strings.Join(r.cut, ", ")
}

func (s Settings) round(ctx context.Context, stack engine.Stack, n int, after time.Duration) (one round, err error) {
	var said bytes.Buffer
	stack.Out = &said
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, said.String())
		}
	}()
	before, err := observe(ctx, stack)
	if err != nil {
		return one, err
	}
	if one.version, err = s.Prepare(ctx, n); err != nil {
		return one, err
	}
	end := before.running.Visit(ctx)
	err = s.release(ctx, stack, after, &one)
	visits := end()
	if one.requests = visits.Made; len(visits.Lost) > 0 {
		err = errors.Join(err, fmt.Errorf("%d of %d requests were lost: %s", len(visits.Lost), visits.Made, strings.Join(visits.Lost, "; ")))
	}
	if err != nil {
		return one, err
	}
	now, err := observe(ctx, stack)
	if err != nil {
		return one, err
	}
	return one, errors.Join(now.since(before, one.version), now.running.Serves(ctx, now.running.Outputs.Services),
		now.running.Task(ctx, "backend", "npx", "prisma", "migrate", "status"))
}

// release makes the update, kills it, recovers, and makes it again.
func (s Settings) release(ctx context.Context, stack engine.Stack, after time.Duration, one *round) error {
	var err error
	if one.killed, err = stack.Kill(ctx, after); err != nil || !one.killed {
		return err
	}
	if one.cut, err = cutOff(ctx, stack); err != nil {
		return err
	}
	begin := time.Now()
	command := harness.Command(ctx, stack, s.Program, "recover", "--yes", "--settle", "0s", "--no-preview")
	command.Env = append(command.Env, "TMPDIR="+stack.Run) // it keeps the state as it was, which ends with the run
	if err := command.Run(); err != nil {
		return fmt.Errorf("recover: %w", err)
	}
	one.recovery, begin = time.Since(begin), time.Now()
	if err := clean(ctx, stack); err != nil {
		return err
	}
	_, err = stack.Up(ctx)
	one.again = time.Since(begin)
	return err
}

// clean wants recovery to have left no operation in the state, and no process.
func clean(ctx context.Context, stack engine.Stack) error {
	cut, err := cutOff(ctx, stack)
	if err == nil && len(cut) > 0 {
		err = fmt.Errorf("after recovery the state still has operations: %s", strings.Join(cut, ", "))
	}
	for _, process := range emulator.Orphans(stack.Run) {
		if !stack.Emulator.Owns(process) && process.Alive() {
			err = errors.Join(err, fmt.Errorf("after recovery process %d of the killed update still runs", process.PID))
		}
	}
	return err
}

// unchanged wants AWS to be as the state says, and both as the program says.
func unchanged(ctx context.Context, stack engine.Stack) error {
	var said bytes.Buffer
	stack.Out = &said
	changes, err := stack.Preview(ctx, "--refresh")
	if err != nil {
		return fmt.Errorf("%w\n%s", err, said.String())
	}
	if len(changes) > 0 {
		return fmt.Errorf("a preview that reads everything from AWS would make %d changes: %v", len(changes), changes)
	}
	return nil
}

func rounded(d time.Duration) time.Duration { return d.Round(time.Second) }
