package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
)

// limiting is an application that answers 429 for so many requests.
type limiting struct {
	requests int
	after    string
	asked    int
}

func (l *limiting) RoundTrip(*http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	if l.asked++; l.asked <= l.requests {
		w.Header().Set("Retry-After", l.after)
		w.WriteHeader(http.StatusTooManyRequests)
		return w.Result(), nil
	}
	_, err := w.WriteString(`{"status":"healthy","services":{"database":"connected","redis":"connected","s3":"connected"}}`)
	return w.Result(), err
}

// A limit is no fault of the stack: it is waited for where there is time, and says nothing where there is none.
func TestHealth_WaitsAsLongAsALimitAsks(t *testing.T) {
	for name, row := range map[string]struct {
		limit   limiting
		longest time.Duration
		want    check.Outcome
		asked   int
		took    time.Duration
	}{
		"a short one":              {limiting{requests: 1, after: "20"}, 0, check.OK, 2, 20 * time.Second},
		"one of an update":         {limiting{requests: 1, after: "900"}, LimitTime, check.OK, 2, 15 * time.Minute},
		"one that nobody waits":    {limiting{requests: 100, after: "900"}, 0, check.NotEnoughData, 1, 0},
		"one that does not end":    {limiting{requests: 100, after: "900"}, LimitTime, check.TimedOut, 2, 15*time.Minute + 30*time.Second},
		"one of the firewall's":    {limiting{requests: 2, after: "300"}, LimitTime, check.OK, 3, 10 * time.Minute},
		"without a length":         {limiting{requests: 1, after: "soon"}, LimitTime, check.OK, 2, time.Minute},
		"one that is over at once": {limiting{requests: 1, after: "0"}, 0, check.OK, 2, 5 * time.Second},
	} {
		one := Health("https://api.flowcomply.test", &http.Client{Transport: &row.limit}, check.PollInterval)
		one.Longest = row.longest
		got := checktest.One(t, one)
		assert.Equal(t, row.want, got.Outcome, "%s: %s", name, got.Cause)
		assert.Equal(t, row.took, got.Took, name)
		assert.Equal(t, row.asked, row.limit.asked, name)
		if got.Outcome != check.OK {
			assert.Contains(t, got.Cause, "429 Too Many Requests: come back in 15m", name)
			assert.Equal(t, nextLimit, got.Next, name)
		}
	}
}

func TestRetryAfter_TakesAMoment(t *testing.T) {
	at := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	assert.InDelta(t, 3600, retryAfter(at).Seconds(), 2)
	assert.Zero(t, retryAfter("Wed, 21 Oct 2015 07:28:00 GMT"))
	assert.Equal(t, time.Minute, retryAfter("-5"))
}

// One verification must not use up the application's limit: what fails is asked less and less often.
func TestChecks_AskLessAndLessOften(t *testing.T) {
	failing := &limiting{requests: 1000, after: ""}
	one := Health("https://api.flowcomply.test", &http.Client{Transport: failing}, check.PollInterval)
	got := checktest.One(t, one)
	assert.Equal(t, check.TimedOut, got.Outcome)
	assert.Equal(t, 3, failing.asked, "at 0, 5 and 15 of 30 seconds")
}
