package faults

import (
	"context"
	"log/slog"
	"math"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// Effect is a fault that happens by itself, whether anybody asks for something or not. It gets the fault's number, runs
// while the fault has it and ends with the context.
type Effect func(ctx context.Context, value float64)

// Run keeps the effects in step with the set until the context ends, and returns when all of them have.
func (s *Set) Run(ctx context.Context, effects map[string]Effect) {
	var all sync.WaitGroup
	for name, effect := range effects {
		all.Go(func() { s.follow(ctx, name, effect) })
	}
	all.Wait()
}

// follow starts one effect whenever its number changes, after the one before has ended.
func (s *Set) follow(ctx context.Context, name string, effect Effect) {
	stop, running, value := func() {}, make(chan struct{}), 0.0
	close(running)
	for {
		changed := s.Changed() // before the number is read, or a change in between would be missed
		if now := s.Number(name); now != value {
			stop()
			<-running
			value, running = now, make(chan struct{})
			var inner context.Context
			inner, stop = context.WithCancel(ctx)
			go func(done chan struct{}) {
				defer close(done)
				if now > 0 {
					effect(inner, now)
				}
			}(running)
		}
		select {
		case <-ctx.Done():
			stop()
			<-running
			return
		case <-changed:
		}
	}
}

// Common are the effects that both services have.
func Common(log *slog.Logger) map[string]Effect {
	return map[string]Effect{
		BurnCPU:       burn,
		HoldMemoryMiB: hold,
		LogErrors: func(_ context.Context, lines float64) {
			for line := range int(lines) {
				log.Error("unhandled exception in a request", "fault", LogErrors, "line", line+1)
			}
		},
	}
}

// slice is how often a share of a core is dealt out: often enough that no measurement sees the gaps.
const slice = 100 * time.Millisecond

func burn(ctx context.Context, cores float64) {
	var all sync.WaitGroup
	for left := cores; left > 0; left-- {
		all.Go(func() { burnCore(ctx, math.Min(left, 1)) })
	}
	all.Wait()
}

func burnCore(ctx context.Context, share float64) {
	tick := time.NewTicker(slice)
	defer tick.Stop()
	for {
		for start := time.Now(); time.Since(start) < time.Duration(share*float64(slice)); {
			if ctx.Err() != nil {
				return
			}
		}
		if share >= 1 {
			continue // a whole core never waits
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func hold(ctx context.Context, mebibytes float64) {
	held := make([]byte, int(mebibytes)<<20)
	for page := 0; page < len(held); page += 4096 {
		held[page] = 1 // memory that was never written to is not there
	}
	<-ctx.Done()
	runtime.KeepAlive(held)
	debug.FreeOSMemory() // or it would count as used for minutes
}
