package deploylog

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/slo"
	"github.com/flowcomply/infrastructure/verify/check"
)

// The report is the one that verify itself writes, so that a key that is renamed there fails here.
func written(t *testing.T, results ...check.Result) *Report {
	t.Helper()
	var text bytes.Buffer
	report := check.Report{
		Subject: check.Subject{Stack: "local", Version: "v1.0.0", Endpoint: "http://127.0.0.1:4566"},
		Started: time.Unix(1765000000, 0).UTC(), Took: 1500 * time.Millisecond, Results: results,
	}
	require.NoError(t, report.Write(&text, check.JSON, false))
	read, err := ReadReport(text.Bytes())
	require.NoError(t, err)
	return read
}

func measured(name string, outcome check.Outcome, value float64) check.Result {
	return check.Result{
		Group: "metrics", Name: name, Outcome: outcome, Cause: "the cause", Facts: map[string]float64{"metrics." + name: value, "metrics." + name + ".samples": 5},
	}
}

func TestReadReport_ReadsWhatVerifyWrites(t *testing.T) {
	result := check.Result{
		Group: "health", Name: "api", Outcome: check.TimedOut, Cause: "no answer", Details: []string{"503"}, Next: "look", Took: 2 * time.Second,
		Facts: map[string]float64{"a": 1},
	}
	got := written(t, result)
	assert.Equal(t, &Report{
		Stack: "local", Version: "v1.0.0", Endpoint: "http://127.0.0.1:4566", StartedAt: time.Unix(1765000000, 0).UTC(), TookMs: 1500,
		Summary: "1 of 1 check failed: 1 timed out (1.5 s)",
		Checks: []Result{{
			Group: "health", Name: "api", Outcome: check.TimedOut, TookMs: 2000, Cause: "no answer", Details: []string{"503"}, Next: "look",
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
	ok := check.Result{Group: "health", Name: "api", Outcome: check.OK}
	quiet := check.Result{Group: "alarms", Name: "state", Outcome: check.OK}
	for name, c := range map[string]struct {
		results []check.Result
		want    []string
		good    bool
	}{
		"as it should be": {[]check.Result{
			ok, measured("backend-error-rate", check.OK, 0.1), measured("backend-latency", check.OK, 0.12), quiet,
		}, []string{"Passing", "0.1%", "120ms", "No alarms triggered"}, true},
		"the worst of several": {[]check.Result{
			ok, measured("main-error-rate", check.OK, 0.0512), measured("backend-error-rate", check.OK, 0), measured("backend-latency", check.OK, 0.0343),
			measured("frontend-latency", check.OK, 0.19), quiet,
		}, []string{"Passing", "0.0512% (main 0.0512%, backend 0%)", "190ms (backend 34.3ms, frontend 190ms)", "No alarms triggered"}, true},
		"broken": {[]check.Result{
			{Group: "health", Name: "site", Outcome: check.FailedNow, Cause: "503"}, {Group: "health", Name: "api", Outcome: check.TimedOut, Cause: "no answer"},
			measured("backend-error-rate", check.FailedNow, 41.26), measured("backend-latency", check.FailedNow, 2.5),
			{Group: "alarms", Name: "state", Outcome: check.FailedNow, Cause: "1 of 9 alarms in ALARM: a"},
		}, []string{"Failing (site: 503; api: no answer)", "41.3%", "2.5s", "Triggered (1 of 9 alarms in ALARM: a)"}, false},
		"silence": {[]check.Result{
			ok, {Group: "metrics", Name: "backend-error-rate", Outcome: check.OK}, measured("backend-latency", check.NotEnoughData, 0.1),
			{Group: "alarms", Name: "state", Outcome: check.NotEnoughData, Cause: "3 of 9 alarms cannot tell yet, none in ALARM"},
		}, []string{
			"Passing", "Backend nothing reported", "Backend not enough data", "No alarms triggered (3 of 9 alarms cannot tell yet, none in ALARM)",
		}, true},
		"no access to metrics": {[]check.Result{
			ok, {Group: "metrics", Name: "backend-error-rate", Outcome: check.FailedNow, Cause: "forbidden"}, measured("backend-latency", check.OK, 0.1), quiet,
		}, []string{"Passing", "Backend forbidden", "100ms", "No alarms triggered"}, false},
		"a few checks only": {[]check.Result{{Group: "mail", Name: "m", Outcome: check.OK}},
			[]string{"Not checked", "Not measured", "Not measured", "Not checked"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var seen []string
			good := true
			for _, found := range written(t, c.results...).findings() {
				seen, good = append(seen, found.String()), good && found.Class == goodClass
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
		assert.Equal(t, unknownClass, found.Class)
		assert.Contains(t, found.Seen, "not ")
	}
}
