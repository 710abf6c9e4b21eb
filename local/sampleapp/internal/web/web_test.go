package web

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/sampleapp/internal/faults"
)

func service(t *testing.T, broken map[string]any, handler http.HandlerFunc) Service {
	t.Helper()
	set, err := faults.New(faults.Backend, broken)
	require.NoError(t, err)
	return Service{Port: "0", FaultsAddress: "127.0.0.1:0", Faults: set, Log: slog.New(slog.DiscardHandler), Handler: handler}
}

func TestRun_LetsRequestsEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	address, background := make(chan string, 1), make(chan struct{})
	s := service(t, nil, func(w http.ResponseWriter, _ *http.Request) {
		cancel() // as SIGTERM would, in the middle of a request
		<-background
		w.WriteHeader(http.StatusTeapot)
	})
	s.Background = func(ctx context.Context) { <-ctx.Done(); close(background) }
	s.Ready = func(server, _ net.Addr) {
		_, port, _ := net.SplitHostPort(server.String())
		address <- "http://127.0.0.1:" + port
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	res, err := http.Get(<-address)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Equal(t, http.StatusTeapot, res.StatusCode)
	require.NoError(t, <-ended)
}

func TestRun_EndsAtSIGTERM(t *testing.T) {
	s := service(t, nil, nil)
	s.Ready = func(_, _ net.Addr) { assert.NoError(t, syscall.Kill(syscall.Getpid(), syscall.SIGTERM)) }
	require.NoError(t, s.Run(t.Context()))
}

func TestRun_NeverHealthyOpensNoPort(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := service(t, map[string]any{faults.NeverHealthy: true}, nil)
	s.Ready = func(_, _ net.Addr) { t.Error("it got ready") }
	s.Effects = map[string]faults.Effect{faults.LogErrors: nil}
	s.Log = slog.New(slog.NewTextHandler(writer(func(line string) {
		assert.Contains(t, line, "waiting for something that does not come")
		cancel()
	}), nil))
	require.NoError(t, s.Run(ctx))
}

type writer func(string)

func (w writer) Write(p []byte) (int, error) { w(string(p)); return len(p), nil }

func TestRun_TellsThatAPortIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	s := service(t, nil, nil)
	s.FaultsAddress = taken.Addr().String()
	require.ErrorContains(t, s.Run(t.Context()), "faults: listen tcp")
	s = service(t, nil, nil)
	_, s.Port, err = net.SplitHostPort(taken.Addr().String())
	require.NoError(t, err)
	require.ErrorContains(t, s.Run(t.Context()), "PORT: listen tcp")
}

func TestRead_TakesOneJSONObjectOfKnownKeys(t *testing.T) {
	for body, status := range map[string]int{
		`{"name":"x"}`: 200, `{"name":1}`: 400, `{"title":"x"}`: 400, `{} {}`: 400, ``: 400,
		`{"name":"` + strings.Repeat("x", bodyLimit) + `"}`: 400,
	} {
		answer := httptest.NewRecorder()
		var into struct {
			Name string `json:"name"`
		}
		if Read(answer, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)), &into) {
			Reply(answer, http.StatusOK, into)
		}
		assert.Equal(t, status, answer.Code, "%.40s", body)
	}
}

func TestReply_SaysWhatCannotBeWritten(t *testing.T) {
	answer := httptest.NewRecorder()
	Reply(answer, http.StatusOK, func() {})
	assert.Equal(t, http.StatusInternalServerError, answer.Code)
}
