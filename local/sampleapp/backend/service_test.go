package main

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/sampleapp/internal/api"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/apptest"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/image"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/web"
)

// These tests run the whole backend against a real PostgreSQL and Redis over TLS, and an S3 that is a fake: that real
// S3 takes its requests, and that the image has in it what the binary reads, they do not prove.

func TestBackend(t *testing.T) {
	s := newStack(t)
	s.run(t, image.Image{Version: "v1.2.3"})
	t.Run("healthy before the first migration", s.healthy)
	t.Run("tells missing tables and pending migrations", s.unmigrated)
	t.Run("counts no table before the first migration", s.countsNone)
	s.migrate(t)
	t.Run("registers and logs in", s.registers)
	s.login(t)
	t.Run("answers the runbook's routes", s.answers)
	t.Run("keeps an asset, its document and its job", s.keepsAssets)
	t.Run("counts rows", s.counts)
	t.Run("refuses what is not right", s.refuses)
	t.Run("finds what it cached", s.caches)
	t.Run("has security headers on everything", s.headers)
	t.Run("faults", s.faultsHappen)
	t.Run("dependencies that go away", s.losesDependencies)
	for _, secret := range []string{s.settings.jwtSecret, s.token, "a long password", ":secret@", ":token@"} {
		assert.NotContains(t, s.log.String(), secret, "a credential in the log")
	}
}

func (s *stack) healthy(t *testing.T) {
	got := s.ask(t, "GET", api.HealthPath, nil)
	require.Equal(t, 200, got.status)
	health := got.json(t)
	assert.NotEmpty(t, health["timestamp"])
	delete(health, "timestamp")
	assert.Equal(t, map[string]any{
		"status": "healthy", "version": "v1.2.3", "image": "sha256:abc",
		"services": map[string]any{"database": "connected", "redis": "connected", "s3": "connected"},
	}, health)
	port := s.url[strings.LastIndex(s.url, ":")+1:]
	require.NoError(t, web.Healthcheck(context.Background(), port, api.HealthPath))
	require.ErrorContains(t, web.Healthcheck(context.Background(), port, "/nothing"), "unhealthy: GET /nothing: 404")
}

func (s *stack) unmigrated(t *testing.T) {
	assert.Equal(t, 500, s.ask(t, "POST", "/api/auth/login", map[string]string{"email": "a@b.test", "password": "x"}).status)
	assert.Contains(t, s.log.String(), `"severity":"ERROR"`)
}

func (s *stack) registers(t *testing.T) {
	user := map[string]any{"email": "first@flowcomply.test", "password": "a long password", "organization": "Acme"}
	got := s.ask(t, "POST", "/api/auth/register", user)
	require.Equal(t, 201, got.status, got.text)
	assert.NotContains(t, got.text, "assword")
	assert.Equal(t, 409, s.ask(t, "POST", "/api/auth/register", user).status)
	user["email"] = "second@flowcomply.test"
	other := s.ask(t, "POST", "/api/auth/register", user)
	assert.Equal(t, got.json(t)["organizationId"], other.json(t)["organizationId"], "the same organization")
	for name, bad := range map[string]map[string]any{
		"address":      {"email": "no address", "password": "a long password", "organization": "A"},
		"password":     {"email": "a@b.test", "password": "short", "organization": "A"},
		"organization": {"email": "a@b.test", "password": "a long password", "organization": " "},
		"unknown key":  {"emial": "a@b.test"},
	} {
		assert.Equal(t, 400, s.ask(t, "POST", "/api/auth/register", bad).status, name)
	}
}

func (s *stack) answers(t *testing.T) {
	me := s.ask(t, "GET", "/api/users/me", nil).json(t)
	assert.Equal(t, "smoke@flowcomply.test", me["email"])
	assert.NotEmpty(t, me["id"])
	assert.NotEmpty(t, me["organizationId"])
	assert.Len(t, me, 3)
	assert.Equal(t, map[string]any{"users": 3.0, "organizations": 1.0, "assets": 0.0}, s.ask(t, "GET", "/api/analytics/dashboard", nil).json(t))
	assert.Equal(t, map[string]any{"items": []any{}, "total": 0.0}, s.ask(t, "GET", "/api/assets", nil).json(t))
	metrics := s.ask(t, "GET", "/api/monitoring/metrics", nil).json(t)
	database, ok := metrics["database"].(map[string]any)
	require.True(t, ok)
	pool, ok := database["pool"].(map[string]any)
	require.True(t, ok)
	assert.GreaterOrEqual(t, pool["active"], 1.0)
	assert.Equal(t, 10.0, pool["max"])
	assert.Equal(t, 1.0, database["errors"], "the login before the first migration")
	assert.Equal(t, map[string]any{"User": 3.0, "Organization": 1.0, "Asset": 0.0}, database["tables"])
	assert.Equal(t, map[string]any{"applied": 2.0, "pending": 0.0, "failed": 0.0}, database["migrations"])
	assert.Equal(t, true, metrics["redis"].(map[string]any)["connected"])
	assert.Greater(t, metrics["process"].(map[string]any)["memoryMiB"], 1.0)
}

func (s *stack) keepsAssets(t *testing.T) {
	got := s.ask(t, "POST", "/api/assets", map[string]string{"name": "Pump 7"})
	require.Equal(t, 201, got.status, got.text)
	asset := got.json(t)
	assert.Equal(t, []string{asset["documentKey"].(string)}, s.s3.Keys())
	assert.Equal(t, map[string]any{"items": []any{asset}, "total": 1.0}, s.ask(t, "GET", "/api/assets", nil).json(t))
	assert.Equal(t, 1.0, s.ask(t, "GET", "/api/analytics/dashboard", nil).json(t)["assets"], "what was cached is dropped")
	conn := apptest.Connect(t, s.settings.databaseURL)
	eventually(t, "the job is done", func() bool {
		var done bool
		err := conn.QueryRow(context.Background(), `SELECT "processedAt" IS NOT NULL FROM "Asset"`).Scan(&done)
		return err == nil && done
	})
	eventually(t, "the queue is empty", func() bool { return s.queue(t)["active"] == 0.0 })
	assert.Equal(t, map[string]any{
		"name": "documents", "running": true, "waiting": 0.0, "active": 0.0, "failed": 0.0, "oldestSeconds": 0.0,
	}, s.queue(t))
	assert.Equal(t, 400, s.ask(t, "POST", "/api/assets", map[string]string{"name": ""}).status)
}

func (s *stack) queue(t *testing.T) map[string]any {
	t.Helper()
	queues, ok := s.ask(t, "GET", "/api/monitoring/queues", nil).json(t)["queues"].([]any)
	require.True(t, ok)
	require.Len(t, queues, 1)
	return queues[0].(map[string]any)
}

func (s *stack) refuses(t *testing.T) {
	wrong := map[string]string{"email": "smoke@flowcomply.test", "password": "another password"}
	got := s.ask(t, "POST", "/api/auth/login", wrong)
	assert.Equal(t, 401, got.status)
	wrong["email"] = "nobody@flowcomply.test"
	unknown := s.ask(t, "POST", "/api/auth/login", wrong)
	assert.Equal(t, got.text, unknown.text, "who is registered is nobody's business")
	assert.Equal(t, 400, s.ask(t, "POST", "/api/auth/login", "{}{}").status)
	assert.Equal(t, 404, s.ask(t, "GET", "/api/nothing", nil).status)
	for _, path := range []string{"/api/users/me", "/api/assets", "/api/analytics/dashboard", "/api/monitoring/metrics", "/api/monitoring/queues"} {
		for _, token := range []string{"", "nonsense", s.token + "x"} {
			assert.Equal(t, 401, send(t, "GET", s.url+path, token, nil).status, path)
		}
	}
}

func (s *stack) caches(t *testing.T) {
	before := s.ask(t, "GET", "/api/monitoring/metrics", nil).json(t)["redis"].(map[string]any)
	for range 5 {
		s.ask(t, "GET", "/api/users/me", nil)
		s.ask(t, "GET", "/api/analytics/dashboard", nil)
		s.queue(t)
	}
	after := s.ask(t, "GET", "/api/monitoring/metrics", nil).json(t)["redis"].(map[string]any)
	assert.Equal(t, before["misses"], after["misses"], "a second look misses nothing, an empty queue neither")
	assert.Greater(t, after["hits"], before["hits"])
	assert.Greater(t, after["hitRate"], 0.7)
}

func (s *stack) headers(t *testing.T) {
	for _, path := range []string{api.HealthPath, "/api/assets", "/nothing"} {
		header := s.ask(t, "GET", path, nil).header
		for _, name := range securityHeaders {
			assert.NotEmpty(t, header.Get(name), "%s of %s", name, path)
		}
	}
}

var securityHeaders = []string{"Strict-Transport-Security", "X-Content-Type-Options", "Content-Security-Policy", "X-Frame-Options", "Referrer-Policy"}
