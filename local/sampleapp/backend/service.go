package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/flowcomply/infrastructure/local/sampleapp/internal/api"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/auth"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/cache"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/documents"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/faults"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/image"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/migrate"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/store"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/web"
)

// newService wires the backend. Nothing here waits for a dependency: one that is away is the health check's to tell.
// The function it returns ends every connection.
func newService(ctx context.Context, in settings, built image.Image, migrations string, log *slog.Logger) (web.Service, func(), error) {
	broken, err := web.Start(faults.Backend, built, log)
	if err != nil {
		return web.Service{}, nil, err
	}
	bucket, err := documents.Open(ctx, in.bucket)
	if err != nil {
		return web.Service{}, nil, err
	}
	redis, err := cache.Open(in.redisURL, broken)
	if err != nil {
		return web.Service{}, nil, err
	}
	database, err := store.Open(ctx, in.databaseURL)
	if err != nil {
		return web.Service{}, nil, err
	}
	backend := &api.API{
		Store: database, Cache: redis, Documents: bucket, Faults: broken, Log: log, Now: time.Now, Started: time.Now(),
		Tokens: auth.Tokens{Secret: []byte(in.jwtSecret), Now: time.Now}, Version: built.Version, ImageDigest: in.imageDigest,
		Migrations: func(ctx context.Context) (migrate.Counts, error) {
			return migrate.Count(ctx, database.Pool(), migrations)
		},
	}
	worker := cache.Worker{Cache: redis, Queue: cache.Documents, Name: rand.Text(), Handle: backend.Process, Log: log, Now: time.Now}
	end := func() {
		database.Close()
		_ = redis.Close() // the process ends either way
	}
	return web.Service{
		Port: in.port, Faults: broken, Log: log, Handler: backend.Handler(), Background: worker.Run,
		Effects: effects(log, database, redis),
	}, end, nil
}

// effects are the faults of a backend that happen by themselves.
func effects(log *slog.Logger, database *store.Store, redis *cache.Cache) map[string]faults.Effect {
	all := faults.Common(log)
	all[faults.HoldConnections] = func(ctx context.Context, count float64) {
		if err := database.Hold(ctx, int(count)); err != nil && ctx.Err() == nil {
			log.Error("cannot hold connections", "error", err.Error())
		}
	}
	all[faults.CacheMisses] = redis.Miss
	all[faults.QueueStuck] = func(ctx context.Context, seconds float64) {
		stuck := cache.Job{EnqueuedAt: time.Now().Add(-time.Duration(seconds) * time.Second)}
		if err := redis.Enqueue(ctx, cache.Documents, stuck); err != nil {
			log.Error("cannot enqueue", "error", err.Error())
		}
	}
	return all
}
