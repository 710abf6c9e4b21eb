package awstest

import (
	"cmp"
	_ "embed" // stack.json
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

//go:embed stack.json
var stackAnswers []byte

// answers are what is answered, by action or by host and path: JSON, or a text as a JSON string. Words in braces stand for
// what differs.
func answers(data []byte) map[string]json.RawMessage {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		panic(err)
	}
	return all
}

func fill(answer json.RawMessage, words ...string) string {
	text := string(answer)
	_ = json.Unmarshal(answer, &text) // JSON that is no string stays as it is
	return strings.NewReplacer(words...).Replace(text)
}

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
	switch answer, known := answers(stackAnswers)[call.Action]; {
	case f.Expired == call.Action || f.Expired == "*":
		call.Refuse(w, "ExpiredTokenException")
	case call.Action == "DescribeAlarms":
		call.Answer(w, f.alarms(call.Body))
	case call.Action == "GetMetricData":
		call.Answer(w, metrics(call.Body))
	case !known:
		panic("verify does not call " + call.Action)
	default:
		call.Answer(w, fill(answer, f.words(call.Body)...))
	}
}

// words are those of the service that is asked about, each with what it stands for.
func (f *Stack) words(body string) []string {
	name, runs, digest := "backend", cmp.Or(f.Revision, "42"), strings.Repeat("b", 64)
	if strings.Contains(body, "frontend") {
		name, runs, digest = "frontend", "17", strings.Repeat("f", 64)
	}
	form, _ := url.ParseQuery(body)
	return []string{
		"{name}", name, "{runs}", runs, "{digest}", digest,
		"{definition}", "arn:aws:ecs:ap-southeast-2:123456789012:task-definition/flowcomply-" + name,
		"{subscriptions}", Subscriptions(body), "{account}", f.Account, "{action}", form.Get("ActionNames.member.1"),
		"{resource}", form.Get("ResourceArns.member.1"), "{password}", SmokePassword,
		"{restorable}", time.Now().Add(-4 * time.Minute).UTC().Format(time.RFC3339),
	}
}

func (f *Stack) alarms(body string) string {
	var in struct{ AlarmNames []string }
	if err := json.Unmarshal([]byte(body), &in); err != nil {
		panic(err)
	}
	var alarms []string
	for _, name := range in.AlarmNames {
		alarms = append(alarms, fmt.Sprintf(`{"AlarmName":%q,"StateValue":%q,"StateReason":"Threshold Crossed","StateUpdatedTimestamp":%d,
			"ActionsEnabled":true,"AlarmActions":["arn:aws:sns:ap-southeast-2:123456789012:page"],
			"AlarmDescription":"Runbook: docs/alarms.md#routed-latency"}`, name, f.Alarm, f.since()))
	}
	return `{"MetricAlarms":[` + strings.Join(alarms, ",") + `]}`
}

// series are the values of an objective's metrics, by their ids behind the number of the objective.
var series = map[string]float64{"requests": 100, "verify_samples": 100, "verify_value": 0.5, "latency": 0.05}

func metrics(body string) string {
	var in struct{ MetricDataQueries []struct{ ID string } }
	if err := json.Unmarshal([]byte(body), &in); err != nil {
		panic(err)
	}
	var results []string
	for _, query := range in.MetricDataQueries {
		_, id, _ := strings.Cut(query.ID, "_")
		if value, reported := series[id]; reported {
			results = append(results, fmt.Sprintf(`{"Id":%q,"Values":[%g]}`, query.ID, value))
		}
	}
	return `{"MetricDataResults":[` + strings.Join(results, ",") + `]}`
}

// Subscriptions answers ListSubscriptionsByTopic for a topic of Outputs: two mailboxes, and the pager on the one that pages, all of
// them confirmed.
func Subscriptions(body string) string {
	form, _ := url.ParseQuery(body)
	topic := form.Get("TopicArn")
	ends := []string{"operations@flowcomply.com", "security@flowcomply.com"}
	if strings.Contains(topic, "page") {
		ends = append(ends, "pager")
	}
	var list strings.Builder
	for i, end := range ends {
		fmt.Fprintf(&list, "<member><Protocol>email</Protocol><Endpoint>%s</Endpoint><SubscriptionArn>%s:%d</SubscriptionArn></member>", end, topic, i)
	}
	return "<Subscriptions>" + list.String() + "</Subscriptions>"
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
