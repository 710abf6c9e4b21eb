package api

import (
	"context"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/flowcomply/infrastructure/local/sampleapp/internal/cache"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/faults"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/migrate"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/store"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/web"
)

// askTimeout is how long a dependency may take to answer a health check.
const askTimeout = 2 * time.Second

type health struct {
	Status    string            `json:"status"`
	Timestamp string            `json:"timestamp"`
	Version   string            `json:"version"`
	Image     string            `json:"image,omitempty"`
	Services  map[string]string `json:"services"`
}

func (a *API) getHealth(w http.ResponseWriter, r *http.Request) {
	answer := health{
		Status: "healthy", Timestamp: a.Now().UTC().Format(time.RFC3339Nano), Version: a.Version, Image: a.ImageDigest,
		Services: map[string]string{},
	}
	for name, err := range a.ask(r.Context()) {
		answer.Services[name] = "connected"
		if err != nil {
			answer.Services[name], answer.Status = "disconnected", "unhealthy"
		}
		a.health.note(a, name, err)
	}
	switch {
	case a.Faults.On(faults.BrokenBody):
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = w.Write([]byte(`{"status":"healthy","timestamp":"`)) // as a process that died while it answered
	case a.Faults.On(faults.Unhealthy):
		answer.Status = "unhealthy"
		web.Reply(w, http.StatusServiceUnavailable, answer)
	default:
		web.Reply(w, http.StatusOK, answer)
	}
}

// ask asks every dependency at once, and says what each answered. A caller that goes away does not end the asking: it
// would look as if every dependency had gone.
func (a *API) ask(ctx context.Context) map[string]error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
	defer cancel()
	asked := map[string]func(context.Context) error{
		"database": a.Store.Ping, "redis": a.Cache.Ping, "s3": a.Documents.Ping,
	}
	var (
		mu      sync.Mutex
		all     sync.WaitGroup
		answers = map[string]error{}
	)
	for name, ping := range asked {
		all.Go(func() {
			err := ping(ctx)
			mu.Lock()
			defer mu.Unlock()
			answers[name] = err
		})
	}
	all.Wait()
	return answers
}

// watch remembers which dependencies are away, so that the log says it when it changes and not at every check.
type watch struct {
	mu   sync.Mutex
	away map[string]bool
}

func (h *watch) note(a *API, name string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.away == nil {
		h.away = map[string]bool{}
	}
	switch {
	case err != nil && !h.away[name]:
		a.Log.Error("dependency is away", "dependency", name, "error", err.Error())
	case err == nil && h.away[name]:
		a.Log.Info("dependency is back", "dependency", name)
	}
	h.away[name] = err != nil
}

type databaseMetrics struct {
	store.Metrics
	Migrations migrate.Counts `json:"migrations"`
	Problem    string         `json:"problem,omitempty"`
}

type processMetrics struct {
	UptimeSeconds float64 `json:"uptimeSeconds"`
	MemoryMiB     float64 `json:"memoryMiB"`
	Goroutines    int     `json:"goroutines"`
}

// metrics answers 200 with what is known: that a dependency is away is itself a metric.
func (a *API) metrics(w http.ResponseWriter, r *http.Request, _ store.User) {
	var database databaseMetrics
	var err error
	if database.Metrics, err = a.Store.Metrics(r.Context()); err == nil {
		database.Migrations, err = a.Migrations(r.Context())
	}
	if err != nil {
		a.Log.Error("metrics: database", "error", err.Error())
		database.Problem = "the database does not answer; the log says why"
	}
	redis, err := a.Cache.Metrics(r.Context())
	if err != nil {
		a.Log.Error("metrics: redis", "error", err.Error())
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	web.Reply(w, http.StatusOK, struct {
		Database databaseMetrics `json:"database"`
		Redis    cache.Metrics   `json:"redis"`
		Process  processMetrics  `json:"process"`
	}{database, redis, processMetrics{
		UptimeSeconds: a.Now().Sub(a.Started).Seconds(), MemoryMiB: float64(memory.Sys-memory.HeapReleased) / (1 << 20), Goroutines: runtime.NumGoroutine(),
	}})
}

func (a *API) queues(w http.ResponseWriter, r *http.Request, _ store.User) {
	state, err := a.Cache.State(r.Context(), cache.Documents, a.Now())
	if err != nil {
		a.fail(w, "queues", err)
		return
	}
	web.Reply(w, http.StatusOK, map[string][]cache.State{"queues": {state}})
}
