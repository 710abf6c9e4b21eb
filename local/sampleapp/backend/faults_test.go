package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/sampleapp/internal/api"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/apptest"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/image"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/logs"
)

type fault struct {
	name  string
	value any
	seen  func(*testing.T)
}

// answered are the faults that are seen in an answer.
func (s *stack) answered() []fault {
	return []fault{
		{"login-refused", true, func(t *testing.T) {
			right := map[string]string{"email": "smoke@flowcomply.test", "password": "a long password"}
			assert.Equal(t, 401, s.ask(t, "POST", "/api/auth/login", right).status)
		}},
		{"token-rejected", true, func(t *testing.T) { assert.Equal(t, 401, s.ask(t, "GET", "/api/users/me", nil).status) }},
		{"assets-empty", true, func(t *testing.T) {
			assert.JSONEq(t, `{"items":[],"total":0}`, s.ask(t, "GET", "/api/assets", nil).text)
		}},
		{"broken-body", true, func(t *testing.T) {
			got := s.ask(t, "GET", api.HealthPath, nil)
			assert.Equal(t, 200, got.status)
			assert.False(t, json.Valid([]byte(got.text)))
		}},
		{"unhealthy", true, func(t *testing.T) { assert.Equal(t, 503, s.ask(t, "GET", api.HealthPath, nil).status) }},
		{"error-rate", 0.5, func(t *testing.T) {
			assert.Equal(t, 200, s.ask(t, "GET", api.HealthPath, nil).status)
			var failed int
			for range 10 {
				if s.ask(t, "GET", "/api/users/me", nil).status == 500 {
					failed++
				}
			}
			assert.Equal(t, 5, failed)
		}},
		{"latency-ms", 120, func(t *testing.T) {
			start := time.Now()
			s.ask(t, "GET", api.HealthPath, nil)
			assert.GreaterOrEqual(t, time.Since(start), 120*time.Millisecond)
		}},
		{"no-security-headers", true, func(t *testing.T) {
			header := s.ask(t, "GET", api.HealthPath, nil).header
			for _, name := range securityHeaders {
				assert.Empty(t, header.Get(name))
			}
		}},
	}
}

// lasting are the faults that happen by themselves, whether anybody asks or not.
func (s *stack) lasting() []fault {
	return []fault{
		{"hold-connections", 12, func(t *testing.T) {
			eventually(t, "connections", func() bool { return s.connections(t) >= 12 })
		}},
		{"cache-misses", 200, func(t *testing.T) {
			eventually(t, "misses", func() bool {
				redis, _ := s.ask(t, "GET", "/api/monitoring/metrics", nil).json(t)["redis"].(map[string]any)
				return redis["misses"].(float64) > 100
			})
		}},
		{"queue-stuck", 900, func(t *testing.T) {
			eventually(t, "an old job", func() bool { return s.queue(t)["oldestSeconds"].(float64) >= 900 })
			assert.Equal(t, true, s.queue(t)["running"])
			s.set(t, map[string]any{})
			eventually(t, "done", func() bool { return s.queue(t)["oldestSeconds"] == 0.0 })
			assert.Equal(t, 0.0, s.queue(t)["failed"], "nothing is left behind")
		}},
		{"log-errors", 3, func(t *testing.T) {
			eventually(t, "lines", func() bool { return strings.Count(s.log.String(), `"fault":"log-errors"`) == 3 })
		}},
	}
}

// faultsHappen switches each fault on and looks where an operator would.
func (s *stack) faultsHappen(t *testing.T) {
	for _, fault := range append(s.answered(), s.lasting()...) {
		t.Run(fault.name, func(t *testing.T) {
			s.set(t, map[string]any{fault.name: fault.value})
			t.Cleanup(func() { s.set(t, map[string]any{}) })
			fault.seen(t)
		})
	}
	t.Run("all mended", func(t *testing.T) {
		eventually(t, "held connections are given back", func() bool { return s.connections(t) < 12 })
		s.login(t)
		s.healthy(t)
	})
}

// connections are the database's own count of this application's.
func (s *stack) connections(t *testing.T) int {
	t.Helper()
	conn := apptest.Connect(t, s.settings.databaseURL)
	var count int
	require.NoError(t, conn.QueryRow(context.Background(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()`).Scan(&count))
	require.NoError(t, conn.Close(context.Background()))
	return count
}

// losesDependencies ends them one by one: the health check tells each, and stays 200.
func (s *stack) losesDependencies(t *testing.T) {
	want := map[string]any{"database": "connected", "redis": "connected", "s3": "connected"}
	for _, dependency := range []struct {
		name string
		stop func()
	}{{"s3", s.s3.Stop}, {"redis", s.redis.Stop}, {"database", s.postgres.Stop}} {
		dependency.stop()
		want[dependency.name] = "disconnected"
		got := s.ask(t, "GET", api.HealthPath, nil)
		assert.Equal(t, 200, got.status)
		assert.Equal(t, "unhealthy", got.json(t)["status"])
		assert.Equal(t, want, got.json(t)["services"])
		s.ask(t, "GET", api.HealthPath, nil)
		assert.Equal(t, 1, strings.Count(s.log.String(), `"dependency is away","dependency":"`+dependency.name+`"`), "told once")
		if dependency.name == "redis" {
			assert.Equal(t, 200, s.ask(t, "GET", "/api/users/me", nil).status, "the database has what the cache had")
		}
	}
	assert.Equal(t, 500, s.ask(t, "GET", "/api/users/me", nil).status)
}

func TestBackend_FaultsBuiltIn(t *testing.T) {
	s := newStack(t)
	s.run(t, image.Image{Version: "v1", Faults: map[string]any{"unhealthy": true}})
	assert.Equal(t, 503, s.ask(t, "GET", api.HealthPath, nil).status)
	assert.JSONEq(t, `{"unhealthy":true}`, send(t, "GET", s.faults, "", nil).text)
	got := send(t, "PUT", s.faults, "", map[string]any{"wrong-api": true})
	assert.Equal(t, 400, got.status)
	assert.Contains(t, got.text, `fault "wrong-api": the backend has none of this name`)
}

func TestNewService_RefusesWhatItCannotUse(t *testing.T) {
	apptest.NewS3(t, bucket)
	right := settings{port: "0", databaseURL: "postgresql://u:pw@127.0.0.1:1/x", redisURL: "redis://:pw@127.0.0.1:1", jwtSecret: "s", bucket: bucket}
	for name, test := range map[string]struct {
		change func(*settings)
		built  image.Image
		want   string
	}{
		"database": {func(s *settings) { s.databaseURL = "postgresql://u:pw@127.0.0.1:port/x" }, image.Image{}, "DATABASE_URL: not a URL"},
		"redis":    {func(s *settings) { s.redisURL = "http://:pw@x" }, image.Image{}, "REDIS_URL: not a URL"},
		"fault":    {func(*settings) {}, image.Image{Faults: map[string]any{"unknown": true}}, `fault "unknown": the backend has none`},
	} {
		t.Run(name, func(t *testing.T) {
			given := right
			test.change(&given)
			_, _, err := newService(context.Background(), given, test.built, migrations, logs.New(&buffer{}, ""))
			require.ErrorContains(t, err, test.want)
			assert.NotContains(t, err.Error(), "pw")
		})
	}
}

func TestReadSettings_NamesAllThatIsMissing(t *testing.T) {
	_, err := readSettings(func(name string) string { return map[string]string{"PORT": "3001", "JWT_SECRET": "x"}[name] })
	require.EqualError(t, err, "environment: missing DATABASE_URL, REDIS_URL, AWS_REGION, AWS_S3_BUCKET_NAME; set them in the task definition")
	read, err := readSettings(func(name string) string { return "of " + name })
	require.NoError(t, err)
	assert.Equal(t, settings{"of PORT", "of DATABASE_URL", "of REDIS_URL", "of JWT_SECRET", "of AWS_S3_BUCKET_NAME", "of IMAGE_DIGEST"}, read)
}
