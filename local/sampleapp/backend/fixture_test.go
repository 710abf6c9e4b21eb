package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/sampleapp/internal/apptest"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/image"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/logs"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/migrate"
)

const (
	migrations = "../migrations"
	bucket     = "flowcomply-documents-test"
)

// stack is a running backend and what it needs.
type stack struct {
	postgres *apptest.Postgres
	redis    *apptest.Redis
	s3       *apptest.S3
	settings settings
	log      *buffer

	url, faults string
	token       string
}

// newStack starts everything but the backend, and does not migrate.
func newStack(t *testing.T) *stack {
	t.Helper()
	t.Setenv("SSL_CERT_FILE", "")
	s := &stack{postgres: apptest.NewPostgres(t), redis: apptest.NewRedis(t), s3: apptest.NewS3(t, bucket), log: &buffer{}}
	s.settings = settings{
		port: "0", databaseURL: s.postgres.Database(t), redisURL: s.redis.URL, jwtSecret: "a secret of a test", bucket: bucket, imageDigest: "sha256:abc",
	}
	return s
}

// run starts the backend, until the test ends.
func (s *stack) run(t *testing.T, built image.Image) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	service, end, err := newService(ctx, s.settings, built, migrations, logs.New(s.log, "debug"))
	require.NoError(t, err)
	ready, ended := make(chan struct{}), make(chan error, 1)
	service.FaultsAddress = "127.0.0.1:0"
	service.Ready = func(server, faults net.Addr) {
		_, port, _ := net.SplitHostPort(server.String())
		s.url, s.faults = "http://127.0.0.1:"+port, "http://"+faults.String()+"/faults"
		close(ready)
	}
	go func() { ended <- service.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		assert.NoError(t, <-ended)
		end()
	})
	select {
	case <-ready:
	case err := <-ended:
		ended <- nil
		t.Fatalf("the backend did not start: %v", err)
	}
}

func (s *stack) migrate(t *testing.T) {
	t.Helper()
	var told strings.Builder
	command := migrate.Command{DatabaseURL: s.settings.databaseURL, Folder: migrations, Out: &told, Err: &told}
	require.Equal(t, 0, command.Run(context.Background(), []string{"deploy"}), told.String())
}

// answer is a response, read.
type answer struct {
	status int
	header http.Header
	text   string
}

// json decodes the answer's body into a value that is easy to look at.
func (a answer) json(t *testing.T) map[string]any {
	t.Helper()
	var decoded map[string]any
	require.NoError(t, json.Unmarshal([]byte(a.text), &decoded), a.text)
	return decoded
}

// ask sends a request, with the token if there is one. A body is sent as JSON.
func (s *stack) ask(t *testing.T, method, path string, body any) answer {
	t.Helper()
	return send(t, method, s.url+path, s.token, body)
}

// set replaces the faults.
func (s *stack) set(t *testing.T, faults map[string]any) {
	t.Helper()
	got := send(t, http.MethodPut, s.faults, "", faults)
	require.Equal(t, 200, got.status, got.text)
}

func send(t *testing.T, method, url, token string, body any) answer {
	t.Helper()
	text, err := json.Marshal(body)
	require.NoError(t, err)
	if raw, ok := body.(string); ok {
		text = []byte(raw)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, url, bytes.NewReader(text))
	require.NoError(t, err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return answer{res.StatusCode, res.Header, string(got)}
}

// login registers the smoke user, if need be, and takes a token.
func (s *stack) login(t *testing.T) {
	t.Helper()
	user := map[string]any{"email": "Smoke@flowcomply.test", "password": "a long password", "organization": "Acme"}
	require.Contains(t, []int{201, 409}, s.ask(t, "POST", "/api/auth/register", user).status)
	delete(user, "organization")
	got := s.ask(t, "POST", "/api/auth/login", user)
	require.Equal(t, 200, got.status, got.text)
	s.token, _ = got.json(t)["token"].(string)
	require.NotEmpty(t, s.token)
}

// eventually waits for what another goroutine does.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, 20*time.Second, 20*time.Millisecond, what)
}

// buffer is a log that is read while it is written.
type buffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
