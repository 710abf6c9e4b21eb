package verify

import (
	"context"
	"fmt"
	"time"
)

// Until calls probe at once and then every interval until it returns nil. A
// Permanent error is returned as it is, at once. When ctx ends, the error says
// so and keeps the last failure the probe told before that: a probe cut short
// by the deadline knows less than the one before it.
//
// The clock is the runtime's, so a test injects its own with testing/synctest.
func Until(ctx context.Context, interval time.Duration, probe func(context.Context) error) error {
	var last error
	for {
		err := probe(ctx)
		if err == nil || isPermanent(err) {
			return err
		}
		if ctx.Err() == nil || last == nil {
			last = err
		}
		select {
		case <-ctx.Done():
		case <-time.After(interval):
		}
		if ctx.Err() != nil { // asked again: both may have come at once
			return fmt.Errorf("%w; last failure: %w", ctx.Err(), last)
		}
	}
}
