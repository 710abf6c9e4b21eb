package cache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Documents is the queue of documents that are to be processed.
const Documents = "documents"

const (
	group = "workers"
	// workerSilence is how long a worker may be silent and still count as running: several of its rounds.
	workerSilence = 15 * time.Second
	// oldestOf bounds how many jobs are looked at to find the oldest. They are in order of arrival, so the first ones
	// are the oldest but for those that were put back.
	oldestOf = 100
)

// Job is what a worker is to do.
type Job struct {
	AssetID     string    `json:"assetId"`
	DocumentKey string    `json:"documentKey"`
	EnqueuedAt  time.Time `json:"enqueuedAt"`
}

// The keys of a queue.
func stream(queue string) string  { return "queue:" + queue }
func failed(queue string) string  { return "queue:" + queue + ":failed" }
func workers(queue string) string { return "queue:" + queue + ":workers" }

// Prepare makes a queue's keys, if they are not there yet.
func (c *Cache) Prepare(ctx context.Context, queue string) error {
	for _, key := range []string{stream(queue), failed(queue)} {
		err := c.client.XGroupCreateMkStream(ctx, key, group, "0").Err()
		if err != nil && !strings.HasPrefix(err.Error(), "BUSYGROUP") { // it is there
			return fmt.Errorf("queue %s: %w", queue, err)
		}
	}
	return nil
}

// Enqueue adds a job.
func (c *Cache) Enqueue(ctx context.Context, queue string, job Job) error {
	return c.add(ctx, stream(queue), job)
}

func (c *Cache) add(ctx context.Context, key string, job Job) error {
	text, err := json.Marshal(job)
	if err != nil {
		return err
	}
	if err := c.client.XAdd(ctx, &redis.XAddArgs{Stream: key, Values: map[string]any{"job": text}}).Err(); err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	return nil
}

// State is what the application says of a queue.
type State struct {
	Name string `json:"name"`
	// Running says whether a worker was heard of within 15 s.
	Running bool  `json:"running"`
	Waiting int64 `json:"waiting"`
	Active  int64 `json:"active"`
	// Failed jobs are kept until somebody looks.
	Failed int64 `json:"failed"`
	// OldestSeconds is the age of the oldest job that waits or is active, 0 without one.
	OldestSeconds float64 `json:"oldestSeconds"`
}

// State asks for a queue's state.
func (c *Cache) State(ctx context.Context, queue string, now time.Time) (State, error) {
	state := State{Name: queue}
	if err := c.Prepare(ctx, queue); err != nil {
		return State{}, err // before there was a worker
	}
	pipe := c.client.Pipeline()
	all, taken := pipe.XLen(ctx, stream(queue)), pipe.XPending(ctx, stream(queue), group)
	lost, first := pipe.XLen(ctx, failed(queue)), pipe.XRangeN(ctx, stream(queue), "-", "+", oldestOf)
	heard := pipe.HGetAll(ctx, workers(queue))
	if _, err := pipe.Exec(ctx); err != nil {
		return State{}, fmt.Errorf("queue %s: %w", queue, err)
	}
	state.Active, state.Failed = taken.Val().Count, lost.Val()
	state.Waiting = max(0, all.Val()-state.Active)
	for _, message := range first.Val() {
		job, err := read(message)
		if err != nil {
			return State{}, fmt.Errorf("queue %s: %w", queue, err)
		}
		state.OldestSeconds = max(state.OldestSeconds, now.Sub(job.EnqueuedAt).Seconds())
	}
	for _, at := range heard.Val() {
		milliseconds, err := strconv.ParseInt(at, 10, 64)
		if err == nil && now.Sub(time.UnixMilli(milliseconds)) < workerSilence {
			state.Running = true
		}
	}
	return state, nil
}

func read(message redis.XMessage) (Job, error) {
	text, ok := message.Values["job"].(string)
	if !ok {
		return Job{}, errors.New("a job without content")
	}
	var job Job
	return job, json.Unmarshal([]byte(text), &job)
}
