package check

import (
	"context"
	"fmt"
	"time"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/internal/text"
)

// Poll probes until it succeeds, as Until does, and returns what was seen then.
// Failures on the way are told with it: an answer that comes only at the second
// try is worth knowing, even if the promise holds.
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

// PollInterval is how often a check looks again at what has yet to come true.
// It stays far below the API rates of what is asked.
const PollInterval = 5 * time.Second
