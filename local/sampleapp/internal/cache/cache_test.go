package cache

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/sampleapp/internal/apptest"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/faults"
)

// These tests run against a real Redis with TLS. That a cluster of ElastiCache behaves the same they do not prove.

func open(t *testing.T, url string) *Cache {
	t.Helper()
	none, err := faults.New(faults.Backend, nil)
	require.NoError(t, err)
	opened, err := Open(url, none)
	require.NoError(t, err)
	t.Cleanup(func() { _ = opened.Close() })
	return opened
}

func TestOpen_ChecksTheCertificateIfItCan(t *testing.T) {
	known, unknown := apptest.NewRedis(t), apptest.NewRedis(t)
	t.Setenv("SSL_CERT_FILE", known.Authority)
	require.NoError(t, open(t, known.URL).Ping(t.Context()))
	require.ErrorContains(t, open(t, unknown.URL).Ping(t.Context()), "certificate")
	t.Setenv("SSL_CERT_FILE", "")
	require.NoError(t, open(t, unknown.URL).Ping(t.Context()))
	for file, want := range map[string]string{"/none": "SSL_CERT_FILE: open /none", "cache.go": "cache.go: no certificate in it"} {
		t.Setenv("SSL_CERT_FILE", file)
		_, err := Open(known.URL, nil)
		require.ErrorContains(t, err, want)
	}
}

func TestQueue(t *testing.T) {
	server := apptest.NewRedis(t)
	t.Setenv("SSL_CERT_FILE", "")
	for name, test := range map[string]func(*testing.T, *Cache){
		"a job that fails is put aside":          failsOnce,
		"a job that a worker left is found":      findsDeserted,
		"a worker that is gone does not run":     forgetsWorkers,
		"the oldest counts, wherever it is":      oldest,
		"a round after Redis came back is fine":  comesBack,
		"a worker ends while it waits for a job": endsAtOnce,
	} {
		t.Run(name, func(t *testing.T) {
			cache := open(t, server.URL)
			require.NoError(t, cache.client.FlushAll(t.Context()).Err())
			test(t, cache)
		})
	}
}

func worker(cache *Cache, name string, handle func(context.Context, Job) error) Worker {
	return Worker{Cache: cache, Queue: Documents, Name: name, Handle: handle, Log: slog.New(slog.DiscardHandler), Now: time.Now}
}

func state(t *testing.T, cache *Cache) State {
	t.Helper()
	got, err := cache.State(t.Context(), Documents, time.Now())
	require.NoError(t, err)
	return got
}

func failsOnce(t *testing.T, cache *Cache) {
	require.NoError(t, cache.Enqueue(t.Context(), Documents, Job{AssetID: "a", EnqueuedAt: time.Now()}))
	calls := 0
	failing := worker(cache, "one", func(context.Context, Job) error { calls++; return errors.New("broken") })
	require.NoError(t, failing.round(t.Context()))
	require.NoError(t, failing.round(t.Context()))
	assert.Equal(t, 1, calls)
	assert.Equal(t, State{Name: Documents, Running: true, Failed: 1}, state(t, cache))
}

func findsDeserted(t *testing.T, cache *Cache) {
	require.NoError(t, cache.Prepare(t.Context(), Documents))
	require.NoError(t, cache.Enqueue(t.Context(), Documents, Job{AssetID: "left", EnqueuedAt: time.Now()}))
	taken, err := cache.client.XReadGroup(t.Context(), &redis.XReadGroupArgs{Group: group, Consumer: "dead", Streams: []string{stream(Documents), ">"}}).Result()
	require.NoError(t, err)
	assert.EqualValues(t, 1, state(t, cache).Active)
	var got []string
	other := worker(cache, "two", func(_ context.Context, job Job) error { got = append(got, job.AssetID); return nil })
	require.NoError(t, other.round(t.Context()))
	assert.Empty(t, got, "its worker may still be at it")
	// As if it had been taken two minutes ago.
	require.NoError(t, cache.client.Do(t.Context(), "XCLAIM", stream(Documents), group, "dead", 0, taken[0].Messages[0].ID, "IDLE", 120_000).Err())
	require.NoError(t, other.round(t.Context()))
	assert.Equal(t, []string{"left"}, got)
	assert.Equal(t, State{Name: Documents, Running: true}, state(t, cache))
}

func forgetsWorkers(t *testing.T, cache *Cache) {
	assert.False(t, state(t, cache).Running)
	gone := worker(cache, "gone", nil)
	gone.Now = func() time.Time { return time.Now().Add(-time.Minute) }
	require.NoError(t, gone.report(t.Context()))
	assert.False(t, state(t, cache).Running)
	here := worker(cache, "here", nil)
	here.Now = func() time.Time { return time.Now().Add(forgotten) }
	require.NoError(t, here.report(t.Context()))
	assert.Equal(t, []string{"here"}, cache.client.HKeys(t.Context(), workers(Documents)).Val())
}

func oldest(t *testing.T, cache *Cache) {
	for _, age := range []time.Duration{time.Minute, time.Hour, time.Second} {
		require.NoError(t, cache.Enqueue(t.Context(), Documents, Job{EnqueuedAt: time.Now().Add(-age)}))
	}
	got := state(t, cache)
	assert.InDelta(t, 3600, got.OldestSeconds, 10)
	assert.EqualValues(t, 3, got.Waiting)
}

func comesBack(t *testing.T, cache *Cache) {
	idle := worker(cache, "idle", nil)
	require.NoError(t, idle.round(t.Context()))
	require.NoError(t, cache.client.FlushAll(t.Context()).Err())
	require.NoError(t, idle.round(t.Context()))
}

func endsAtOnce(t *testing.T, cache *Cache) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { worker(cache, "ending", nil).Run(ctx); close(ended) }()
	require.Eventually(t, func() bool { return state(t, cache).Running }, 10*time.Second, 10*time.Millisecond)
	cancel()
	<-ended
	assert.False(t, state(t, cache).Running, "it signed off")
}
