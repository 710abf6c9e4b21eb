package verify

import (
	"context"
	"fmt"
	"time"
)

// look probes until it succeeds, as Until does, and returns what was seen then.
// Failures on the way are told with it: an answer that comes only at the second
// try is worth knowing, even if the promise holds.
func look(ctx context.Context, interval time.Duration, probe func(context.Context) (string, error)) (string, error) {
	var seen string
	var last error
	failed := 0
	err := Until(ctx, interval, func(ctx context.Context) (err error) {
		if seen, err = probe(ctx); err != nil {
			last = err
			failed++
		}
		return err
	})
	if err == nil && failed > 0 {
		seen += fmt.Sprintf(" (failed %s before, last: %v)", count(failed, "time"), last)
	}
	return seen, err
}
