package poll_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/verify/check"
)

// The clock here is synctest's: time passes only when everything waits, so the
// moments are exact. Nothing is proved about real clocks and slow machines.

func TestUntil_LooksAgainEachInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var looks []time.Duration
		err := poll.Until(t.Context(), 5*time.Second, func(context.Context) error {
			looks = append(looks, time.Since(began))
			if len(looks) < 3 {
				return errors.New("not yet")
			}
			return nil
		})
		require.NoError(t, err)
		assert.Equal(t, []time.Duration{0, 5 * time.Second, 10 * time.Second}, looks)
	})
}

func TestBackoff_LooksLessAndLessOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var looks []time.Duration
		err := poll.Backoff(t.Context(), 5*time.Second, 30*time.Second, func(context.Context) error {
			looks = append(looks, time.Since(began)/time.Second)
			if len(looks) < 6 {
				return errors.New("not yet")
			}
			return nil
		})
		require.NoError(t, err)
		assert.Equal(t, []time.Duration{0, 5, 15, 35, 65, 95}, looks, "seconds: 5, 10, 20 and then 30 apart")
	})
}

func TestUntil_WaitsAsLongAsItIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var looks []time.Duration
		err := poll.Until(t.Context(), 5*time.Second, func(context.Context) error {
			looks = append(looks, time.Since(began)/time.Second)
			if len(looks) < 3 {
				return check.NoData(poll.Later(errors.New("429"), []time.Duration{0, time.Minute, time.Second}[len(looks)]))
			}
			return nil
		})
		require.NoError(t, err)
		assert.Equal(t, []time.Duration{0, 60, 65}, looks, "seconds; never sooner than the interval")
	})
}

func TestUntil_PermanentStopsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, looks := time.Now(), 0
		cause := errors.New("gone")
		err := poll.Until(t.Context(), time.Second, func(context.Context) error {
			looks++
			return check.NoData(poll.Permanent(cause))
		})
		require.ErrorIs(t, err, cause)
		assert.Equal(t, "gone", err.Error())
		assert.Equal(t, 1, looks)
		assert.Zero(t, time.Since(began))
	})
}

func TestUntil_TimeoutKeepsTheLastFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 12*time.Second)
		defer cancel()
		began := time.Now()
		err := poll.Until(ctx, 5*time.Second, func(context.Context) error { return errors.New("GET /healthz: 503") })
		require.EqualError(t, err, "context deadline exceeded; last failure: GET /healthz: 503")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 12*time.Second, time.Since(began))
	})
}

func TestUntil_AProbeCutShortHidesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		looks := 0
		err := poll.Until(ctx, 5*time.Second, func(ctx context.Context) error {
			if looks++; looks == 1 {
				return errors.New("503")
			}
			<-ctx.Done() // hangs in the second look
			return ctx.Err()
		})
		require.EqualError(t, err, "context deadline exceeded; last failure: 503")
		assert.Equal(t, 2, looks)
	})
}

func TestUntil_SaysSoWhenTheOnlyProbeHung(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := poll.Until(ctx, time.Second, func(ctx context.Context) error {
			<-ctx.Done()
			return errors.New("DescribeServices: no answer in time")
		})
		assert.EqualError(t, err, "context deadline exceeded; last failure: DescribeServices: no answer in time")
	})
}

func TestUntil_CancelEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		err := poll.Until(ctx, time.Hour, func(context.Context) error { return errors.New("not yet") })
		require.EqualError(t, err, "context canceled; last failure: not yet")
		assert.Equal(t, time.Second, time.Since(began))
	})
}

func TestMarks_NilStaysNil(t *testing.T) {
	assert.NoError(t, poll.Permanent(nil))
	assert.NoError(t, check.NoData(nil))
}
