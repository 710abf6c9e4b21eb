package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/awstest"
	"github.com/flowcomply/infrastructure/internal/exit"
)

// These tests run the whole command with the real SDK against a server of
// theirs. They prove exit codes and messages, not that AWS answers that way.

// checks is how many the example stack has.
const checks = 38

// verifies runs it on a world that is as it should be, and looks at alarms once.
func verifies(t *testing.T, stdin string, args ...string) said {
	t.Helper()
	return verifiesOn(t, nil, stdin, append([]string{"--watch", "0"}, args...)...)
}

func verifiesOn(t *testing.T, broken map[string]int, stdin string, args ...string) said {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), append([]string{"verify"}, args...), strings.NewReader(stdin), &stdout, &stderr, awstest.Site(broken))
	all := stdout.String() + stderr.String()
	for _, secret := range []string{awstest.SecretKey, awstest.SmokePassword, awstest.SmokeToken} {
		assert.NotContains(t, all, secret, "credentials stay where they are")
	}
	return said{code, stdout.String(), stderr.String()}
}

func TestRun_AllOK(t *testing.T) {
	aws := &awstest.Stack{Account: "123456789012", Alarm: "OK"}
	aws.Start(t)
	got := verifies(t, "", "--stack", "production", "--outputs", awstest.Outputs(t))
	assert.Equal(t, exit.Done, got.code, got.stdout+got.stderr)
	assert.Equal(t, checks, strings.Count(got.stderr, "\n"), "a line for each finished check: %s", got.stderr)
	assert.Contains(t, got.stderr, "38/38 ")
	assert.Contains(t, got.stdout, "production v1.0.0 in ap-southeast-2, account 123456789012, asked at http://127.0.0.1:")
	assert.Contains(t, got.stdout, "flowcomply-backend:42: 2 tasks on sha256:bbbbbbbbbbbb")
	assert.Contains(t, got.stdout, "all checks passed: 38 ok")
	assert.NotContains(t, got.stdout+got.stderr, "\x1b", "no terminal, no colour")
	assert.Equal(t, "GetCallerIdentity", aws.Actions[0], "nothing is asked before the account is known")
}

func TestRun_ReadsOutputsFromStandardInput(t *testing.T) {
	(&awstest.Stack{Account: "123456789012", Alarm: "OK"}).Start(t)
	outputs, err := os.ReadFile(awstest.Outputs(t))
	require.NoError(t, err)
	assert.Equal(t, exit.Done, verifies(t, string(outputs), "--outputs", "-").code)
}

func TestRun_FailedChecksExit1(t *testing.T) {
	for name, tc := range map[string]struct {
		aws  *awstest.Stack
		want []string
	}{
		"rolled back": {&awstest.Stack{Alarm: "OK", Revision: "41"}, []string{
			"failed now: identity/backend", "runs flowcomply-backend:41, not the requested flowcomply-backend:42",
			"event 2025-10-07T12:00:00Z (service backend-service) has reached a steady state.", "1 of 38 checks failed",
		}},
		"alarms": {&awstest.Stack{Alarm: "ALARM"}, []string{
			"failed now: alarms/state", "2 of 2 alarms in ALARM", "runbook: docs/alarms.md#routed-latency", "since 2025-10-07T12:00:00Z",
		}},
		"both": {&awstest.Stack{Alarm: "ALARM", Revision: "41"}, []string{"2 of 38 checks failed"}},
	} {
		t.Run(name, func(t *testing.T) {
			aws := tc.aws
			aws.Account = "123456789012"
			aws.Start(t)
			got := verifies(t, "", "--outputs", awstest.Outputs(t))
			assert.Equal(t, exit.Failed, got.code, got.stderr)
			for _, want := range tc.want {
				assert.Contains(t, got.stdout, want)
			}
		})
	}
}

func TestRun_ABrokenSiteIsDiagnosed(t *testing.T) {
	(&awstest.Stack{Account: "123456789012", Alarm: "OK"}).Start(t)
	got := verifiesOn(t, map[string]int{"api.flowcomply.com/api/assets": 500}, "", "--watch", "0", "--timeout", "3s", "--outputs", awstest.Outputs(t))
	assert.Equal(t, exit.Failed, got.code)
	for _, want := range []string{"timed out: smoke/assets", "500 Internal Server Error", "target health, backend", "2 of 2 targets healthy", "stopped tasks, frontend", "connections, database and cache"} {
		assert.Contains(t, got.stdout, want)
	}
}

func TestRun_AlarmsAreWatched(t *testing.T) {
	aws := &awstest.Stack{Account: "123456789012", Alarm: "OK"}
	aws.Start(t)
	got := verifiesOn(t, nil, "", "--watch", "50ms", "--timeout", "3s", "--outputs", awstest.Outputs(t))
	assert.Equal(t, exit.Failed, got.code, "looks are five seconds apart, which the deadline does not wait for")
	assert.Contains(t, got.stdout, "last failure: watching")
}

func TestRun_OwnCommandIsACheck(t *testing.T) {
	(&awstest.Stack{Account: "123456789012", Alarm: "OK"}).Start(t)
	log := filepath.Join(t.TempDir(), "own.log")
	got := verifies(t, "", "--outputs", awstest.Outputs(t), "--own-log", log, "--", "sh", "-c", "echo asked $SITE_URL $API_URL --stack; exit 0")
	assert.Equal(t, exit.Done, got.code, got.stdout+got.stderr)
	assert.Contains(t, got.stdout, "39 ok")
	written, err := os.ReadFile(log)
	require.NoError(t, err)
	assert.Equal(t, "asked https://flowcomply.com https://api.flowcomply.com --stack\n", string(written))

	got = verifies(t, "", "--outputs", awstest.Outputs(t), "--own-log", log, "--", "sh", "-c", "echo 1 test failed; exit 4")
	assert.Equal(t, exit.Failed, got.code)
	assert.Contains(t, got.stdout, "exit code 4")
	assert.Contains(t, got.stdout, "1 test failed")
}

func TestRun_ComparesWithBefore(t *testing.T) {
	(&awstest.Stack{Account: "123456789012", Alarm: "OK"}).Start(t)
	before := filepath.Join(t.TempDir(), "before.json")
	require.Equal(t, exit.Done, verifies(t, "", "--outputs", awstest.Outputs(t), "--format", "json", "--out", before).code)
	got := verifies(t, "", "--outputs", awstest.Outputs(t), "--before", before)
	assert.Equal(t, exit.Done, got.code)
	assert.Contains(t, got.stdout, "before)")
}

func TestRun_TimeoutExits1(t *testing.T) {
	server := &awstest.Stack{Account: "123456789012", Alarm: "OK"}
	slow := httptest.NewServer(server)
	t.Cleanup(slow.Close)
	awstest.PointSDK(t, slow.URL)
	outputs, err := os.ReadFile(awstest.Outputs(t))
	require.NoError(t, err)
	more := bytes.ReplaceAll(outputs, []byte(`"minimumTasks": 2`), []byte(`"minimumTasks": 3`))
	got := verifies(t, string(more), "--outputs", "-", "--timeout", "3s")
	assert.Equal(t, exit.Failed, got.code)
	assert.Contains(t, got.stdout, "timed out: identity/backend")
	assert.Contains(t, got.stdout, "context deadline exceeded; last failure: 2 of at least 3 tasks running")
}

func TestRun_NotEnoughDataFailsOnlyOnDemand(t *testing.T) {
	(&awstest.Stack{Account: "123456789012", Alarm: "INSUFFICIENT_DATA"}).Start(t)
	got := verifies(t, "", "--outputs", awstest.Outputs(t))
	assert.Equal(t, exit.Done, got.code)
	assert.Contains(t, got.stdout, "no check failed: 37 ok, 1 not enough data")
	assert.Equal(t, exit.Failed, verifies(t, "", "--outputs", awstest.Outputs(t), "--require-data").code)
}

func TestRun_BadInputExits2(t *testing.T) {
	aws := &awstest.Stack{Account: "123456789012", Alarm: "OK"}
	aws.Start(t)
	directory := t.TempDir()
	for name, tc := range map[string]struct {
		stdin string
		args  []string
		want  []string
	}{
		"no stack":        {"", nil, []string{"--stack: missing", "verify --help"}},
		"unknown flag":    {"", []string{"--stak", "production"}, []string{"-stak"}},
		"several at once": {"", []string{"--format", "yaml", "--timeout", "0s", "extra"}, []string{`--format "yaml"`, "--timeout 0s", `"extra"`, "--stack: missing"}},
		"numbers out of range": {"", []string{"--stack", "x", "--window", "30s", "--watch", "-1s", "--since", "0", "--allow-errors", "-1", "--own-timeout", "-1s"}, []string{
			"--window 30s: must be from 1m to 24h", "--watch -1s", "--since 0s", "--allow-errors -1", "--own-timeout -1s",
		}},
		"group of no check": {"", []string{"--outputs", awstest.Outputs(t), "--only", "alarms,weather"}, []string{`--only "weather": there is no such check here; there are identity, health, `}},
		"log without own":   {"", []string{"--stack", "x", "--own-log", "f"}, []string{"--own-log"}},
		"no earlier report": {"", []string{"--outputs", awstest.Outputs(t), "--before", filepath.Join(directory, "none")}, []string{"--before: ", "no such file"}},
		"earlier nonsense":  {"", []string{"--outputs", awstest.Outputs(t), "--before", awstest.Outputs(t)}, []string{"--before ", "not a report"}},
		"no file":           {"", []string{"--outputs", filepath.Join(directory, "none")}, []string{"no such file"}},
		"no outputs":        {"{}", []string{"--outputs", "-"}, []string{"the stack has no outputs", "deploy it first"}},
		"unparseable":       {"oops", []string{"--outputs", "-"}, []string{"not the JSON object"}},
		"incomplete":        {`{"stack":"production"}`, []string{"--outputs", "-"}, []string{"region: missing", "alarmNames: missing"}},
		"another stack":     {"", []string{"--stack", "staging", "--outputs", awstest.Outputs(t)}, []string{`--stack "staging": the outputs are those of "production"`}},
		"out not writable": {
			"", []string{"--outputs", awstest.Outputs(t), "--out", filepath.Join(directory, "none", "report")},
			[]string{"--out: ", "no such file"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := verifies(t, tc.stdin, tc.args...)
			assert.Equal(t, exit.Refused, got.code)
			assert.Empty(t, got.stdout)
			for _, want := range tc.want {
				assert.Contains(t, got.stderr, want)
			}
		})
	}
	assert.NotContains(t, aws.Actions, "DescribeServices", "bad input checks nothing")
}

func TestRun_NoAccessExits3(t *testing.T) {
	for name, tc := range map[string]struct {
		aws  *awstest.Stack
		want string
	}{
		"wrong account":      {&awstest.Stack{Account: "210987654321"}, "the credentials are for account 210987654321, the stack is in account 123456789012"},
		"expired":            {&awstest.Stack{Expired: "*"}, "ExpiredTokenException"},
		"expired on the way": {&awstest.Stack{Account: "123456789012", Alarm: "OK", Expired: "DescribeAlarms"}, "alarms/state: failed now"},
	} {
		t.Run(name, func(t *testing.T) {
			aws := tc.aws
			aws.Start(t)
			got := verifies(t, "", "--outputs", awstest.Outputs(t))
			assert.Equal(t, exit.NoAccess, got.code, got.stderr)
			assert.Contains(t, got.stderr, tc.want)
		})
	}
	t.Run("unreachable", func(t *testing.T) {
		server := httptest.NewServer(nil)
		server.Close() // its port answers no more
		awstest.PointSDK(t, server.URL)
		got := verifies(t, "", "--outputs", awstest.Outputs(t))
		assert.Equal(t, exit.NoAccess, got.code)
		assert.Contains(t, got.stderr, "STS GetCallerIdentity: AWS cannot be reached")
		assert.Contains(t, got.stderr, "next: check the network")
		assert.Empty(t, got.stdout)
	})
	t.Run("no credentials", func(t *testing.T) {
		(&awstest.Stack{}).Start(t)
		t.Setenv("AWS_ACCESS_KEY_ID", "")
		t.Setenv("AWS_SECRET_ACCESS_KEY", "")
		got := verifies(t, "", "--outputs", awstest.Outputs(t))
		assert.Equal(t, exit.NoAccess, got.code)
		assert.Contains(t, got.stderr, "no AWS credentials")
	})
}

func TestRun_Formats(t *testing.T) {
	(&awstest.Stack{Account: "123456789012", Alarm: "OK"}).Start(t)
	var asJSON struct{ Counts map[string]int }
	require.NoError(t, json.Unmarshal([]byte(verifies(t, "", "--outputs", awstest.Outputs(t), "--format", "json").stdout), &asJSON))
	assert.Equal(t, map[string]int{"ok": checks, "not enough data": 0, "timed out": 0, "failed now": 0}, asJSON.Counts)

	file := filepath.Join(t.TempDir(), "verify.xml")
	got := verifies(t, "", "--outputs", awstest.Outputs(t), "--format", "junit", "--out", file)
	assert.Equal(t, exit.Done, got.code)
	assert.Contains(t, got.stdout, "all checks passed", "standard output keeps the report for eyes")
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	var suites struct {
		Tests int `xml:"tests,attr"`
	}
	require.NoError(t, xml.Unmarshal(written, &suites))
	assert.Equal(t, checks, suites.Tests)

	assert.Contains(t, verifies(t, "", "--outputs", awstest.Outputs(t), "--format", "markdown").stdout, "## Verification: production v1.0.0")
}
