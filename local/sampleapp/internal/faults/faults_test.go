package faults

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests are about names, values and the effects that are seen from inside the process. What a caller sees of a fault
// is tested with the services.

func TestTable_IsWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range Table {
		assert.False(t, seen[row.Name], "%s is there twice", row.Name)
		seen[row.Name] = true
		assert.NotEmpty(t, row.Meaning, row.Name)
		assert.NotEmpty(t, row.Services, row.Name)
		for _, service := range row.Services {
			on, err := Parse(service, map[string]any{row.Name: true})
			require.NoError(t, err)
			assert.NotNil(t, on[row.Name], "true switches it on")
			off, err := Parse(service, map[string]any{row.Name: false})
			require.NoError(t, err)
			assert.Empty(t, off, "false switches it off")
		}
	}
}

func TestParse(t *testing.T) {
	for name, test := range map[string]struct {
		given map[string]any
		want  map[string]any
		fails string
	}{
		"a number":            {given: map[string]any{ErrorRate: 0.2}, want: map[string]any{ErrorRate: 0.2}},
		"a preset":            {given: map[string]any{LatencyMs: true}, want: map[string]any{LatencyMs: 1000.0}},
		"null is off":         {given: map[string]any{LatencyMs: nil}, want: map[string]any{}},
		"zero is off":         {given: map[string]any{LatencyMs: 0.0}, want: map[string]any{}},
		"exit code 0 is not":  {given: map[string]any{ExitAtStart: 0.0}, want: map[string]any{ExitAtStart: 0.0}},
		"too much":            {given: map[string]any{ErrorRate: 1.5}, fails: `fault "error-rate": 1.5 (float64) is not a value of it; allowed: true for 1, or a number up to 1`},
		"less than nothing":   {given: map[string]any{BurnCPU: -1.0}, fails: "fault \"burn-cpu\": -1"},
		"half a connection":   {given: map[string]any{HoldConnections: 1.5}, fails: "a whole number up to 1000"},
		"a text for a flag":   {given: map[string]any{Unhealthy: "yes"}, fails: "allowed: true or false"},
		"a list":              {given: map[string]any{Unhealthy: []any{}}, fails: "allowed: true or false"},
		"a number for a text": {given: map[string]any{ErrorRate: "much"}, fails: "much (string)"},
		"an unknown name":     {given: map[string]any{"eror-rate": true}, fails: `fault "eror-rate": the backend has none of this name; it has [login-refused`},
		"another service's":   {given: map[string]any{MissingAssets: true}, fails: "the backend has none of this name"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(Backend, test.given)
			if test.fails != "" {
				require.ErrorContains(t, err, test.fails)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
		})
	}
}

func newSet(t *testing.T, builtIn map[string]any) *Set {
	t.Helper()
	set, err := New(Backend, builtIn)
	require.NoError(t, err)
	return set
}

func TestSet_FailsTheFractionExactly(t *testing.T) {
	for rate, want := range map[float64]int{0.1: 100, 0.25: 250, 1: 1000, 0.06: 60} {
		set := newSet(t, map[string]any{ErrorRate: rate})
		failed := 0
		for range 1000 {
			if set.Fails() {
				failed++
			}
		}
		assert.Equal(t, want, failed)
	}
	assert.False(t, newSet(t, nil).Fails())
}

func TestSet_Serves(t *testing.T) {
	set := newSet(t, map[string]any{LatencyMs: 5.0, NeverHealthy: true})
	for _, step := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/faults", "", 200, `{"latency-ms":5,"never-healthy":true}`},
		{"PUT", "/faults", `{"unhealthy":true,"latency-ms":false}`, 200, `{"unhealthy":true}`},
		{"PUT", "/faults", `{"unknown":1}`, 400, `fault "unknown"`},
		{"PUT", "/faults", `[]`, 400, "faults: not a JSON object"},
		{"PUT", "/faults", `{"exit-at-start":true}`, 400, "it happens at start; build it into the image"},
		{"GET", "/faults", "", 200, `{"unhealthy":true}`},
		{"PUT", "/faults", `{}`, 200, `{}`},
		{"POST", "/faults", `{}`, 405, "GET or PUT"},
		{"GET", "/", "", 404, ""},
	} {
		answer := httptest.NewRecorder()
		set.ServeHTTP(answer, httptest.NewRequest(step.method, step.path, strings.NewReader(step.body)))
		assert.Equal(t, step.status, answer.Code, "%s %s", step.method, step.body)
		assert.Contains(t, answer.Body.String(), step.want)
	}
	assert.NotNil(t, http.Handler(set))
}

func TestRun_FollowsTheSet(t *testing.T) {
	set := newSet(t, map[string]any{HoldConnections: 3.0})
	ctx, cancel := context.WithCancel(t.Context())
	began, ended := make(chan float64, 8), make(chan float64, 8)
	done := make(chan struct{})
	go func() {
		set.Run(ctx, map[string]Effect{HoldConnections: func(ctx context.Context, value float64) {
			began <- value
			<-ctx.Done()
			ended <- value
		}})
		close(done)
	}()
	assert.Equal(t, 3.0, <-began)
	require.NoError(t, set.Replace(map[string]any{HoldConnections: 4.0}))
	assert.Equal(t, []float64{3, 4}, []float64{<-ended, <-began})
	require.NoError(t, set.Replace(nil))
	assert.Equal(t, 4.0, <-ended)
	require.NoError(t, set.Replace(map[string]any{HoldConnections: 5.0}))
	assert.Equal(t, 5.0, <-began)
	cancel()
	assert.Equal(t, 5.0, <-ended)
	<-done
}

func TestBurn_UsesTheProcessor(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	before := used(t)
	go func() { burn(ctx, 0.5); close(done) }()
	require.Eventually(t, func() bool { return used(t)-before > 200*time.Millisecond }, 30*time.Second, 10*time.Millisecond)
	cancel()
	<-done
}

// used is how much processor time the process had.
func used(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano())
}

func TestHold_HoldsMemoryAndGivesItBack(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var done atomic.Bool
	before := resident(t)
	go func() { hold(ctx, 64); done.Store(true) }()
	require.Eventually(t, func() bool { return resident(t)-before > 60<<20 }, 10*time.Second, 10*time.Millisecond)
	cancel()
	require.Eventually(t, done.Load, 10*time.Second, 10*time.Millisecond)
	var after runtime.MemStats
	runtime.ReadMemStats(&after)
	assert.Less(t, after.HeapSys-after.HeapReleased, uint64(30<<20))
}
