package deploylog

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/flowcomply/infrastructure/components/slo"
	"github.com/flowcomply/infrastructure/verify"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The report is the one that verify itself writes, so that a key that is renamed there fails here.
func written(t *testing.T, results ...verify.Result) *Report {
	t.Helper()
	var text bytes.Buffer
	report := verify.Report{
		Subject: verify.Subject{Stack: "local", Version: "v1.0.0", Endpoint: "http://127.0.0.1:4566"},
		Started: time.Unix(1765000000, 0).UTC(), Took: 1500 * time.Millisecond, Results: results,
	}
	require.NoError(t, report.Write(&text, verify.JSON, false))
	read, err := ReadReport(text.Bytes())
	require.NoError(t, err)
	return read
}

func measured(name string, outcome verify.Outcome, value float64) verify.Result {
	return verify.Result{
		Group: "metrics", Name: name, Outcome: outcome, Cause: "the cause", Facts: map[string]float64{"metrics." + name: value, "metrics." + name + ".samples": 5},
	}
}

func TestReadReport_ReadsWhatVerifyWrites(t *testing.T) {
	result := verify.Result{
		Group: "health", Name: "api", Outcome: verify.TimedOut, Cause: "no answer", Details: []string{"503"}, Next: "look", Took: 2 * time.Second,
		Facts: map[string]float64{"a": 1},
	}
	got := written(t, result)
	assert.Equal(t, &Report{
		Stack: "local", Version: "v1.0.0", Endpoint: "http://127.0.0.1:4566", StartedAt: time.Unix(1765000000, 0).UTC(), TookMs: 1500,
		Summary: "1 of 1 check failed: 1 timed out (1.5 s)",
		Checks: []Result{{
			Group: "health", Name: "api", Outcome: verify.TimedOut, TookMs: 2000, Cause: "no answer", Details: []string{"503"}, Next: "look",
			Facts: map[string]float64{"a": 1},
		}},
	}, got)
	assert.Equal(t, got.Checks, got.Bad())
}

func TestReadReport_RefusesAnythingElse(t *testing.T) {
	for _, text := range []string{"", "[]", "{}", `{"stack": "local"}`} {
		_, err := ReadReport([]byte(text))
		require.ErrorContains(t, err, "verify --format json", text)
	}
}

// The four lines of the template, from good to unknown.
func TestReport_Findings(t *testing.T) {
	ok := verify.Result{Group: "health", Name: "api", Outcome: verify.OK}
	quiet := verify.Result{Group: "alarms", Name: "state", Outcome: verify.OK}
	for name, c := range map[string]struct {
		results []verify.Result
		want    []string
		good    bool
	}{
		"as it should be": {[]verify.Result{
			ok, measured("backend-error-rate", verify.OK, 0.1), measured("backend-latency", verify.OK, 0.12), quiet,
		}, []string{"Passing", "0.1%", "120ms", "No alarms triggered"}, true},
		"the worst of several": {[]verify.Result{
			ok, measured("main-error-rate", verify.OK, 0.0512), measured("backend-error-rate", verify.OK, 0), measured("backend-latency", verify.OK, 0.0343),
			measured("frontend-latency", verify.OK, 0.19), quiet,
		}, []string{"Passing", "0.0512% (main 0.0512%, backend 0%)", "190ms (backend 34.3ms, frontend 190ms)", "No alarms triggered"}, true},
		"broken": {[]verify.Result{
			{Group: "health", Name: "site", Outcome: verify.FailedNow, Cause: "503"}, {Group: "health", Name: "api", Outcome: verify.TimedOut, Cause: "no answer"},
			measured("backend-error-rate", verify.FailedNow, 41.26), measured("backend-latency", verify.FailedNow, 2.5),
			{Group: "alarms", Name: "state", Outcome: verify.FailedNow, Cause: "1 of 9 alarms in ALARM: a"},
		}, []string{"Failing (site: 503; api: no answer)", "41.3%", "2.5s", "Triggered (1 of 9 alarms in ALARM: a)"}, false},
		"silence": {[]verify.Result{
			ok, {Group: "metrics", Name: "backend-error-rate", Outcome: verify.OK}, measured("backend-latency", verify.NotEnoughData, 0.1),
			{Group: "alarms", Name: "state", Outcome: verify.NotEnoughData, Cause: "3 of 9 alarms cannot tell yet, none in ALARM"},
		}, []string{
			"Passing", "Backend nothing reported", "Backend not enough data", "No alarms triggered (3 of 9 alarms cannot tell yet, none in ALARM)",
		}, true},
		"no access to metrics": {[]verify.Result{
			ok, {Group: "metrics", Name: "backend-error-rate", Outcome: verify.FailedNow, Cause: "forbidden"}, measured("backend-latency", verify.OK, 0.1), quiet,
		}, []string{"Passing", "Backend forbidden", "100ms", "No alarms triggered"}, false},
		"a few checks only": {[]verify.Result{{Group: "mail", Name: "m", Outcome: verify.OK}},
			[]string{"Not checked", "Not measured", "Not measured", "Not checked"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var seen []string
			good := true
			for _, found := range written(t, c.results...).findings() {
				seen, good = append(seen, found.String()), good && found.Good
			}
			assert.Equal(t, c.want, seen)
			assert.Equal(t, c.good, good)
		})
	}
}

// The suffixes are ids of objectives in the table, and the numbers in the units that the log writes.
func TestFindings_AreObjectivesOfTheTable(t *testing.T) {
	units := map[string]map[string]bool{}
	for _, o := range slo.Objectives() {
		if units[o.ID] == nil {
			units[o.ID] = map[string]bool{}
		}
		units[o.ID][string(o.Unit)] = true
	}
	assert.Equal(t, map[string]bool{"percent": true}, units[strings.TrimPrefix(errorRate, "-")])
	assert.Equal(t, map[string]bool{"seconds": true}, units[strings.TrimPrefix(latency, "-")])
}

func TestReport_ThatWasNeverMadeIsNotGood(t *testing.T) {
	var none *Report
	for _, found := range none.findings() {
		assert.False(t, found.Good)
		assert.Contains(t, found.Seen, "not ")
	}
}
