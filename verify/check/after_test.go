package check

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A check that comes after others begins when all of them have ended, however they did, and has its whole time from then.
func TestRun_AfterOthers(t *testing.T) {
	for name, ends := range map[string]error{"that pass": nil, "that fail": errors.New("rolled back")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				var began time.Duration
				slow := func(context.Context) (string, error) {
					time.Sleep(5 * time.Minute)
					return "", ends
				}
				report := Run(t.Context(), []Check{
					{Group: "later", Name: "one", After: []string{"first/slow", "first/quick", "not/run"}, Run: func(ctx context.Context) (string, error) {
						began = time.Since(begin)
						<-ctx.Done()
						return "", ctx.Err()
					}},
					{Group: "first", Name: "slow", Timeout: 15 * time.Minute, Run: slow},
					{Group: "first", Name: "quick", Run: answering("at once", nil)},
				}, Options{})
				assert.Equal(t, 5*time.Minute, began)
				require.Len(t, report.Results, 3)
				assert.Equal(t, DefaultTimeout, report.Results[0].Took, "its time counts from when it began")
				assert.Equal(t, TimedOut, report.Results[0].Outcome)
				assert.Equal(t, "quick", report.Results[2].Name, "results are in the order of checks")
			})
		})
	}
}

// What takes minutes says every half minute why it has not passed yet; what has not failed says nothing.
func TestRun_SaysWhatItWaitsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		baking := func(name string) Check {
			looks := 0
			one := Polled("identity", name, 5*time.Second, func(context.Context) (string, error) {
				if looks++; looks <= 20 {
					return "", errors.New("the deployment is IN_PROGRESS")
				}
				return "done", nil
			})
			one.Timeout = 15 * time.Minute
			return one
		}
		quiet := Check{Group: "g", Name: "quiet", Timeout: time.Hour, Run: func(context.Context) (string, error) {
			time.Sleep(2 * time.Minute)
			return "", nil
		}}
		var said []string // without a lock: it is told one at a time
		Run(t.Context(), []Check{baking("backend"), quiet, baking("frontend")}, Options{Waiting: func(one Check, last error) {
			said = append(said, one.Key()+": "+last.Error())
		}})
		backend, frontend := "identity/backend: the deployment is IN_PROGRESS", "identity/frontend: the deployment is IN_PROGRESS"
		assert.ElementsMatch(t, []string{backend, backend, backend, frontend, frontend, frontend}, said, "each took 100 s")
	})
}
