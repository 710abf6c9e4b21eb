package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// fakeAWS is a server that plays the few calls verify makes, so that the real
// SDK talks to it over AWS_ENDPOINT_URL: ECS and CloudWatch in JSON, STS in XML.
type fakeAWS struct {
	account  string // of the caller
	alarm    string // state of every alarm
	revision string // that the backend runs; empty: the requested one
	expired  string // action that is refused with ExpiredTokenException, or * for all

	mu      sync.Mutex
	actions []string
}

const (
	arnPrefix = "arn:aws:ecs:ap-southeast-2:123456789012:"
	registry  = "123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/"
)

// start serves f and points the SDK, with credentials that mean nothing, at it.
func (f *fakeAWS) start(t *testing.T) {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	pointSDK(t, server.URL)
}

func pointSDK(t *testing.T, url string) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL":            url,
		"AWS_ACCESS_KEY_ID":           "AKIDEXAMPLE",
		"AWS_SECRET_ACCESS_KEY":       secretKey,
		"AWS_SESSION_TOKEN":           "",
		"AWS_PROFILE":                 "",
		"AWS_CONFIG_FILE":             filepath.Join(t.TempDir(), "config"),
		"AWS_SHARED_CREDENTIALS_FILE": filepath.Join(t.TempDir(), "credentials"),
		"AWS_EC2_METADATA_DISABLED":   "true",
		"AWS_MAX_ATTEMPTS":            "1", // the SDK's pauses between tries are its own affair
	} {
		t.Setenv(name, value)
	}
}

const secretKey = "this-must-never-be-printed"

// gathered are the calls of a diagnosis, which these tests leave without an answer.
var gathered = map[string]bool{"FilterLogEvents": true, "GetLogEvents": true, "DescribeScalingActivities": true, "GetMetricData": true}

func (f *fakeAWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, action, json := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if !json {
		action = "GetCallerIdentity"
	}
	f.mu.Lock()
	f.actions = append(f.actions, action)
	f.mu.Unlock()
	switch {
	case !json && !strings.Contains(string(body), "GetCallerIdentity"), gathered[action]:
		refuse(w, json, "AccessDeniedException") // a diagnosis goes on without
	case f.expired == action || f.expired == "*":
		refuse(w, json, "ExpiredTokenException")
	case !json:
		_, _ = fmt.Fprintf(w, `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>%s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`, f.account)
	default:
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_, _ = io.WriteString(w, f.answer(action, string(body)))
	}
}

func refuse(w http.ResponseWriter, json bool, code string) {
	w.WriteHeader(http.StatusBadRequest)
	if json {
		_, _ = fmt.Fprintf(w, `{"__type":%q,"message":"The security token included in the request is expired"}`, code)
		return
	}
	_, _ = fmt.Fprintf(w, `<ErrorResponse><Error><Code>%s</Code><Message>expired</Message></Error></ErrorResponse>`, code)
}

func (f *fakeAWS) answer(action, body string) string {
	name, revision, digest := "backend", "42", strings.Repeat("b", 64)
	if strings.Contains(body, "frontend") {
		name, revision, digest = "frontend", "17", strings.Repeat("f", 64)
	}
	runs := revision
	if name == "backend" && f.revision != "" {
		runs = f.revision
	}
	definition := arnPrefix + "task-definition/flowcomply-" + name + ":"
	switch action {
	case "DescribeServices":
		return fmt.Sprintf(`{"services":[{"status":"ACTIVE","desiredCount":2,"runningCount":2,
			"deployments":[{"status":"PRIMARY","taskDefinition":%q,"rolloutState":"COMPLETED"}],
			"events":[{"createdAt":1759838400,"message":"(service %s-service) has reached a steady state."}]}]}`, definition+runs, name)
	case "DescribeTaskDefinition":
		return fmt.Sprintf(`{"taskDefinition":{"containerDefinitions":[{"name":%q,"image":%q}]}}`,
			name, registry+"flowcomply-"+name+"@sha256:"+digest)
	case "ListTasks":
		return fmt.Sprintf(`{"taskArns":["task/%[1]s-1","task/%[1]s-2"]}`, name)
	case "DescribeTasks":
		task := fmt.Sprintf(`{"taskArn":"task/%[1]s-1","lastStatus":"RUNNING","group":"service:%[1]s-service","taskDefinitionArn":%[2]q,
			"containers":[{"name":%[1]q,"imageDigest":"sha256:%[3]s"}]}`, name, definition+runs, digest)
		return fmt.Sprintf(`{"tasks":[%s,%s]}`, task, task)
	case "DescribeAlarms":
		return f.alarms(body)
	}
	panic("verify does not call " + action)
}

func (f *fakeAWS) alarms(body string) string {
	var in struct{ AlarmNames []string }
	if err := json.Unmarshal([]byte(body), &in); err != nil {
		panic(err)
	}
	var alarms []string
	for _, name := range in.AlarmNames {
		alarms = append(alarms, fmt.Sprintf(`{"AlarmName":%q,"StateValue":%q,"StateReason":"Threshold Crossed","StateUpdatedTimestamp":1759838400,
			"AlarmDescription":"Runbook: docs/alarms.md#routed-latency"}`, name, f.alarm))
	}
	return `{"MetricAlarms":[` + strings.Join(alarms, ",") + `]}`
}

func outputsFile(t *testing.T) string {
	t.Helper()
	name := filepath.Join("..", "..", "testdata", "outputs.json")
	_, err := os.Stat(name)
	require.NoError(t, err)
	return name
}
