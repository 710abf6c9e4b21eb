// Package ordering looks at the order in which the real engine runs the real program: the same release, again and
// again, each time with other latencies and often with a part that fails, on providers that only pretend
// (local/plugins/simulated). What is held of each is in Check; what has to be seen in some of them is in Coverage.
//
// It proves what the program's dependencies make of any latencies. It does not prove that the parts do what they are
// called; that is for the suites on the emulated AWS.
package ordering

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/flowcomply/infrastructure/local/engine"
)

// Settings are how many schedules are run, and which.
type Settings struct {
	Count int    // at least 1
	Seed  uint64 // of the first; each next one has the next
	// Services are those of the stack: the names of its images and services.
	Services []string
	Out      io.Writer
}

// enough is the number of schedules from which on Coverage is demanded: fewer may miss something by chance. On a machine
// that is too busy for latencies to matter as they should, as many again are run before it is a fault.
const enough = 20

// Run releases a first version once, and from there the next one Count times. The stack is ready for its first update;
// prepare makes it ready for the next. A schedule with a part that fails is followed by the attempt that goes on from it.
func Run(ctx context.Context, stack engine.Stack, prepare func(context.Context) error, want Settings) error {
	first := result{stack: stack, services: want.Services, seed: want.Seed}
	first.attempt(ctx, plan(want.Seed, ""), true)
	fmt.Fprint(want.Out, first.line("first release"))
	if !first.good() {
		return fmt.Errorf("the first release is not as it must be; see above")
	}
	if err := prepare(ctx); err != nil {
		return err
	}
	var seen tally
	seen.add(ctx, stack, want)
	if len(seen.bad) == 0 && want.Count >= enough && len(seen.coverage.Missing()) > 0 {
		fmt.Fprintf(want.Out, "Not seen yet: %s. As many again:\n", strings.Join(seen.coverage.Missing(), "; "))
		more := want
		more.Seed += uint64(want.Count)
		seen.add(ctx, stack, more)
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	fmt.Fprintf(want.Out, "\n%d schedules, %d of them bad. Updates with: %s.\n", seen.done, len(seen.bad), seen.coverage)
	return seen.verdict(want.Count >= enough)
}

// tally is what came of all schedules.
type tally struct {
	done     int
	bad      []uint64 // seeds
	coverage Coverage
}

func (t *tally) add(ctx context.Context, stack engine.Stack, want Settings) {
	all := t.done + want.Count
	for one := range each(ctx, stack, want) {
		t.done++
		fmt.Fprint(want.Out, one.line(fmt.Sprintf("schedule %d/%d", t.done, all)))
		if !one.good() {
			t.bad = append(t.bad, one.seed)
		}
		for _, update := range one.updates {
			t.coverage.Add(update)
		}
	}
}

func (t *tally) verdict(covered bool) error {
	if len(t.bad) > 0 {
		return fmt.Errorf("%d of %d schedules are not as they must be, with seeds %v; one alone again: ORDERING_SEED=%d make ordering",
			len(t.bad), t.done, t.bad, t.bad[0])
	}
	if missing := t.coverage.Missing(); covered && len(missing) > 0 {
		return fmt.Errorf("in %d schedules there was never: %s; either the program keeps it from happening, or the latencies of local/plugins/simulated "+
			"are too short to show it", t.done, strings.Join(missing, "; "))
	}
	return nil
}

// each runs the schedules, one more at a time than there are processors, as each waits now and then; it yields them as
// they end.
func each(ctx context.Context, stack engine.Stack, want Settings) <-chan result {
	seeds, results := make(chan uint64), make(chan result)
	var workers sync.WaitGroup
	for range min(runtime.NumCPU()+1, want.Count) {
		workers.Go(func() {
			for seed := range seeds {
				results <- schedule(ctx, stack, want.Services, seed)
			}
		})
	}
	go func() {
		for i := range want.Count {
			if ctx.Err() == nil {
				seeds <- want.Seed + uint64(i)
			}
		}
		close(seeds)
		workers.Wait()
		close(results)
	}()
	return results
}

// schedule makes the next release from a copy of the stack, which is deleted again if all went as it must.
func schedule(ctx context.Context, from engine.Stack, services []string, seed uint64) result {
	one := result{stack: from, services: services, seed: seed, fails: failure(seed)}
	one.stack.Run = filepath.Join(filepath.Dir(from.Run), fmt.Sprintf("seed-%d", seed))
	if one.err = os.CopyFS(one.stack.Run, os.DirFS(from.Run)); one.err != nil {
		return one
	}
	one.attempt(ctx, plan(seed, one.fails), false)
	if one.fails != "" && one.good() {
		one.attempt(ctx, plan(seed, ""), false)
	}
	if one.good() {
		one.err = os.RemoveAll(one.stack.Run)
	}
	return one
}
