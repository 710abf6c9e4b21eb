package bench

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// contender is one command that is measured beside others.
type contender struct {
	name    string
	ready   func(context.Context) error // makes ready what a run needs, off the clock; nil where nothing is to be made
	command func(context.Context) *exec.Cmd
	check   func(output string) error // what a run must have said to count; nil wants no more than exit code 0
	samples []sample
}

type sample struct {
	wall time.Duration
	peak uint64 // bytes
}

// race runs the contenders by turns, so that whatever else the machine does falls on all of them. The first round
// warms caches and is not counted.
func race(ctx context.Context, rounds int, contenders []*contender, say func(string, ...any)) error {
	for round := range rounds + 1 {
		for _, one := range contenders {
			measured, err := one.run(ctx)
			if err != nil {
				return fmt.Errorf("%s: %w", one.name, err)
			}
			say("round %d of %d  %-40s %6.1f s", round, rounds, one.name, measured.wall.Seconds())
			if round > 0 {
				one.samples = append(one.samples, measured)
			}
		}
	}
	return nil
}

func (c *contender) run(ctx context.Context) (sample, error) {
	if c.ready != nil {
		if err := c.ready(ctx); err != nil {
			return sample{}, err
		}
	}
	cmd := c.command(ctx)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return sample{}, err
	}
	ended, peak := make(chan struct{}), make(chan uint64)
	go func() { peak <- watch(cmd.Process.Pid, ended) }()
	err := cmd.Wait()
	wall := time.Since(begin)
	close(ended)
	measured := sample{wall: wall, peak: <-peak}
	if err == nil && c.check != nil {
		err = c.check(said.String())
	}
	if err != nil {
		return sample{}, fmt.Errorf("%w\n%s", err, strings.TrimSpace(said.String()))
	}
	return measured, nil
}

// watch adds up the resident memory of a process and all below it, every so often until it has ended, and returns
// the highest sum. What processes share is counted once for each. Where there is no /proc it returns 0.
func watch(pid int, ended <-chan struct{}) uint64 {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	var peak uint64
	for {
		select {
		case <-ended:
			return peak
		case <-tick.C:
			peak = max(peak, resident(pid))
		}
	}
}

// spread is the least, the middle and the most of several values.
type spread[T int64 | uint64 | float64] struct{ min, median, max T }

func spreadOf[T int64 | uint64 | float64](values []T) spread[T] {
	if len(values) == 0 {
		return spread[T]{}
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := sorted[len(sorted)/2]
	if len(sorted)%2 == 0 {
		middle = (sorted[len(sorted)/2-1] + middle) / 2
	}
	return spread[T]{sorted[0], middle, sorted[len(sorted)-1]}
}

func (c *contender) seconds() spread[float64] {
	var values []float64
	for _, one := range c.samples {
		values = append(values, one.wall.Seconds())
	}
	return spreadOf(values)
}

func (c *contender) memory() spread[uint64] {
	var values []uint64
	for _, one := range c.samples {
		values = append(values, one.peak)
	}
	return spreadOf(values)
}
