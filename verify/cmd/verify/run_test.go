package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"go/parser"
	"go/token"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify/outputs"
)

// These tests run the whole command with the real SDK against a server of
// theirs. They prove exit codes and messages, not that AWS answers that way.

type ran struct {
	code           int
	stdout, stderr string
}

// checks is how many the example stack has.
const checks = 30

// command runs verify on a world that is as it should be, and looks at alarms once.
func command(t *testing.T, stdin string, args ...string) ran {
	t.Helper()
	return commandOn(t, nil, stdin, append([]string{"--watch", "0"}, args...)...)
}

func commandOn(t *testing.T, broken map[string]int, stdin string, args ...string) ran {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(args, strings.NewReader(stdin), &stdout, &stderr, os.Getenv, world(broken))
	all := stdout.String() + stderr.String()
	for _, secret := range []string{secretKey, smokePassword, smokeToken} {
		assert.NotContains(t, all, secret, "credentials stay where they are")
	}
	return ran{code, stdout.String(), stderr.String()}
}

func TestRun_AllOK(t *testing.T) {
	aws := &fakeAWS{account: "123456789012", alarm: "OK"}
	aws.start(t)
	got := command(t, "", "--stack", "production", "--outputs", outputsFile(t))
	assert.Equal(t, exitOK, got.code, got.stdout+got.stderr)
	assert.Equal(t, checks, strings.Count(got.stderr, "\n"), "a line for each finished check: %s", got.stderr)
	assert.Contains(t, got.stderr, "30/30 ")
	assert.Contains(t, got.stdout, "production v1.0.0 in ap-southeast-2, account 123456789012, asked at http://127.0.0.1:")
	assert.Contains(t, got.stdout, "flowcomply-backend:42: 2 tasks on sha256:bbbbbbbbbbbb")
	assert.Contains(t, got.stdout, "all checks passed: 30 ok")
	assert.NotContains(t, got.stdout+got.stderr, "\x1b", "no terminal, no colour")
	assert.Equal(t, "GetCallerIdentity", aws.actions[0], "nothing is asked before the account is known")
}

func TestRun_ReadsOutputsFromStandardInput(t *testing.T) {
	(&fakeAWS{account: "123456789012", alarm: "OK"}).start(t)
	outputs, err := os.ReadFile(outputsFile(t))
	require.NoError(t, err)
	assert.Equal(t, exitOK, command(t, string(outputs), "--outputs", "-").code)
}

func TestRun_FailedChecksExit1(t *testing.T) {
	for name, tc := range map[string]struct {
		aws  *fakeAWS
		want []string
	}{
		"rolled back": {&fakeAWS{alarm: "OK", revision: "41"}, []string{
			"failed now: identity/backend", "runs flowcomply-backend:41, not the requested flowcomply-backend:42",
			"event 2025-10-07T12:00:00Z (service backend-service) has reached a steady state.", "1 of 30 checks failed",
		}},
		"alarms": {&fakeAWS{alarm: "ALARM"}, []string{
			"failed now: alarms/state", "2 of 2 alarms in ALARM", "runbook: docs/alarms.md#routed-latency", "since 2025-10-07T12:00:00Z",
		}},
		"both": {&fakeAWS{alarm: "ALARM", revision: "41"}, []string{"2 of 30 checks failed"}},
	} {
		t.Run(name, func(t *testing.T) {
			aws := tc.aws
			aws.account = "123456789012"
			aws.start(t)
			got := command(t, "", "--outputs", outputsFile(t))
			assert.Equal(t, exitFailed, got.code, got.stderr)
			for _, want := range tc.want {
				assert.Contains(t, got.stdout, want)
			}
		})
	}
}

func TestRun_ABrokenSiteIsDiagnosed(t *testing.T) {
	(&fakeAWS{account: "123456789012", alarm: "OK"}).start(t)
	got := commandOn(t, map[string]int{"api.flowcomply.com/api/assets": 500}, "", "--watch", "0", "--timeout", "300ms", "--outputs", outputsFile(t))
	assert.Equal(t, exitFailed, got.code)
	for _, want := range []string{"timed out: smoke/assets", "500 Internal Server Error", "target health, backend", "2 of 2 targets healthy", "stopped tasks, frontend", "connections, database and cache"} {
		assert.Contains(t, got.stdout, want)
	}
}

func TestRun_AlarmsAreWatched(t *testing.T) {
	aws := &fakeAWS{account: "123456789012", alarm: "OK"}
	aws.start(t)
	got := commandOn(t, nil, "", "--watch", "50ms", "--timeout", "200ms", "--outputs", outputsFile(t))
	assert.Equal(t, exitFailed, got.code, "looks are five seconds apart, which the deadline does not wait for")
	assert.Contains(t, got.stdout, "last failure: watching")
}

func TestRun_OwnCommandIsACheck(t *testing.T) {
	(&fakeAWS{account: "123456789012", alarm: "OK"}).start(t)
	log := filepath.Join(t.TempDir(), "own.log")
	got := command(t, "", "--outputs", outputsFile(t), "--own-log", log, "--", "sh", "-c", "echo asked $SITE_URL $API_URL --stack; exit 0")
	assert.Equal(t, exitOK, got.code, got.stdout+got.stderr)
	assert.Contains(t, got.stdout, "31 ok")
	written, err := os.ReadFile(log)
	require.NoError(t, err)
	assert.Equal(t, "asked https://flowcomply.com https://api.flowcomply.com --stack\n", string(written))

	got = command(t, "", "--outputs", outputsFile(t), "--own-log", log, "--", "sh", "-c", "echo 1 test failed; exit 4")
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, got.stdout, "exit code 4")
	assert.Contains(t, got.stdout, "1 test failed")
}

func TestRun_ComparesWithBefore(t *testing.T) {
	(&fakeAWS{account: "123456789012", alarm: "OK"}).start(t)
	before := filepath.Join(t.TempDir(), "before.json")
	require.Equal(t, exitOK, command(t, "", "--outputs", outputsFile(t), "--format", "json", "--out", before).code)
	got := command(t, "", "--outputs", outputsFile(t), "--before", before)
	assert.Equal(t, exitOK, got.code)
	assert.Contains(t, got.stdout, "before)")
}

func TestRun_TimeoutExits1(t *testing.T) {
	server := &fakeAWS{account: "123456789012", alarm: "OK"}
	slow := httptest.NewServer(server)
	t.Cleanup(slow.Close)
	pointSDK(t, slow.URL)
	outputs, err := os.ReadFile(outputsFile(t))
	require.NoError(t, err)
	more := bytes.ReplaceAll(outputs, []byte(`"minimumTasks": 2`), []byte(`"minimumTasks": 3`))
	got := command(t, string(more), "--outputs", "-", "--timeout", "500ms")
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, got.stdout, "timed out: identity/backend")
	assert.Contains(t, got.stdout, "context deadline exceeded; last failure: 2 of at least 3 tasks running")
}

func TestRun_NotEnoughDataFailsOnlyOnDemand(t *testing.T) {
	(&fakeAWS{account: "123456789012", alarm: "INSUFFICIENT_DATA"}).start(t)
	got := command(t, "", "--outputs", outputsFile(t))
	assert.Equal(t, exitOK, got.code)
	assert.Contains(t, got.stdout, "no check failed: 29 ok, 1 not enough data")
	assert.Equal(t, exitFailed, command(t, "", "--outputs", outputsFile(t), "--require-data").code)
}

func TestRun_BadInputExits2(t *testing.T) {
	aws := &fakeAWS{account: "123456789012", alarm: "OK"}
	aws.start(t)
	directory := t.TempDir()
	for name, tc := range map[string]struct {
		stdin string
		args  []string
		want  []string
	}{
		"no stack":        {"", nil, []string{"--stack: missing", "verify -h"}},
		"unknown flag":    {"", []string{"--stak", "production"}, []string{"-stak"}},
		"several at once": {"", []string{"--format", "yaml", "--timeout", "0s", "extra"}, []string{`--format "yaml"`, "--timeout 0s", `"extra"`, "--stack: missing"}},
		"numbers out of range": {"", []string{"--stack", "x", "--window", "30s", "--watch", "-1s", "--since", "0", "--allow-errors", "-1", "--own-timeout", "-1s"}, []string{
			"--window 30s: must be from 1m to 24h", "--watch -1s", "--since 0s", "--allow-errors -1", "--own-timeout -1s",
		}},
		"group of no check": {"", []string{"--outputs", outputsFile(t), "--only", "alarms,weather"}, []string{`--only "weather": there is no such check here; there are identity, health, `}},
		"log without own":   {"", []string{"--stack", "x", "--own-log", "f"}, []string{"--own-log"}},
		"no earlier report": {"", []string{"--outputs", outputsFile(t), "--before", filepath.Join(directory, "none")}, []string{"--before: ", "no such file"}},
		"earlier nonsense":  {"", []string{"--outputs", outputsFile(t), "--before", outputsFile(t)}, []string{"--before ", "not a report"}},
		"no file":           {"", []string{"--outputs", filepath.Join(directory, "none")}, []string{"no such file"}},
		"no outputs":        {"{}", []string{"--outputs", "-"}, []string{"the stack has no outputs", "deploy it first"}},
		"unparseable":       {"oops", []string{"--outputs", "-"}, []string{"not the JSON object"}},
		"incomplete":        {`{"stack":"production"}`, []string{"--outputs", "-"}, []string{"region: missing", "alarmNames: missing"}},
		"another stack":     {"", []string{"--stack", "staging", "--outputs", outputsFile(t)}, []string{`--stack "staging": the outputs are those of "production"`}},
		"out not writable": {
			"", []string{"--outputs", outputsFile(t), "--out", filepath.Join(directory, "none", "report")},
			[]string{"--out: ", "no such file"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := command(t, tc.stdin, tc.args...)
			assert.Equal(t, exitInput, got.code)
			assert.Empty(t, got.stdout)
			for _, want := range tc.want {
				assert.Contains(t, got.stderr, want)
			}
		})
	}
	assert.NotContains(t, aws.actions, "DescribeServices", "bad input checks nothing")
}

func TestRun_NoAccessExits3(t *testing.T) {
	for name, tc := range map[string]struct {
		aws  *fakeAWS
		want string
	}{
		"wrong account":      {&fakeAWS{account: "210987654321"}, "the credentials are for account 210987654321, the stack is in account 123456789012"},
		"expired":            {&fakeAWS{expired: "*"}, "ExpiredTokenException"},
		"expired on the way": {&fakeAWS{account: "123456789012", alarm: "OK", expired: "DescribeAlarms"}, "alarms/state: failed now"},
	} {
		t.Run(name, func(t *testing.T) {
			aws := tc.aws
			aws.start(t)
			got := command(t, "", "--outputs", outputsFile(t))
			assert.Equal(t, exitAccess, got.code, got.stderr)
			assert.Contains(t, got.stderr, tc.want)
		})
	}
	t.Run("unreachable", func(t *testing.T) {
		server := httptest.NewServer(nil)
		server.Close() // its port answers no more
		pointSDK(t, server.URL)
		got := command(t, "", "--outputs", outputsFile(t))
		assert.Equal(t, exitAccess, got.code)
		assert.Contains(t, got.stderr, "STS GetCallerIdentity: AWS cannot be reached")
		assert.Contains(t, got.stderr, "next: check the network")
		assert.Empty(t, got.stdout)
	})
	t.Run("no credentials", func(t *testing.T) {
		(&fakeAWS{}).start(t)
		t.Setenv("AWS_ACCESS_KEY_ID", "")
		t.Setenv("AWS_SECRET_ACCESS_KEY", "")
		got := command(t, "", "--outputs", outputsFile(t))
		assert.Equal(t, exitAccess, got.code)
		assert.Contains(t, got.stderr, "no AWS credentials")
	})
}

func TestRun_Formats(t *testing.T) {
	(&fakeAWS{account: "123456789012", alarm: "OK"}).start(t)
	var asJSON struct{ Counts map[string]int }
	require.NoError(t, json.Unmarshal([]byte(command(t, "", "--outputs", outputsFile(t), "--format", "json").stdout), &asJSON))
	assert.Equal(t, map[string]int{"ok": checks, "not enough data": 0, "timed out": 0, "failed now": 0}, asJSON.Counts)

	file := filepath.Join(t.TempDir(), "verify.xml")
	got := command(t, "", "--outputs", outputsFile(t), "--format", "junit", "--out", file)
	assert.Equal(t, exitOK, got.code)
	assert.Contains(t, got.stdout, "all checks passed", "standard output keeps the report for eyes")
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	var suites struct {
		Tests int `xml:"tests,attr"`
	}
	require.NoError(t, xml.Unmarshal(written, &suites))
	assert.Equal(t, checks, suites.Tests)

	assert.Contains(t, command(t, "", "--outputs", outputsFile(t), "--format", "markdown").stdout, "## Verification: production v1.0.0")
}

func TestRun_EndpointIsShownWithoutItsPassword(t *testing.T) {
	env := func(string) string { return "http://me:" + secretKey + "@127.0.0.1:1" }
	assert.Equal(t, "http://me:xxxxx@127.0.0.1:1", subject(outputs.Outputs{}, env).Endpoint)
}

func TestHelp_SaysWhatTheDocSays(t *testing.T) {
	got := command(t, "", "-h")
	assert.Equal(t, exitOK, got.code)
	file, err := parser.ParseFile(token.NewFileSet(), "main.go", nil, parser.ParseComments)
	require.NoError(t, err)
	_, codes, ok := strings.Cut(got.stdout, "exit codes:\n")
	require.True(t, ok)
	lines := strings.Split(strings.TrimRight(codes, "\n"), "\n")
	require.Len(t, lines, 4)
	for _, line := range lines {
		assert.Contains(t, file.Doc.Text(), strings.TrimSpace(line))
	}
}

// In an update, the report has a receipt for what was asked about; where a check fails there is none.
func TestRun_InAnUpdateGivesAReceipt(t *testing.T) {
	text, err := os.ReadFile(outputsFile(t))
	require.NoError(t, err)
	out, err := outputs.Parse(text)
	require.NoError(t, err)
	question := `{"outputs":` + string(text) + `}`
	(&fakeAWS{account: "123456789012", alarm: "OK"}).start(t)
	got := command(t, question, "--outputs", "-", "--format", "json", "--in-update")
	assert.Equal(t, exitOK, got.code, got.stderr)
	assert.True(t, outputs.ReadVerified([]byte(got.stdout)).Covers(out))
	assert.Contains(t, got.stderr, "all checks passed")

	some := command(t, question, "--outputs", "-", "--format", "json", "--in-update", "--only", "identity")
	assert.Equal(t, exitOK, some.code)
	assert.Equal(t, outputs.Verified{}, outputs.ReadVerified([]byte(some.stdout)), "a part of the checks verifies nothing")

	broken := commandOn(t, map[string]int{"api.flowcomply.com/api/assets": 500}, question,
		"--watch", "0", "--timeout", "300ms", "--outputs", "-", "--format", "json", "--in-update")
	assert.Equal(t, exitFailed, broken.code)
	assert.Equal(t, outputs.Verified{}, outputs.ReadVerified([]byte(broken.stdout)))

	limited := command(t, `{"leftOut":["backend-image is a build of v1.0.0 and not of v1.1.0"]}`, "--outputs", "-", "--in-update")
	assert.Equal(t, exitInput, limited.code)
	assert.Contains(t, limited.stderr, "backend-image is a build of v1.0.0 and not of v1.1.0")
	assert.Empty(t, limited.stdout)
}
