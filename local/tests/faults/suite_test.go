package faults

import (
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What the suite proves needs a running stack; `make faults` has that. Here is that it cannot be content with less than
// it says, and that the page and the table are the same.

func reported(t *testing.T, code int, outcome, cause string) report {
	t.Helper()
	r := report{code: code}
	text, err := json.Marshal(map[string]any{"checks": []any{
		map[string]any{"group": "health", "name": "api", "outcome": outcome, "cause": cause, "details": []string{"seen: 503"}},
		map[string]any{"group": "mail", "name": "flowcomply.test", "outcome": "failed now", "cause": "sending is paused"},
	}})
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &r))
	return r
}

func TestJudge_WantsCodeCheckAndCause(t *testing.T) {
	fault := Fault{Check: "health/api", Cause: "redis.*disconnected"}
	for name, tc := range map[string]struct {
		report report
		fault  Fault
		why    string // empty: caught
	}{
		"caught":              {reported(t, 1, "failed now", "redis is disconnected"), fault, ""},
		"caught, in details":  {reported(t, 1, "timed out", "unhealthy"), Fault{Check: "health/api", Cause: "503"}, ""},
		"any name of a group": {reported(t, 1, "ok", ""), Fault{Check: "mail/*", Cause: "paused"}, ""},
		"passed":              {reported(t, 1, "ok", ""), fault, "health/api says ok"},
		"no data":             {reported(t, 1, "not enough data", "redis is disconnected"), fault, "says not enough data"},
		"exit code 0":         {reported(t, 0, "failed now", "redis is disconnected"), fault, "exit code 0"},
		"another cause":       {reported(t, 1, "failed now", "database is disconnected"), fault, "does not name the cause"},
		"no such check":       {reported(t, 1, "failed now", "x"), Fault{Check: "health/site", Cause: "x"}, "there is no check health/site"},
	} {
		t.Run(name, func(t *testing.T) {
			got := tc.report.judge(tc.fault)
			assert.Equal(t, tc.why == "", got.Caught)
			assert.Contains(t, got.Why, tc.why)
		})
	}
}

func TestTable_IsSound(t *testing.T) {
	names := map[string]bool{}
	for _, fault := range Table() {
		assert.False(t, names[fault.Name], "two faults are called %s", fault.Name)
		names[fault.Name] = true
		assert.NotEmpty(t, fault.How, fault.Name)
		assert.Regexp(t, `^[a-z]+/.+$`, fault.Check, fault.Name)
		_, err := regexp.Compile(fault.Cause)
		require.NoError(t, err, fault.Name)
		_, err = path.Match(fault.Check, "x")
		require.NoError(t, err, fault.Name)
	}
	assert.GreaterOrEqual(t, len(names), 25)
}

// The page in docs is of these faults, all caught, without a run of the suite.
func TestPage_IsOfTheTable(t *testing.T) {
	kept, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "faults.md"))
	require.NoError(t, err)
	for _, fault := range Table() {
		assert.Contains(t, string(kept), "| "+fault.Name+" | "+fault.How+" |")
	}
	assert.NotContains(t, string(kept), "missed")
	assert.Contains(t, string(kept), "; 0 false failures of 50 ")
}

func TestPage_ShowsWhatIsMissed(t *testing.T) {
	page := Result{Healthy: 50, False: 2, Outcomes: []Outcome{
		{Fault: Fault{Name: "a", How: "b", Check: "mail/*"}, Caught: true, Outcome: "failed now", Code: 1},
		{Fault: Fault{Name: "c", How: "d", Check: "e/f"}, Outcome: "ok"},
	}}.Page()
	assert.Contains(t, page, "1 of 2 caught; 2 false failures of 50 runs")
	assert.Contains(t, page, "| 1 | a | b | mail | failed now | 1 |")
	assert.Contains(t, page, "| 2 | c | d | e/f | **missed** | 0 |")
}
