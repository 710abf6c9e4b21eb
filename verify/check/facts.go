package check

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/flowcomply/infrastructure/internal/text"
)

// facts are the facts that one check has noted so far, and why it has not passed yet.
type facts struct {
	mu    sync.Mutex
	facts map[string]float64
	last  error
}

type factsKey struct{}

// all copies what was noted, as an abandoned check may note more. It is nil without facts.
func (n *facts) all() map[string]float64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return maps.Clone(n.facts)
}

// every calls told every so often with why the check has not passed yet, until the function that it returns is called.
func (n *facts) every(interval time.Duration, told func(last error)) (end func()) {
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-ended:
				return
			case <-tick.C:
			}
			n.mu.Lock()
			last := n.last
			n.mu.Unlock()
			if last != nil {
				told(last)
			}
		}
	}()
	return func() { close(ended); <-done }
}

// Failing says why the check that ctx belongs to has not passed yet, for whoever waits for it. Outside of a check it does
// nothing.
func Failing(ctx context.Context, why error) {
	n, ok := ctx.Value(factsKey{}).(*facts)
	if !ok {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.last = why
}

// Fact keeps a number in the JSON report, with the result of the check that ctx belongs to. A later fact of the same
// name replaces it. Names are unique in a whole report, such as tables.User. Outside of a check it does nothing.
func Fact(ctx context.Context, name string, value float64) {
	n, ok := ctx.Value(factsKey{}).(*facts)
	if !ok {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.facts == nil {
		n.facts = map[string]float64{}
	}
	n.facts[name] = value
}

// Baseline is what an earlier report says of a stack's data. It tells an empty table from one that was emptied. The
// zero Baseline knows nothing.
type Baseline struct {
	started time.Time
	facts   map[string]float64
}

// ReadBaseline reads a JSON report of the same stack, written before a release. Facts of checks that failed are left
// out: they are no measure. A report without any fact is an error, as nothing would be compared then and nobody would
// notice.
func ReadBaseline(report []byte, stack string) (Baseline, error) {
	var r jsonReport
	if err := json.Unmarshal(report, &r); err != nil {
		return Baseline{}, fmt.Errorf("not a report of `flowcomply verify --format json`: %w", err)
	}
	switch {
	case r.Stack == "" || r.Checks == nil:
		return Baseline{}, errors.New("not a report of `flowcomply verify --format json`: it has no stack or no checks")
	case r.Stack != stack:
		return Baseline{}, fmt.Errorf("a report of stack %q; this is %q", r.Stack, stack)
	}
	b := Baseline{started: r.StartedAt, facts: map[string]float64{}}
	for _, check := range r.Checks {
		if !check.Outcome.Bad() {
			maps.Copy(b.facts, check.Facts)
		}
	}
	if len(b.facts) == 0 {
		return Baseline{}, errors.New("holds no facts to compare with: its checks of smoke and database did not pass; give a report of a good run")
	}
	return b, nil
}

// Fact returns a number of the earlier report, and whether it has it.
func (b Baseline) Fact(name string) (value float64, known bool) {
	value, known = b.facts[name]
	return value, known
}

// When is the time at which the earlier run started, in UTC.
func (b Baseline) When() string { return b.started.UTC().Format("2006-01-02 15:04 MST") }

// Compare writes a count beside the earlier one, such as "12 assets (10 before)"
// or, with a label, "Asset 12 (10 before)".
func (b Baseline) Compare(fact, label string, n float64, noun string) string {
	content := label + fmt.Sprintf(" %g", n)
	if label == "" {
		content = text.Count(int(n), noun)
	}
	if was, known := b.Fact(fact); known {
		content += fmt.Sprintf(" (%g before)", was)
	}
	return content
}
