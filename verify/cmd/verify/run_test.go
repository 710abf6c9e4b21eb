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

	"github.com/flowcomply/infrastructure/verify"
)

// These tests run the whole command with the real SDK against a server of
// theirs. They prove exit codes and messages, not that AWS answers that way.

type ran struct {
	code           int
	stdout, stderr string
}

// command asks for what AWS is asked about, as there is no site in a test.
func command(t *testing.T, stdin string, args ...string) ran {
	t.Helper()
	return all(t, stdin, append([]string{"--only", "identity,alarms"}, args...)...)
}

// all is the command with these arguments and no others.
func all(t *testing.T, stdin string, args ...string) ran {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(args, strings.NewReader(stdin), &stdout, &stderr, os.Getenv)
	all := stdout.String() + stderr.String()
	assert.NotContains(t, all, secretKey, "credentials stay where they are")
	return ran{code, stdout.String(), stderr.String()}
}

func TestRun_AllOK(t *testing.T) {
	aws := &fakeAWS{account: "123456789012", alarm: "OK"}
	aws.start(t)
	got := command(t, "", "--stack", "production", "--outputs", outputsFile(t))
	assert.Equal(t, exitOK, got.code, got.stdout+got.stderr)
	assert.Equal(t, 3, strings.Count(got.stderr, "\n"), "a line for each finished check: %s", got.stderr)
	assert.Contains(t, got.stderr, "3/3 ")
	assert.Contains(t, got.stdout, "production v1.0.0 in ap-southeast-2, account 123456789012, asked at http://127.0.0.1:")
	assert.Contains(t, got.stdout, "flowcomply-backend:42: 2 tasks on sha256:bbbbbbbbbbbb")
	assert.Contains(t, got.stdout, "all checks passed: 3 ok")
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
			"event 2025-10-07T12:00:00Z (service backend-service) has reached a steady state.", "1 of 3 checks failed",
		}},
		"alarms": {&fakeAWS{alarm: "ALARM"}, []string{
			"failed now: alarms/state", "2 of 2 alarms in ALARM", "runbook: docs/alarms.md#routed-latency", "since 2025-10-07T12:00:00Z",
		}},
		"both": {&fakeAWS{alarm: "ALARM", revision: "41"}, []string{"2 of 3 checks failed"}},
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
	assert.Contains(t, got.stdout, "no check failed: 2 ok, 1 not enough data")
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
		"no such check":   {"", []string{"--only", "identity,helth", "--outputs", outputsFile(t)}, []string{`--only "helth": there is no such check here; there are identity, alarms, health, `}},
		"no baseline":     {"", []string{"--before", filepath.Join(directory, "none"), "--outputs", outputsFile(t)}, []string{"--before: open ", "no such file"}},
		"not a baseline":  {"", []string{"--before", outputsFile(t), "--outputs", outputsFile(t)}, []string{"--before ", "not a report of `verify --format json`"}},
		"several at once": {"", []string{"--format", "yaml", "--timeout", "0s", "extra"}, []string{`--format "yaml"`, "--timeout 0s", `"extra"`, "--stack: missing"}},
		"no file":         {"", []string{"--outputs", filepath.Join(directory, "none")}, []string{"no such file"}},
		"no outputs":      {"{}", []string{"--outputs", "-"}, []string{"the stack has no outputs", "deploy it first"}},
		"unparseable":     {"oops", []string{"--outputs", "-"}, []string{"not the JSON object"}},
		"incomplete":      {`{"stack":"production"}`, []string{"--outputs", "-"}, []string{"region: missing", "alarmNames: missing"}},
		"another stack":   {"", []string{"--stack", "staging", "--outputs", outputsFile(t)}, []string{`--stack "staging": the outputs are those of "production"`}},
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
	assert.Equal(t, map[string]int{"ok": 3, "not enough data": 0, "timed out": 0, "failed now": 0}, asJSON.Counts)

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
	assert.Equal(t, 3, suites.Tests)

	assert.Contains(t, command(t, "", "--outputs", outputsFile(t), "--format", "markdown").stdout, "## Verification: production v1.0.0")
}

func TestRun_TheOperatorsOwnCommandIsACheck(t *testing.T) {
	(&fakeAWS{account: "123456789012", alarm: "OK"}).start(t)
	got := all(t, "", "--outputs", outputsFile(t), "--only", "own", "--", "sh", "-c", "echo at $SITE_URL; exit 3", "--only")
	assert.Equal(t, exitFailed, got.code, got.stderr)
	assert.Contains(t, got.stdout, "at https://flowcomply.com")
	got = all(t, "", "--outputs", outputsFile(t), "--only", "own", "--", "true")
	assert.Equal(t, exitOK, got.code, got.stdout)
}

func TestWeb_LooksAtTheServiceBehindTheAPI(t *testing.T) {
	text, err := os.ReadFile(outputsFile(t))
	require.NoError(t, err)
	outputs, err := verify.Parse(text)
	require.NoError(t, err)
	w := web(outputs, options{smokeSecret: "arn", own: []string{"true"}}, connection{}, verify.Baseline{}, nil)
	assert.Equal(t, "backend-service", w.API.ServiceName)
	groups := map[string]int{}
	for _, check := range w.Checks(verify.PollInterval) {
		groups[check.Group]++
	}
	for _, group := range []string{"health", "smoke", "database", "queues", "own"} {
		assert.Positive(t, groups[group], group)
		assert.Contains(t, usage, group)
	}
	w.SmokeSecretArn = ""
	without := w.Checks(verify.PollInterval)
	report := verify.Run(t.Context(), without[len(without)-2:len(without)-1], verify.Options{})
	assert.Equal(t, verify.NotEnoughData, report.Results[0].Outcome, "no smoke user is said, not passed over")
	assert.Contains(t, report.Results[0].Next, "--smoke-secret")
}

func TestRun_EndpointIsShownWithoutItsPassword(t *testing.T) {
	env := func(string) string { return "http://me:" + secretKey + "@127.0.0.1:1" }
	assert.Equal(t, "http://me:xxxxx@127.0.0.1:1", subject(verify.Outputs{}, env).Endpoint)
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
