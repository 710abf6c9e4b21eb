package cache

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/flowcomply/infrastructure/local/sampleapp/internal/faults"
)

const (
	// round is how long a worker waits for a job before it says that it is there.
	round = time.Second
	// deserted is how long a job is left with a worker that says nothing of it: much longer than any job takes.
	deserted = time.Minute
	// jobTimeout bounds one job.
	jobTimeout = 20 * time.Second
	// forgotten is when a worker that said nothing is taken off the list.
	forgotten = 10 * time.Minute
)

// Worker takes jobs from a queue.
type Worker struct {
	Cache *Cache
	Queue string
	// Name is this worker's own, the same for as long as its process lives.
	Name   string
	Handle func(context.Context, Job) error
	Log    *slog.Logger
	Now    func() time.Time
}

// Run takes jobs until the context ends. When Redis is away it waits, and says so once.
func (w Worker) Run(ctx context.Context) {
	away := false
	for ctx.Err() == nil {
		err := w.round(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil && !away:
			away = true
			w.Log.Error("worker cannot reach its queue", "queue", w.Queue, "error", err.Error())
		case err == nil && away:
			away = false
			w.Log.Info("worker reaches its queue again", "queue", w.Queue)
		}
		if err != nil {
			pause(ctx)
		}
	}
	// So that the queue does not look as if it had a worker; without it, it would only for a few seconds.
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = w.Cache.client.HDel(ending, workers(w.Queue), w.Name).Err()
}

// pause waits a round, or less if the context ends.
func pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(round):
	}
}

// round says that the worker is there and takes a job, one left by another worker first.
func (w Worker) round(ctx context.Context) error {
	if err := w.Cache.Prepare(ctx, w.Queue); err != nil {
		return err // Redis may have come back empty
	}
	if err := w.report(ctx); err != nil {
		return err
	}
	if w.Cache.faults.On(faults.QueueStuck) {
		pause(ctx)
		return nil
	}
	left, _, err := w.Cache.client.XAutoClaim(ctx, &redis.XAutoClaimArgs{
		Stream: stream(w.Queue), Group: group, Consumer: w.Name, MinIdle: deserted, Start: "0", Count: 1,
	}).Result()
	if err != nil {
		return fmt.Errorf("take a deserted job: %w", err)
	}
	if len(left) > 0 {
		return w.do(ctx, left[0])
	}
	taken, err := w.Cache.client.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: group, Consumer: w.Name, Streams: []string{stream(w.Queue), ">"}, Count: 1, Block: round,
	}).Result()
	if errors.Is(err, redis.Nil) {
		return nil // none
	}
	if err != nil {
		return fmt.Errorf("take a job: %w", err)
	}
	return w.do(ctx, taken[0].Messages[0])
}

// report says that the worker is there, and takes those off the list that have long been silent.
func (w Worker) report(ctx context.Context) error {
	now := w.Now()
	key := workers(w.Queue)
	if err := w.Cache.client.HSet(ctx, key, w.Name, now.UnixMilli()).Err(); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	all, err := w.Cache.client.HGetAll(ctx, key).Result()
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	for name, at := range all {
		if milliseconds, err := strconv.ParseInt(at, 10, 64); err != nil || now.Sub(time.UnixMilli(milliseconds)) > forgotten {
			if err := w.Cache.client.HDel(ctx, key, name).Err(); err != nil {
				return fmt.Errorf("report: %w", err)
			}
		}
	}
	return nil
}

// do handles a job. One that fails is put aside for somebody to look at, not tried again and again.
func (w Worker) do(ctx context.Context, message redis.XMessage) error {
	// A job that came while the worker was already waiting for one is stuck too.
	for w.Cache.faults.On(faults.QueueStuck) {
		pause(ctx)
		if ctx.Err() != nil {
			return ctx.Err() // it stays taken, and is found again by another worker
		}
		if err := w.report(ctx); err != nil {
			return err
		}
	}
	job, err := read(message)
	if err == nil {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), jobTimeout) // begun is finished, SIGTERM or not
		err = w.Handle(limited, job)
		cancel()
	}
	after := context.WithoutCancel(ctx)
	if err != nil {
		w.Log.Error("job failed", "queue", w.Queue, "asset", job.AssetID, "error", err.Error())
		if err := w.Cache.add(after, failed(w.Queue), job); err != nil {
			return err // it stays taken, and is found again later
		}
	}
	_, err = w.Cache.client.TxPipelined(after, func(pipe redis.Pipeliner) error {
		pipe.XAck(after, stream(w.Queue), group, message.ID)
		pipe.XDel(after, stream(w.Queue), message.ID)
		return nil
	})
	return err
}
