// Package check runs checks and reports how they ended. All run at the same time, but for those that come after others; each
// has its own deadline, and each ends with one of four outcomes. The package knows nothing of what is checked.
//
//   - A failure is made for a person (Failure): the cause in one line, what was seen, and what to do next.
//   - An error that does not pass by itself is permanent (poll.Permanent).
//   - An error is no data (NoData) where silence can be innocent.
//   - A report is written for a terminal, as JSON, as JUnit's XML or as Markdown.
//   - What must not be shown is taken out of every text (Redactor).
package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/internal/text"
)

// DefaultTimeout is how long a check may take that sets no limit of its own.
const DefaultTimeout = 30 * time.Second

// stopping is how long a check may still run after its deadline, before it is abandoned.
const stopping = 2 * time.Second

// Check is one promise about a stack.
type Check struct {
	Group   string        // heading in reports, such as identity
	Name    string        // unique within its group
	Timeout time.Duration // 0: the run's

	// Longest is how far the check may move its deadline (Extend), from its beginning; 0: not at all.
	Longest time.Duration

	// After are the checks (by Key) that have to end before this one begins, passed or not; its deadline counts from then.
	// These may have none themselves. One that is not run is not waited for.
	After []string

	// Run returns what it saw, in one line, when the promise holds. An error may
	// be a *Failure, and may be marked with NoData.
	Run func(ctx context.Context) (seen string, err error)
}

// Key names a check in a run: group/name.
func (c Check) Key() string { return c.Group + "/" + c.Name }

// Options are what a run may vary.
type Options struct {
	Subject  Subject
	Timeout  time.Duration                     // deadline of each check; 0: DefaultTimeout
	Hide     *Redactor                         // takes what must not be shown out of every result; may be nil
	Finished func(result Result, done, of int) // called for each check as it ends, one at a time; may be nil
	// Waiting is called every half minute for each check that still polls, with what it failed for last, one at a time; may be nil.
	Waiting func(check Check, last error)
}

// waitingEvery is how often a check that takes long says what it waits for.
const waitingEvery = 30 * time.Second

// Run runs all checks at the same time, or after those that they name, each with its own deadline. None stops
// another: a failure, a panic or a check that never returns costs one result.
// Results are in the order of checks. When ctx ends, checks end as timed out.
func Run(ctx context.Context, checks []Check, opts Options) Report {
	report := Report{Subject: opts.Subject, Started: time.Now().UTC(), Results: make([]Result, len(checks))}
	var running sync.WaitGroup
	var mu sync.Mutex
	done := 0
	if told := opts.Waiting; told != nil {
		opts.Waiting = func(check Check, last error) {
			mu.Lock()
			defer mu.Unlock()
			told(check, last)
		}
	}
	ended := map[string]*sync.WaitGroup{}
	for _, check := range checks {
		if ended[check.Key()] == nil {
			ended[check.Key()] = &sync.WaitGroup{}
		}
		ended[check.Key()].Add(1)
	}
	for i, check := range checks {
		running.Go(func() {
			defer ended[check.Key()].Done()
			for _, key := range check.After {
				if before, run := ended[key]; run {
					before.Wait()
				}
			}
			result := opts.Hide.result(runOne(ctx, check, opts))
			mu.Lock()
			defer mu.Unlock()
			report.Results[i] = result
			if done++; opts.Finished != nil {
				opts.Finished(result, done, len(checks))
			}
		})
	}
	running.Wait()
	report.Took = time.Since(report.Started)
	return report
}

type answer struct {
	seen string
	err  error
}

func runOne(ctx context.Context, check Check, opts Options) Result {
	ctx, cancel := withDeadline(ctx, cmp.Or(max(0, check.Timeout), max(0, opts.Timeout), DefaultTimeout), check.Longest)
	defer cancel()
	noted := &facts{}
	ctx = context.WithValue(ctx, factsKey{}, noted)
	started := time.Now()
	if opts.Waiting != nil {
		defer noted.every(waitingEvery, func(last error) { opts.Waiting(check, last) })()
	}
	result := conclude(ctx, wait(ctx, check))
	result.Group, result.Name, result.Took, result.Facts = check.Group, check.Name, time.Since(started), noted.all()
	return result
}

func wait(ctx context.Context, check Check) answer {
	answers := make(chan answer, 1) // buffered: an abandoned check can still end
	go func() { answers <- attempt(ctx, check) }()
	select {
	case a := <-answers:
		return a
	case <-ctx.Done():
	}
	select {
	case a := <-answers:
		return a
	case <-time.After(stopping):
		return answer{err: fmt.Errorf("%w; the check did not stop at its deadline", ctx.Err())}
	}
}

func attempt(ctx context.Context, check Check) (a answer) {
	defer func() {
		if cause := recover(); cause != nil {
			a = answer{err: &Failure{
				Cause:   fmt.Sprintf("panic: %v", cause),
				Details: strings.Split(strings.TrimSpace(string(debug.Stack())), "\n"),
				Next:    "this is a defect of the check and says nothing about the stack; report it with the lines above",
			}}
		}
	}()
	seen, err := check.Run(ctx)
	return answer{seen, err}
}

// conclude turns a check's answer into one of the four outcomes.
func conclude(ctx context.Context, a answer) Result {
	if a.err == nil {
		return Result{Outcome: OK, Seen: a.seen}
	}
	result := Result{Outcome: FailedNow, Cause: a.err.Error(), Err: a.err}
	switch {
	case IsNoData(a.err):
		result.Outcome = NotEnoughData
	case ctx.Err() != nil && errors.Is(a.err, ctx.Err()):
		result.Outcome = TimedOut
	}
	var failure *Failure
	if errors.As(a.err, &failure) {
		result.Details, result.Next = failure.Details, failure.Next
	}
	return result
}

// Poll probes until it succeeds, as poll.Until does, and returns what was seen then. It adds how often the probe failed
// before: an answer that comes only at the second try is worth knowing.
func Poll(ctx context.Context, interval time.Duration, probe func(context.Context) (string, error)) (string, error) {
	return backoff(ctx, interval, interval, probe)
}

func backoff(ctx context.Context, first, longest time.Duration, probe func(context.Context) (string, error)) (string, error) {
	var seen string
	var last error
	failed := 0
	err := poll.Backoff(ctx, first, longest, func(ctx context.Context) (err error) {
		if seen, err = probe(ctx); err != nil {
			last = err
			failed++
			Failing(ctx, err)
		}
		return err
	})
	if err == nil && failed > 0 {
		seen += fmt.Sprintf(" (failed %s before, last: %v)", text.Count(failed, "time"), last)
	}
	return seen, err
}

// PollInterval is how often a check looks again. It stays far below the rate limits of AWS.
const PollInterval = 5 * time.Second

// Polled is a check that probes until it succeeds, as Poll does.
func Polled(group, name string, interval time.Duration, probe func(context.Context) (string, error)) Check {
	return Check{Group: group, Name: name, Run: func(ctx context.Context) (string, error) { return Poll(ctx, interval, probe) }}
}

// longestPause is how many intervals a check lets pass at most that looks less and less often: from 5 to 30 seconds.
const longestPause = 6

// BackedOff is a check that probes until it succeeds, less and less often: of what limits how often it may be asked.
func BackedOff(group, name string, interval time.Duration, probe func(context.Context) (string, error)) Check {
	return Check{Group: group, Name: name, Run: func(ctx context.Context) (string, error) {
		return backoff(ctx, interval, longestPause*interval, probe)
	}}
}
