package command

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// slow answers each request after a second, and remembers how many were under way at most.
type slow struct {
	sync.Mutex
	now, most, all int
}

func (s *slow) count(change int) {
	s.Lock()
	defer s.Unlock()
	s.now += change
	s.most = max(s.most, s.now)
	s.all += max(0, change)
}

func (s *slow) Do(*http.Request) (*http.Response, error) {
	s.count(1)
	defer s.count(-1)
	time.Sleep(time.Second) // of synctest's clock
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

func TestInFlight_LetsAFewThroughAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &slow{}
		client := newInFlight(server, 3)
		begin := time.Now()
		var all sync.WaitGroup
		for range 10 {
			one := request(t, t.Context())
			all.Go(func() {
				got, err := client.Do(one)
				if assert.NoError(t, err) {
					assert.NoError(t, got.Body.Close())
				}
			})
		}
		all.Wait()
		assert.Equal(t, []int{3, 10}, []int{server.most, server.all})
		assert.Equal(t, 4*time.Second, time.Since(begin))
	})
}

func TestInFlight_WaitsNoLongerThanAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &slow{}
		client := newInFlight(server, 1)
		done, first := make(chan struct{}), request(t, t.Context())
		go func() {
			defer close(done)
			got, err := client.Do(first)
			if assert.NoError(t, err) {
				assert.NoError(t, got.Body.Close())
			}
		}()
		synctest.Wait()
		hurried, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		got, err := client.Do(request(t, hurried))
		if got != nil {
			_ = got.Body.Close()
		}
		require.ErrorIs(t, err, context.DeadlineExceeded)
		<-done
		assert.Equal(t, 1, server.all, "it was never sent")
	})
}

func request(t *testing.T, ctx context.Context) *http.Request { //nolint:revive // the test's own context comes first
	t.Helper()
	made, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://example.test/", http.NoBody)
	require.NoError(t, err)
	return made
}
