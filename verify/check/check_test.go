package check

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/poll"
)

// These tests prove what Run makes of a check's answer, on synctest's clock.
// They prove nothing about the checks themselves.

func answering(seen string, err error) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return seen, err }
}

func TestRun_FourOutcomes(t *testing.T) {
	never := func(ctx context.Context) (string, error) {
		return "", poll.Until(ctx, 5*time.Second, func(context.Context) error {
			return &Failure{Cause: "still IN_PROGRESS", Details: []string{"an event"}, Next: "wait"}
		})
	}
	for name, tc := range map[string]struct {
		run  func(context.Context) (string, error)
		want Result
	}{
		"ok":         {answering("2 tasks", nil), Result{Outcome: OK, Seen: "2 tasks"}},
		"failed now": {answering("ignored", &Failure{Cause: "rolled back", Next: "fix"}), Result{Outcome: FailedNow, Cause: "rolled back", Next: "fix"}},
		"permanent":  {answering("", poll.Permanent(errors.New("gone"))), Result{Outcome: FailedNow, Cause: "gone"}},
		"no data":    {answering("", NoData(errors.New("no requests"))), Result{Outcome: NotEnoughData, Cause: "no requests"}},
		"no data for good": {
			answering("", poll.Permanent(NoData(errors.New("no requests")))),
			Result{Outcome: NotEnoughData, Cause: "no requests"},
		},
		"timed out": {never, Result{
			Outcome: TimedOut, Cause: "context deadline exceeded; last failure: still IN_PROGRESS",
			Details: []string{"an event"}, Next: "wait", Took: 30 * time.Second,
		}},
		"timed out without data": {
			func(ctx context.Context) (string, error) {
				return "", poll.Until(ctx, time.Second, func(context.Context) error { return NoData(errors.New("no requests")) })
			},
			Result{Outcome: NotEnoughData, Cause: "context deadline exceeded; last failure: no requests", Took: 30 * time.Second},
		},
		"a deadline of its own is a plain failure": {
			answering("", fmt.Errorf("dial: %w", context.DeadlineExceeded)),
			Result{Outcome: FailedNow, Cause: "dial: context deadline exceeded"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				report := Run(t.Context(), []Check{{Group: "g", Name: "n", Run: tc.run}}, Options{})
				require.Len(t, report.Results, 1)
				got := report.Results[0]
				got.Err = nil
				tc.want.Group, tc.want.Name = "g", "n"
				assert.Equal(t, tc.want, got)
			})
		})
	}
}

func TestRun_NoneStopsAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		defer close(hang)
		checks := []Check{
			{Name: "deaf", Run: func(context.Context) (string, error) { <-hang; return "", nil }},
			{Name: "panics", Run: func(context.Context) (string, error) { panic("boom") }},
			{Name: "fails", Run: answering("", errors.New("no"))},
			{Name: "slow", Timeout: time.Minute, Run: func(ctx context.Context) (string, error) {
				select {
				case <-ctx.Done():
					return "", ctx.Err()
				case <-time.After(50 * time.Second):
					return "late but in time", nil
				}
			}},
			{Name: "ok", Run: answering("fine", nil)},
		}
		var order []string
		report := Run(t.Context(), checks, Options{Timeout: 10 * time.Second, Finished: func(r Result, done, of int) {
			order = append(order, r.Name)
			assert.Len(t, order, done)
			assert.Equal(t, len(checks), of)
		}})
		outcomes := map[string]Outcome{}
		for i, result := range report.Results {
			assert.Equal(t, checks[i].Name, result.Name, "results keep the order of the checks")
			outcomes[result.Name] = result.Outcome
		}
		assert.Equal(t, map[string]Outcome{
			"deaf": TimedOut, "panics": FailedNow, "fails": FailedNow, "slow": OK, "ok": OK,
		}, outcomes)
		assert.Equal(t, []string{"deaf", "slow"}, order[3:], "each ends in its own time")
		assert.Equal(t, 50*time.Second, report.Took, "all at once: the run is as long as its longest check")
		assert.Contains(t, report.Results[0].Cause, "did not stop at its deadline")
		assert.Equal(t, "panic: boom", report.Results[1].Cause)
		assert.NotEmpty(t, report.Results[1].Details)
		assert.NotEmpty(t, report.Results[1].Next)
	})
}

func TestRun_InterruptedChecksTellWhatTheySaw(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, cancel)
		report := Run(ctx, []Check{{Run: func(ctx context.Context) (string, error) {
			return "", poll.Until(ctx, time.Second, func(context.Context) error { return errors.New("1 of 2 tasks") })
		}}}, Options{})
		assert.Equal(t, TimedOut, report.Results[0].Outcome)
		assert.Equal(t, "context canceled; last failure: 1 of 2 tasks", report.Results[0].Cause)
		assert.Equal(t, 3*time.Second, report.Took)
	})
}

func TestReport_NoAccess(t *testing.T) {
	denied := Result{Outcome: FailedNow, Err: &Failure{Cause: "denied", Err: ErrAccess}}
	broken := Result{Outcome: TimedOut, Err: errors.New("1 of 2 tasks")}
	silent := Result{Outcome: NotEnoughData, Err: errors.New("no requests")}
	assert.True(t, Report{Results: []Result{{Outcome: OK}, silent, denied}}.NoAccess())
	assert.False(t, Report{Results: []Result{denied, broken}}.NoAccess(), "something is known to be wrong")
	assert.False(t, Report{Results: []Result{{Outcome: OK}, silent}}.NoAccess())
}

func TestNote_OutsideOfACheckIsNothing(t *testing.T) {
	Fact(t.Context(), "tables.User", 1)
	report := Run(t.Context(), []Check{{Run: func(ctx context.Context) (string, error) {
		Fact(ctx, "a", 1)
		Fact(ctx, "a", 2)
		return "", errors.New("facts are kept of failures too")
	}}, {Run: answering("none", nil)}}, Options{})
	assert.Equal(t, map[string]float64{"a": 2}, report.Results[0].Facts)
	assert.Nil(t, report.Results[1].Facts)
}
