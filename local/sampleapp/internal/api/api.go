// Package api is the backend's routes: those that the runbook asks, and what is needed to have something to ask for.
//
// Decisions: the health check answers 200 even while a dependency is away, and says in its body which. A 503 would make
// the load balancer take out every target, and ECS kill every task, for an outage of the database that new tasks do not
// mend. It asks every dependency each time, needs no table, and so is as good before the first migration.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/flowcomply/infrastructure/local/sampleapp/internal/auth"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/cache"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/documents"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/faults"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/migrate"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/store"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/web"
)

// HealthPath is the route of the health check.
const HealthPath = "/api/monitoring/health"

// API answers the backend's requests.
type API struct {
	Store     *store.Store
	Cache     *cache.Cache
	Documents *documents.Bucket
	Tokens    auth.Tokens
	Faults    *faults.Set
	Log       *slog.Logger
	Now       func() time.Time

	Version string
	// ImageDigest is the digest that the image was asked for by; empty where nobody says.
	ImageDigest string
	// Migrations tells how the database's history and the image's migrations compare.
	Migrations func(context.Context) (migrate.Counts, error)
	// Started is when the process did.
	Started time.Time

	health watch
}

// Handler is the routes with what goes around them.
func (a *API) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+HealthPath, a.getHealth)
	mux.HandleFunc("POST /api/auth/register", a.register)
	mux.HandleFunc("POST /api/auth/login", a.login)
	mux.HandleFunc("GET /api/users/me", a.bearer(a.me))
	mux.HandleFunc("GET /api/analytics/dashboard", a.bearer(a.dashboard))
	mux.HandleFunc("GET /api/assets", a.bearer(a.assets))
	mux.HandleFunc("POST /api/assets", a.bearer(a.addAsset))
	mux.HandleFunc("GET /api/monitoring/metrics", a.bearer(a.metrics))
	mux.HandleFunc("GET /api/monitoring/queues", a.bearer(a.queues))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { web.Refuse(w, http.StatusNotFound, "no such route") })
	return web.Wrap(web.Wrapping{
		Faults: a.Faults, Log: a.Log, HealthPath: HealthPath, Policy: "default-src 'none'; frame-ancestors 'none'",
	}, mux)
}

// fail answers 500 and keeps the reason for the log: callers learn nothing about the inside.
func (a *API) fail(w http.ResponseWriter, what string, err error) {
	a.Log.Error(what, "error", err.Error())
	web.Refuse(w, http.StatusInternalServerError, "internal server error")
}
