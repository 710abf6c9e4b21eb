package check

import (
	"context"
	"fmt"
	"time"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/internal/text"
)

// Poll probes until it succeeds, as poll.Until does, and returns what was seen then. It adds how often the probe failed
// before: an answer that comes only at the second try is worth knowing.
func Poll(ctx context.Context, interval time.Duration, probe func(context.Context) (string, error)) (string, error) {
	var seen string
	var last error
	failed := 0
	err := poll.Until(ctx, interval, func(ctx context.Context) (err error) {
		if seen, err = probe(ctx); err != nil {
			last = err
			failed++
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
