package check

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify/outputs"
	"github.com/flowcomply/infrastructure/verify/outputs/outputstest"
)

// Goldens are small reports, one with each outcome. UPDATE_GOLDEN=1 rewrites
// them. They prove what is written, not that any one CI or viewer likes it.

func mixed() Report {
	return Report{
		Subject: Subject{
			Stack: "production", Version: "v1.0.0", Region: "ap-southeast-2", AccountID: "123456789012",
			Endpoint: "http://127.0.0.1:5000",
		},
		Started: time.Date(2025, 10, 7, 12, 0, 0, 0, time.UTC), Took: 30100 * time.Millisecond,
		Results: []Result{
			{
				Group: "identity", Name: "backend", Outcome: FailedNow, Took: 800 * time.Millisecond,
				Cause: "ECS rolled flowcomply-backend:42 back: the service runs flowcomply-backend:41 again",
				Details: []string{
					"event 2025-10-07T12:00:00Z (service backend-service) <deployment> failed | \x1b[2Jtasks failed to start.",
					"stopped 3 tasks, last 2025-10-07T11:59:00Z: TaskFailedToStart: it stopped",
				},
				Next: "find the cause in /ecs/flowcomply-backend, then deploy a version that holds the cure",
			},
			{Group: "identity", Name: "frontend", Outcome: OK, Seen: "flowcomply-frontend:17: 2 tasks on sha256:ffffffffffff", Took: 412 * time.Millisecond},
			{
				Group: "identity", Name: "jobs", Outcome: TimedOut, Took: 30 * time.Second,
				Cause: "context deadline exceeded; last failure: the deployment of flowcomply-jobs:3 is IN_PROGRESS",
				Next:  "run verify again with a longer --timeout",
			},
			{
				Group: "alarms", Name: "state", Outcome: NotEnoughData, Took: 90 * time.Millisecond,
				Cause:   "1 of 2 alarms cannot tell (INSUFFICIENT_DATA), none in ALARM",
				Details: []string{"flowcomply-production-api_latency"},
			},
		},
	}
}

func good() Report {
	r := mixed()
	r.Subject.Endpoint = ""
	r.Took = time.Second
	r.Results = r.Results[1:2]
	return r
}

func TestTerminal_Goldens(t *testing.T) {
	golden(t, "mixed.txt", written(t, mixed(), Terminal, false))
	golden(t, "good.txt", written(t, good(), Terminal, false))
}

func TestTerminal_ColourChangesNoWord(t *testing.T) {
	colourless := written(t, mixed(), Terminal, false)
	coloured := written(t, mixed(), Terminal, true)
	assert.NotContains(t, colourless, "\x1b", "not even from text of others")
	assert.Contains(t, coloured, "\x1b[31mfailed now")
	assert.Contains(t, coloured, "\x1b[32mok")
	assert.Equal(t, colourless, regexp.MustCompile("\x1b\\[[0-9]*m").ReplaceAllString(coloured, ""))
}

func TestTerminal_TextOfOthersMovesNoCursor(t *testing.T) {
	const evil = "a\x1b[2Jb\nc"
	r := Report{Subject: Subject{Version: evil}}
	for _, outcome := range Outcomes() {
		r.Results = append(r.Results, Result{Outcome: outcome, Seen: evil, Cause: evil, Details: []string{evil}, Next: evil})
	}
	text := written(t, r, Terminal, false)
	assert.NotContains(t, text, "\x1b")
	assert.NotContains(t, text, "\nc")
	assert.Contains(t, text, "a [2Jb c")
}

func TestTerminal_FailuresLastAndOneSummaryLine(t *testing.T) {
	text := written(t, mixed(), Terminal, false)
	at := func(s string) int {
		require.Contains(t, text, s)
		return strings.Index(text, s)
	}
	assert.Less(t, at("not enough data: alarms/state"), at("timed out: identity/jobs"))
	assert.Less(t, at("timed out: identity/jobs"), at("failed now: identity/backend"))
	lines := strings.Split(strings.TrimSpace(text), "\n")
	assert.Equal(t, "2 of 4 checks failed: 1 ok, 1 not enough data, 1 timed out, 1 failed now (30.1 s)", lines[len(lines)-1])
}

func TestSummary(t *testing.T) {
	assert.Equal(t, "nothing was checked", Report{}.summary())
	assert.Equal(t, "all checks passed: 1 ok (1.0 s)", good().summary())
	silent := mixed()
	silent.Results = []Result{silent.Results[1], silent.Results[3]}
	assert.Equal(t, "no check failed: 1 ok, 1 not enough data (30.1 s)", silent.summary())
}

func TestMarkdown_Golden(t *testing.T) {
	text := written(t, mixed(), Markdown, false)
	golden(t, "mixed.md", text)
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "|") {
			bars := strings.Count(line, "|") - strings.Count(line, `\|`)
			assert.Equal(t, 5, bars, "four columns in %s", line)
		}
	}
}

func TestJSON_Golden(t *testing.T) {
	got := written(t, mixed(), JSON, false)
	assert.JSONEq(t, goldenText(t, "mixed.json", got), got)
	assert.Contains(t, written(t, Report{}, JSON, false), `"checks": []`, "a list even when empty")
}

func TestJUnit_ParsesAndCounts(t *testing.T) {
	text := written(t, mixed(), JUnit, false)
	var got, want junitSuites
	require.NoError(t, xml.Unmarshal([]byte(text), &got))
	require.NoError(t, xml.Unmarshal([]byte(goldenText(t, "mixed.xml", text)), &want))
	assert.Equal(t, want, got)
	assert.Equal(t, []int{4, 2, 1}, []int{got.Tests, got.Failures, got.Skipped})
	require.Len(t, got.Suites, 2)
	sums := [3]int{}
	for _, suite := range got.Suites {
		failures, skipped := 0, 0
		for _, c := range suite.Cases {
			assert.False(t, c.Failure != nil && c.Skipped != nil)
			if c.Failure != nil {
				failures++
				assert.NotEmpty(t, c.Failure.Message)
			}
			if c.Skipped != nil {
				skipped++
			}
		}
		assert.Equal(t, []int{len(suite.Cases), failures, skipped}, []int{suite.Tests, suite.Failures, suite.Skipped}, suite.Name)
		sums = [3]int{sums[0] + suite.Tests, sums[1] + suite.Failures, sums[2] + suite.Skipped}
	}
	assert.Equal(t, [3]int{got.Tests, got.Failures, got.Skipped}, sums)
	assert.Equal(t, "verify.production.identity", got.Suites[0].Cases[0].Class)
	assert.Contains(t, got.Suites[0].Cases[0].Failure.Text, "next: find the cause")
	assert.Equal(t, "failed now", got.Suites[0].Cases[0].Failure.Type)
}

func TestWrite_UnknownFormatAndBrokenWriter(t *testing.T) {
	require.ErrorContains(t, good().Write(io.Discard, "yaml", false), `format "yaml": unknown`)
	for _, format := range Formats() {
		assert.ErrorIs(t, good().Write(broken{}, format, false), io.ErrClosedPipe, format)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func written(t *testing.T, r Report, format Format, colour bool) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, r.Write(&b, format, colour))
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	assert.Equal(t, goldenText(t, name, got), got)
}

// goldenText returns the golden's text, after rewriting it if asked to.
func goldenText(t *testing.T, name, got string) string {
	t.Helper()
	name = filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(name, []byte(got), 0o644))
	}
	want, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(want)
}

func TestReadVerified_ReadsWhatAReportWrites(t *testing.T) {
	receipt := outputstest.Example(t).Receipt()
	var written bytes.Buffer
	require.NoError(t, Report{Verified: &receipt}.Write(&written, JSON, false))
	assert.Equal(t, receipt, outputs.ReadVerified(written.Bytes()))
	written.Reset()
	require.NoError(t, Report{}.Write(&written, JSON, false))
	assert.Equal(t, outputs.Verified{}, outputs.ReadVerified(written.Bytes()))
	assert.Equal(t, outputs.Verified{}, outputs.ReadVerified([]byte("no report")))
}

func TestFindings_AreInEveryFormat(t *testing.T) {
	r := mixed()
	r.Findings = []Finding{
		{"target health", "backend", []string{"0 of 2 targets healthy", "10.0.1.8 is *unhealthy*\x1b[2J"}, "read the log"},
		{"scaling", "backend", []string{"no scaling activity"}, ""},
	}
	terminal := written(t, r, Terminal, false)
	assert.Contains(t, terminal, "\ndiagnosis\n  target health, backend\n    0 of 2 targets healthy\n    10.0.1.8 is *unhealthy* [2J\n    next  read the log\n  scaling, backend\n    no scaling activity\n\n2 of 4 checks failed")
	markdown := written(t, r, Markdown, false)
	assert.Contains(t, markdown, "\n### Diagnosis\n\n**target health, backend**\n\n- 0 of 2 targets healthy\n- 10.0.1.8 is \\*unhealthy\\* \\[2J\n\nNext: read the log\n\n**scaling, backend**\n")
	assert.Contains(t, written(t, r, JSON, false), `"diagnosis": [`)
	junit := written(t, r, JUnit, false)
	assert.Equal(t, 1, strings.Count(junit, "0 of 2 targets healthy"), "once, in the first suite that fails")
	assert.Contains(t, junit, "  next: read the log")
	for _, format := range Formats() {
		assert.NotContains(t, strings.ToLower(written(t, mixed(), format, false)), "diagnosis", "nothing without findings")
	}
}

func TestFacts_AreInJSONOnly(t *testing.T) {
	r := good()
	r.Results[0].Facts = map[string]float64{"tables.Asset": 3}
	for _, format := range Formats() {
		assert.Equal(t, format == JSON, strings.Contains(written(t, r, format, false), "tables.Asset"), format)
	}
}
