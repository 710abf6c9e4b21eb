package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowcomply/infrastructure/internal/awstest"
)

// fakeAWS is a server that plays the calls preflight makes, so that the real SDK
// talks to it over AWS_ENDPOINT_URL.
type fakeAWS struct {
	account string // of the caller
	alarm   string // state of every alarm
	rollout string // state of every service's deployment
	gone    bool   // whether every image is
	expired string // action that is refused with ExpiredTokenException, or * for all

	mu      sync.Mutex
	actions []string
}

func healthy() *fakeAWS { return &fakeAWS{account: "123456789012", alarm: "OK", rollout: "COMPLETED"} }

// start serves f and points the SDK, with credentials that mean nothing, at it.
func (f *fakeAWS) start(t *testing.T) {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	awstest.PointSDK(t, server.URL)
}

func (f *fakeAWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := awstest.Read(r)
	f.mu.Lock()
	f.actions = append(f.actions, call.Action)
	f.mu.Unlock()
	switch f.expired {
	case call.Action, "*":
		call.Refuse(w, "ExpiredTokenException")
	default:
		call.Answer(w, f.answer(call))
	}
}

func (f *fakeAWS) answer(call awstest.Call) string {
	switch call.Action {
	case "GetCallerIdentity":
		return "<Account>" + f.account + "</Account>"
	case "DescribeSecret":
		return `{"VersionIdsToStages":{"v1":["AWSCURRENT"]}}`
	case "DescribeCertificate":
		return fmt.Sprintf(`{"Certificate":{"Status":"ISSUED","DomainName":"flowcomply.com","NotAfter":%d,
			"SubjectAlternativeNames":["flowcomply.com","api.flowcomply.com"]}}`, time.Now().AddDate(1, 0, 0).Unix())
	case "/v2/email/account":
		return `{"SendingEnabled":true,"ProductionAccessEnabled":true}`
	case "/v2/email/identities/flowcomply.com":
		return `{"VerifiedForSendingStatus":true,"ConfigurationSetName":"mail-1a2b3c4","DkimAttributes":{"Status":"SUCCESS","SigningEnabled":true}}`
	case "DescribeAlarms":
		return f.alarms(call.Body)
	case "ListSubscriptionsByTopic":
		return awstest.Subscriptions(call.Body)
	case "DescribeServices":
		return fmt.Sprintf(`{"services":[{"status":"ACTIVE","deployments":[{"status":"PRIMARY","desiredCount":2,"runningCount":1,
			"taskDefinition":"arn:aws:ecs:ap-southeast-2:123456789012:task-definition/flowcomply-backend:42","rolloutState":%q}]}]}`, f.rollout)
	case "GetServiceQuota":
		return `{"Quota":{"Value":100}}`
	case "BatchGetImage":
		if f.gone {
			return `{"images":[],"failures":[{"failureCode":"ImageNotFound"}]}`
		}
		var in struct{ ImageIDs []json.RawMessage }
		must(json.Unmarshal([]byte(call.Body), &in))
		return fmt.Sprintf(`{"images":[{"imageId":%s}]}`, in.ImageIDs[0])
	}
	panic("preflight does not call " + call.Action)
}

func (f *fakeAWS) alarms(body string) string {
	var in struct{ AlarmNames []string }
	must(json.Unmarshal([]byte(body), &in))
	var alarms []string
	for _, name := range in.AlarmNames {
		alarms = append(alarms, fmt.Sprintf(`{"AlarmName":%q,"StateValue":%q,"ActionsEnabled":true,"AlarmActions":["topic"],
			"StateUpdatedTimestamp":1759838400,"AlarmDescription":"Runbook: docs/alarms.md#routed-latency"}`, name, f.alarm))
	}
	return `{"MetricAlarms":[` + strings.Join(alarms, ",") + `]}`
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
