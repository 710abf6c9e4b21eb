// Package poll asks again and again until an answer is good, cannot become good, or comes too late.
package poll

import (
	"context"
	"errors"
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
	return Backoff(ctx, interval, interval, probe)
}

// Backoff is Until with pauses that double, from the first to the longest: for
// what limits how often it is asked.
func Backoff(ctx context.Context, first, longest time.Duration, probe func(context.Context) error) error {
	var last error
	for pause := first; ; pause = min(2*pause, longest) {
		err := probe(ctx)
		if err == nil || IsPermanent(err) {
			return err
		}
		if ctx.Err() == nil || last == nil {
			last = err
		}
		select {
		case <-ctx.Done():
		case <-time.After(max(pause, asked(err))):
		}
		if ctx.Err() != nil { // asked again: both may have come at once
			return fmt.Errorf("%w; last failure: %w", ctx.Err(), last)
		}
	}
}

// Later marks an error that asks for a pause of this length at least, as a
// Retry-After does.
func Later(err error, pause time.Duration) error { return &later{err, pause} }

type later struct {
	error
	pause time.Duration
}

func (l *later) Unwrap() error { return l.error }

// asked is the pause that an error asks for; 0 without one.
func asked(err error) time.Duration {
	if mark := (*later)(nil); errors.As(err, &mark) {
		return mark.pause
	}
	return 0
}

// Permanent marks an error that waiting cannot cure: Until stops at once.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanent{err}
}

type permanent struct{ error }

func (p *permanent) Unwrap() error { return p.error }

// IsPermanent tells whether the error, or one that it wraps, is marked as permanent.
func IsPermanent(err error) bool {
	var mark *permanent
	return errors.As(err, &mark)
}
