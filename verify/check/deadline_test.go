package check_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
)

// A check that is asked to come back later may take longer than others, but not for ever.
func TestExtend_MovesTheDeadlineAsFarAsTheCheckAllows(t *testing.T) {
	extending := func(longest time.Duration, waits ...time.Duration) check.Check {
		return check.Check{Group: "g", Name: "n", Timeout: 30 * time.Second, Longest: longest, Run: func(ctx context.Context) (string, error) {
			for _, wait := range waits {
				if !check.Extend(ctx, wait) {
					return "", poll.Permanent(errors.New("not so long"))
				}
				select {
				case <-time.After(wait + 20*time.Second):
				case <-ctx.Done():
					return "", ctx.Err()
				}
			}
			return "done", nil
		}}
	}
	for _, row := range []struct {
		name  string
		check check.Check
		want  check.Outcome
		took  time.Duration
	}{
		{"within", extending(15*time.Minute, 10*time.Minute), check.OK, 10*time.Minute + 20*time.Second},
		{"twice", extending(15*time.Minute, 5*time.Minute, 5*time.Minute), check.TimedOut, 10*time.Minute + 30*time.Second},
		{"too far", extending(5*time.Minute, 10*time.Minute), check.FailedNow, 0},
		{"none", extending(0, time.Second), check.FailedNow, 0},
	} {
		got := checktest.One(t, row.check)
		assert.Equal(t, row.want, got.Outcome, row.name)
		assert.Equal(t, row.took, got.Took, row.name)
	}
}

// Contexts made of a check's own end with it, and say why.
func TestExtend_TheDeadlineIsThatOfWhatTheCheckAsks(t *testing.T) {
	got := checktest.One(t, check.Check{Group: "g", Name: "n", Timeout: 30 * time.Second, Run: func(ctx context.Context) (string, error) {
		at, limited := ctx.Deadline()
		assert.True(t, limited)
		assert.Equal(t, 30*time.Second, time.Until(at))
		asked, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		<-asked.Done()
		assert.Equal(t, context.DeadlineExceeded, asked.Err())
		return "", asked.Err()
	}})
	checktest.Expect(t, check.Result{Outcome: got.Outcome, Cause: got.Cause, Next: "x"}, check.TimedOut, "context deadline exceeded")
	assert.Equal(t, 30*time.Second, got.Took)
	assert.False(t, check.Extend(t.Context(), time.Second), "where no check runs")
}
