package ordering

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/plugins/simulated"
)

// result is what came of one schedule: an attempt that failed, where one was to, and the one that succeeded.
type result struct {
	stack    engine.Stack
	services []string
	seed     uint64
	fails    string
	updates  []Update
	broken   []Violation
	took     time.Duration
	err      error // the schedule could not be run, or not be looked at
}

func (r *result) good() bool { return r.err == nil && len(r.broken) == 0 }

// attempt makes one update and judges it. What the CLI said is kept beside the journal.
func (r *result) attempt(ctx context.Context, plan simulated.Plan, first bool) {
	begin := time.Now()
	defer func() { r.took += time.Since(begin) }()
	name := filepath.Join(r.stack.Run, fmt.Sprintf("attempt-%d", len(r.updates)+1))
	if first { // its files are copied to every schedule
		name = filepath.Join(r.stack.Run, "first-release")
	}
	plan.Journal, plan.Registry = name+".jsonl", filepath.Join(r.stack.Run, "registry")
	variable, err := plan.Environment()
	if err != nil {
		r.err = err
		return
	}
	said, err := os.Create(name + ".log")
	if err != nil {
		r.err = err
		return
	}
	defer said.Close()
	stack := r.stack
	stack.Variables, stack.Out = []string{variable}, said
	_, err = stack.Up(ctx)
	update := Update{First: first, Services: r.services, Fail: plan.Fail}
	failed := &engine.Error{}
	if update.Failed = errors.As(err, &failed); err != nil && !update.Failed {
		r.err = err
		return
	}
	if len(r.updates) > 0 {
		update.Before = r.updates[len(r.updates)-1].Events
	}
	if update.Events, r.err = simulated.ReadJournal(plan.Journal); r.err != nil {
		return
	}
	r.updates = append(r.updates, update)
	r.broken = append(r.broken, Check(update)...)
}

// line is what is said of a schedule: one line, and where something is wrong, what.
func (r *result) line(name string) string {
	fate, verdict := "nothing fails", "ok"
	if r.fails != "" {
		fate = r.fails[strings.LastIndex(r.fails, ":")+1:] + " fails, and is tried again"
	}
	if !r.good() {
		verdict = "BAD"
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%-16s seed %-6d %-12s %-42s %5.1f s  %s\n", name, r.seed, plan(r.seed, "").Shape(), fate, r.took.Seconds(), verdict)
	for _, violation := range r.broken {
		fmt.Fprintf(&text, "  %s", violation)
	}
	if r.err != nil {
		fmt.Fprintf(&text, "  %v\n", r.err)
	}
	if !r.good() {
		fmt.Fprintf(&text, "  journals and what the CLI said are in %s; again: ORDERING_SEED=%d make ordering\n", r.stack.Run, r.seed)
	}
	return text.String()
}
