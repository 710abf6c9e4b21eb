package awstest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Stack is a server that plays the calls verify makes about the stack of Outputs, so that the real SDK
// talks to it over AWS_ENDPOINT_URL.
type Stack struct {
	Account  string // of the caller
	Alarm    string // state of every alarm
	Revision string // that the backend runs; empty: the requested one
	Expired  string // action that is refused with ExpiredTokenException, or * for all

	mu      sync.Mutex
	Actions []string // that were called
}

const (
	arnPrefix = "arn:aws:ecs:ap-southeast-2:123456789012:"
	registry  = "123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/"
)

// Start serves f and points the SDK, with credentials that mean nothing, at it.
func (f *Stack) Start(t *testing.T) {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	PointSDK(t, server.URL)
}

func (f *Stack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := Read(r)
	f.mu.Lock()
	f.Actions = append(f.Actions, call.Action)
	f.mu.Unlock()
	switch {
	case f.Expired == call.Action || f.Expired == "*":
		call.Refuse(w, "ExpiredTokenException")
	case !call.JSON:
		call.Answer(w, f.query(call.Action, call.Body))
	default:
		call.Answer(w, f.answer(call.Action, call.Body))
	}
}

// query answers what is asked in the query protocol.
func (f *Stack) query(action, body string) string {
	switch action {
	case "GetCallerIdentity":
		return "<Account>" + f.Account + "</Account>"
	case "DescribeTargetHealth":
		one := "<member><Target><Id>10.0.0.1</Id><Port>3001</Port></Target><TargetHealth><State>healthy</State></TargetHealth></member>"
		return "<TargetHealthDescriptions>" + one + one + "</TargetHealthDescriptions>"
	case "SimulatePrincipalPolicy":
		form, _ := url.ParseQuery(body)
		return "<EvaluationResults><member><EvalDecision>allowed</EvalDecision><EvalResourceName>" +
			form.Get("ResourceArns.member.1") + "</EvalResourceName></member></EvaluationResults><IsTruncated>false</IsTruncated>"
	default:
		panic("verify does not call " + action)
	}
}

func (f *Stack) answer(action, body string) string {
	name, revision, digest := "backend", "42", strings.Repeat("b", 64)
	if strings.Contains(body, "frontend") {
		name, revision, digest = "frontend", "17", strings.Repeat("f", 64)
	}
	runs := revision
	if name == "backend" && f.Revision != "" {
		runs = f.Revision
	}
	definition := arnPrefix + "task-definition/flowcomply-" + name + ":"
	switch action {
	case "DescribeServices":
		return fmt.Sprintf(`{"services":[{"status":"ACTIVE","desiredCount":2,"runningCount":2,
			"deployments":[{"status":"PRIMARY","taskDefinition":%q,"rolloutState":"COMPLETED"}],
			"events":[{"createdAt":1759838400,"message":"(service %s-service) has reached a steady state."}]}]}`, definition+runs, name)
	case "DescribeTaskDefinition":
		return fmt.Sprintf(`{"taskDefinition":{"containerDefinitions":[{"name":%q,"image":%q,"secrets":[{"name":"JWT_SECRET","valueFrom":%q}]}]}}`,
			name, registry+"flowcomply-"+name+"@sha256:"+digest, "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:jwt:::v1")
	case "ListTasks":
		return fmt.Sprintf(`{"taskArns":["task/%[1]s-1","task/%[1]s-2"]}`, name)
	case "DescribeTasks":
		task := fmt.Sprintf(`{"taskArn":"task/%[1]s-1","lastStatus":"RUNNING","group":"service:%[1]s-service","taskDefinitionArn":%[2]q,
			"containers":[{"name":%[1]q,"imageDigest":"sha256:%[3]s"}]}`, name, definition+runs, digest)
		return fmt.Sprintf(`{"tasks":[%s,%s]}`, task, task)
	case "DescribeAlarms":
		return f.alarms(body)
	case "DescribeSecret":
		return `{"VersionIdsToStages":{"v1":["AWSCURRENT"]}}`
	case "GetSecretValue":
		return `{"SecretString":"{\"email\":\"smoke@flowcomply.com\",\"password\":\"` + SmokePassword + `\"}"}`
	case "GetMetricData":
		return `{"MetricDataResults":[{"Id":"requests","Values":[100]},{"Id":"verify_samples","Values":[100]},
			{"Id":"verify_value","Values":[0.5]},{"Id":"latency","Values":[0.05]}]}`
	case "FilterLogEvents", "GetLogEvents":
		return `{"events":[]}`
	case "DescribeScalingActivities":
		return `{"ScalingActivities":[]}`
	case "/v2/email/account":
		return `{"SendingEnabled":true,"ProductionAccessEnabled":true}`
	case "/v2/email/identities/flowcomply.com":
		return `{"VerifiedForSendingStatus":true,"DkimAttributes":{"Status":"SUCCESS","SigningEnabled":true}}`
	}
	panic("verify does not call " + action)
}

func (f *Stack) alarms(body string) string {
	var in struct{ AlarmNames []string }
	if err := json.Unmarshal([]byte(body), &in); err != nil {
		panic(err)
	}
	var alarms []string
	for _, name := range in.AlarmNames {
		alarms = append(alarms, fmt.Sprintf(`{"AlarmName":%q,"StateValue":%q,"StateReason":"Threshold Crossed","StateUpdatedTimestamp":%d,
			"AlarmDescription":"Runbook: docs/alarms.md#routed-latency"}`, name, f.Alarm, f.since()))
	}
	return `{"MetricAlarms":[` + strings.Join(alarms, ",") + `]}`
}

// since is when alarms took their state: those that cannot tell have just been made.
func (f *Stack) since() int64 {
	if f.Alarm == "INSUFFICIENT_DATA" {
		return time.Now().Unix()
	}
	return 1759838400
}

// Outputs is the file with the outputs of the stack that Stack and Site play.
func Outputs(t *testing.T) string {
	t.Helper()
	name := filepath.Join("verify", "outputs", "outputstest", "example.json")
	for range 3 { // the test's folder is so many below the root at most
		if _, err := os.Stat(name); err == nil {
			break
		}
		name = filepath.Join("..", name)
	}
	_, err := os.Stat(name)
	require.NoError(t, err)
	return name
}
