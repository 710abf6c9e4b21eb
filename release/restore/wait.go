package restore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/flowcomply/infrastructure/internal/poll"
)

// How long the command waits for what it cannot hurry.
const (
	endsWithin    = 15 * time.Minute // tasks that are told to end: twice the longest stop time-out, and ECS's own time
	restoreWithin = 30 * time.Minute // RDS's log, which is some five minutes behind
	backsUpWithin = 6 * time.Hour    // a copy that RDS backs up: package database waits as long for one to be made
	lookEvery     = 2 * time.Second
	sayEvery      = time.Minute // less than what people and CI systems take for a hang
)

// settle waits until nothing writes any more, and until RDS has the moment that is restored: the latest, where that was
// asked for.
func (c Command) settle(ctx context.Context, at *situation, p *point) error {
	for _, name := range databaseServices(*at) {
		err := c.until(ctx, endsWithin, func(ctx context.Context) error {
			n, err := at.account.Tasks(ctx, at.outputs.ClusterName, at.outputs.Services[name].ServiceName)
			if err == nil && n > 0 {
				err = fmt.Errorf("%s: %d tasks left", name, n)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("wait for the tasks of %s to end: %w", name, err)
		}
		c.printf("%s: 0 tasks left\n", name)
	}
	if p.snapshot != nil {
		return nil
	}
	needed := p.at
	if p.latest {
		needed = c.Now().UTC()
		c.printf("nothing is written since %s\n", needed.Format(moment))
	}
	err := c.until(ctx, restoreWithin, func(ctx context.Context) error {
		instance, err := at.active(ctx)
		if err != nil {
			return err
		}
		last := instance.latest()
		if last.Before(needed) {
			return fmt.Errorf("RDS can restore up to %s as yet, every five minutes to a later moment; %s is needed", last.Format(moment), needed.Format(moment))
		}
		if p.latest {
			p.at = last
			p.of(instance, *at)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("wait for RDS to have the moment: %w", err)
	}
	return nil
}

// until looks again and again until there is no error or the time is over, and says what it waits for: at once, when that
// changes and once a minute. At the end it returns the last error.
func (c Command) until(ctx context.Context, limit time.Duration, look func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var last error
	var said string
	var at time.Time
	err := poll.Until(limited, lookEvery, func(ctx context.Context) error {
		err := look(ctx)
		if err != nil && ctx.Err() == nil {
			last = err
			if err.Error() != said || c.Now().Sub(at) >= sayEvery {
				said, at = err.Error(), c.Now()
				c.printf("waiting: %s\n", said)
			}
		}
		return err
	})
	if err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) && last != nil {
		return fmt.Errorf("not within %s: %w", limit, last)
	}
	return err
}
