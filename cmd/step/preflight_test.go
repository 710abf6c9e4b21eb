package main

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/awstest"
	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/verify/inputs"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// These tests run the whole command with the real SDK and the real git against a
// server and a repository of theirs. They prove exit codes and messages, not that
// AWS answers that way, nor that an update asks.

type ran struct {
	code           int
	stdout, stderr string
}

func runPreflight(t *testing.T, stdin string, args ...string) ran {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(append([]string{"preflight"}, args...), strings.NewReader(stdin), &stdout, &stderr)
	assert.NotContains(t, stdout.String()+stderr.String(), awstest.SecretKey, "credentials stay where they are")
	return ran{code, stdout.String(), stderr.String()}
}

// checkout is a repository whose only commit is tagged v1.1.0.
func checkout(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	for _, args := range [][]string{
		{"init", "--quiet"},
		{"-c", "user.name=Somebody", "-c", "user.email=a@flowcomply.com", "commit", "--quiet", "--allow-empty", "--message", "release"},
		{"tag", "v1.1.0"},
	} {
		command := exec.Command("git", append([]string{"-C", folder}, args...)...)
		command.Env = slices.DeleteFunc(os.Environ(), func(pair string) bool { // a hook that tests has these of its own
			return strings.HasPrefix(pair, "GIT_DIR=") || strings.HasPrefix(pair, "GIT_WORK_TREE=") || strings.HasPrefix(pair, "GIT_INDEX_FILE=")
		})
		out, err := command.CombinedOutput()
		require.NoError(t, err, string(out))
	}
	return folder
}

// asked is the question of a release that is built, changed by edit.
func asked(t *testing.T, edit func(*inputs.Preflight)) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "verify", "outputs", "outputstest", "example.json"))
	require.NoError(t, err)
	before, err := outputs.Parse(data)
	require.NoError(t, err)
	q := inputs.Preflight{
		Stack: "production", Version: "v1.1.0", Region: "ap-southeast-2", AccountID: "123456789012", Before: &before, Source: checkout(t),
	}
	if edit != nil {
		edit(&q)
	}
	text, err := json.Marshal(q)
	require.NoError(t, err)
	return string(text)
}

func back(q *inputs.Preflight) {
	q.Version, q.Source, q.GoingBack = "v1.0.0", "", true
	q.Digests = map[string]string{}
	for _, service := range q.Before.Services {
		q.Digests[service.ImageRepository] = service.ImageDigest
	}
}

func TestPreflight_Ready(t *testing.T) {
	aws := healthy()
	aws.start(t)
	got := runPreflight(t, asked(t, nil))
	require.Equal(t, exit.Done, got.code, got.stderr)
	assert.JSONEq(t, `{"result":"ready","checks":10,"skipped":[]}`, got.stdout)
	assert.Equal(t, 1, strings.Count(got.stdout, "\n"))
	for _, want := range []string{
		"10/10 ", "production v1.1.0 in ap-southeast-2, account 123456789012, asked at http://127.0.0.1:", "3 secrets with a current version",
		"issued for api.flowcomply.com, flowcomply.com", "2 alarms with actions, none in ALARM", "flowcomply-backend:42 is COMPLETED",
		"all checks passed: 10 ok", "preflight: images not checked: no image is pinned\n",
	} {
		assert.Contains(t, got.stderr, want)
	}
	assert.NotContains(t, got.stderr, "warning")
	assert.NotContains(t, got.stderr, "\x1b", "no terminal, no colour")
	assert.Equal(t, "GetCallerIdentity", aws.actions[0], "nothing is asked before the account is known")
	assert.NotContains(t, aws.actions, "GetSecretValue")
}

func TestPreflight_GoingBack(t *testing.T) {
	aws := healthy()
	aws.alarm, aws.rollout = "ALARM", "IN_PROGRESS"
	aws.start(t)
	got := runPreflight(t, asked(t, back))
	require.Equal(t, exit.Done, got.code, got.stderr)
	assert.JSONEq(t, `{"result":"ready","checks":6,"skipped":[]}`, got.stdout)
	assert.Contains(t, got.stderr, "sha256:bbbbbbbbbbbb is there")
	assert.Contains(t, got.stderr, "preflight: alarms not checked: going back is the cure for it\n")
}

func TestPreflight_TheFirstRelease(t *testing.T) {
	aws := healthy()
	aws.start(t)
	got := runPreflight(t, asked(t, func(q *inputs.Preflight) { q.Before = nil }))
	require.Equal(t, exit.Done, got.code, got.stderr)
	assert.JSONEq(t, `{"result":"ready","checks":2,"skipped":[]}`, got.stdout)
	assert.Equal(t, []string{"GetCallerIdentity", "GetCallerIdentity"}, aws.actions)
}

func TestPreflight_SkippedIsSaid(t *testing.T) {
	aws := healthy()
	aws.alarm = "ALARM"
	aws.start(t)
	got := runPreflight(t, asked(t, func(q *inputs.Preflight) { q.Skip = []string{"checkout", "alarms"}; q.Source = "/nowhere" }))
	require.Equal(t, exit.Done, got.code, got.stderr)
	assert.JSONEq(t, `{"result":"ready","checks":6,"skipped":["checkout","alarms"]}`, got.stdout)
	assert.Contains(t, got.stderr, "preflight: warning: alarms skipped: the stack's configuration says so (flowcomply:preflight.skip)\n")
	assert.NotContains(t, aws.actions, "DescribeAlarms")
}

func TestPreflight_RefusedExits1(t *testing.T) {
	for name, tc := range map[string]struct {
		aws  func(*fakeAWS)
		edit func(*inputs.Preflight)
		args []string
		want []string
	}{
		"an alarm": {func(f *fakeAWS) { f.alarm = "ALARM" }, nil, nil, []string{
			"preflight: refused before anything was changed: 1 of 10 checks failed\n  alarms/state: 2 of 2 alarms in ALARM: ",
			"\n    next: follow the runbook entry of each alarm above\n", "runbook: docs/alarms.md#routed-latency",
			"pulumi config set --path 'flowcomply:preflight.skip[0]' alarms\n",
		}},
		"the checkout": {nil, func(q *inputs.Preflight) { q.Version = "v1.2.0" }, nil, []string{
			"1 of 10 checks failed\n  checkout/v1.2.0: ", "there is no tag v1.2.0", "tag -a v1.2.0",
		}},
		"a deployment": {func(f *fakeAWS) { f.rollout = "IN_PROGRESS" }, nil, []string{"--timeout", "3s"}, []string{
			"2 of 10 checks failed\n  deployments/backend: context deadline exceeded; last failure: a deployment of backend-service is under way: ",
			"deployments/frontend: ", "aws ecs wait services-stable --cluster flowcomply-production --services frontend-service",
		}},
		"an image": {func(f *fakeAWS) { f.gone = true }, back, nil, []string{
			"2 of 6 checks failed\n  images/flowcomply-backend: the image sha256:bbbbbbbbbbbb is not in flowcomply-backend any more: ImageNotFound\n",
		}},
		"one expires on the way, another fails": {func(f *fakeAWS) { f.alarm, f.expired = "ALARM", "DescribeCertificate" }, nil, nil, []string{
			"2 of 10 checks failed", "certificate/issued: ACM DescribeCertificate: ExpiredTokenException",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			aws := healthy()
			if tc.aws != nil {
				tc.aws(aws)
			}
			aws.start(t)
			got := runPreflight(t, asked(t, tc.edit), tc.args...)
			assert.Equal(t, exit.Failed, got.code, got.stderr)
			assert.Empty(t, got.stdout)
			for _, want := range tc.want {
				assert.Contains(t, got.stderr, want)
			}
		})
	}
}

func TestPreflight_BadInputExits2(t *testing.T) {
	aws := healthy()
	aws.start(t)
	for name, tc := range map[string]struct {
		stdin string
		args  []string
		want  []string
	}{
		"nothing":         {"", nil, []string{"preflight: question: not the JSON object"}},
		"unknown field":   {`{"stak":"production"}`, nil, []string{`unknown field "stak"`}},
		"several at once": {`{"skip":["account"]}`, nil, []string{"stack: is empty", "skip[0]: is \"account\", which is always checked"}},
		"unknown flag":    {"", []string{"--stack", "production"}, []string{"-stack"}},
		"usage":           {"", []string{"--timeout", "0s", "more"}, []string{"--timeout 0s: must be above 0", `unexpected "more"`}},
	} {
		t.Run(name, func(t *testing.T) {
			got := runPreflight(t, tc.stdin, tc.args...)
			assert.Equal(t, exit.Refused, got.code)
			assert.Empty(t, got.stdout)
			for _, want := range tc.want {
				assert.Contains(t, got.stderr, want)
			}
		})
	}
	assert.Empty(t, aws.actions, "bad input asks nothing")
}

func TestPreflight_NoAccessExits3(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(*fakeAWS)
		want []string
	}{
		"wrong account": {func(f *fakeAWS) { f.account = "210987654321" }, []string{
			"preflight: refused before anything was changed: the credentials are for account 210987654321, the stack is in account 123456789012\nnext: use credentials",
		}},
		"expired":            {func(f *fakeAWS) { f.expired = "*" }, []string{"ExpiredTokenException", "and run it again"}},
		"expired on the way": {func(f *fakeAWS) { f.expired = "DescribeSecret" }, []string{"1 of 10 checks failed\n  secrets/stored: "}},
	} {
		t.Run(name, func(t *testing.T) {
			aws := healthy()
			tc.edit(aws)
			aws.start(t)
			got := runPreflight(t, asked(t, nil))
			assert.Equal(t, exit.NoAccess, got.code, got.stderr)
			assert.Empty(t, got.stdout)
			for _, want := range tc.want {
				assert.Contains(t, got.stderr, want)
			}
			assert.NotContains(t, got.stderr, "pulumi config set")
		})
	}
	t.Run("unreachable", func(t *testing.T) {
		server := httptest.NewServer(nil)
		server.Close() // its port answers no more
		awstest.PointSDK(t, server.URL)
		got := runPreflight(t, asked(t, nil))
		assert.Equal(t, exit.NoAccess, got.code)
		assert.Contains(t, got.stderr, "STS GetCallerIdentity: AWS cannot be reached")
	})
}
