package verify

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
)

// Hand-written ECR, ECS and CloudWatch answer here. That AWS words its answers
// this way is AWS's documentation's to prove.

// refusal is an error of a service that asking again does not cure.
var refusal = &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "not authorized"}

func TestServiceSettled(t *testing.T) {
	rolling := func(f *fakeECS) {
		next := deployment("PRIMARY", definition+"43", ecstypes.DeploymentRolloutStateInProgress)
		next.RunningCount, next.CreatedAt = 1, &noon
		f.service.Deployments = []ecstypes.Deployment{next, deployment("ACTIVE", requested, ecstypes.DeploymentRolloutStateCompleted)}
		f.service.Events = []ecstypes.ServiceEvent{{CreatedAt: &noon, Message: aws.String("(service backend-service) has started 1 tasks")}}
	}
	for name, tc := range map[string]struct {
		edit    func(*fakeECS)
		outcome Outcome
		says    []string
	}{
		"settled":                    {func(*fakeECS) {}, OK, []string{"flowcomply-backend:42 is COMPLETED"}},
		"at another one":             {func(f *fakeECS) { f.service.Deployments[0].TaskDefinition = aws.String(previous) }, OK, []string{"flowcomply-backend:41 is COMPLETED"}},
		"failed, and not taken back": {func(f *fakeECS) { f.service.Deployments[0].RolloutState = ecstypes.DeploymentRolloutStateFailed }, OK, []string{"is FAILED"}},
		"rolling": {rolling, TimedOut, []string{
			"a deployment of backend-service is under way: flowcomply-backend:43 is IN_PROGRESS with 1 of 2 tasks running, since 2025-10-07T12:00:00Z; " +
				"flowcomply-backend:42 is still being replaced, with 2 tasks running",
			"event 2025-10-07T12:00:00Z (service backend-service) has started 1 tasks",
		}},
		"just ending": {func(f *fakeECS) {
			rolling(f)
			f.look = func(f *fakeECS) {
				if f.calls["DescribeServices"] == 2 {
					f.service.Deployments = []ecstypes.Deployment{deployment("PRIMARY", definition+"43", ecstypes.DeploymentRolloutStateCompleted)}
				}
			}
		}, OK, []string{"flowcomply-backend:43 is COMPLETED (failed 2 times before"}},
		"deleted":     {func(f *fakeECS) { f.service.Status = aws.String("DRAINING") }, FailedNow, []string{"the service is DRAINING"}},
		"gone":        {func(f *fakeECS) { f.service = nil }, FailedNow, []string{"service backend-service does not exist", "MISSING"}},
		"no cluster":  {func(f *fakeECS) { f.errs["DescribeServices"] = &ecstypes.ClusterNotFoundException{} }, FailedNow, []string{"cluster " + cluster + " does not exist"}},
		"not allowed": {func(f *fakeECS) { f.errs["DescribeServices"] = refusal }, FailedNow, []string{"AccessDeniedException"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := healthy()
			tc.edit(f)
			got := one(t, serviceSettled("backend", cluster, wanted.ServiceName, f, 4*time.Second))
			expect(t, got, tc.outcome, tc.says...)
			if tc.outcome == TimedOut {
				assert.Contains(t, got.Next, "`aws ecs wait services-stable --cluster flowcomply-production --services backend-service`")
			}
		})
	}
}

type fakeECR struct {
	out *ecr.BatchGetImageOutput
	err error
}

func (f *fakeECR) BatchGetImage(_ context.Context, in *ecr.BatchGetImageInput, _ ...func(*ecr.Options)) (*ecr.BatchGetImageOutput, error) {
	if *in.RepositoryName != "flowcomply-backend" || *in.ImageIds[0].ImageDigest != digest {
		panic("asked for another image")
	}
	return f.out, f.err
}

func TestImageHeld(t *testing.T) {
	holds := func(digest string) *ecr.BatchGetImageOutput {
		return &ecr.BatchGetImageOutput{Images: []ecrtypes.Image{{ImageId: &ecrtypes.ImageIdentifier{ImageDigest: &digest}}}}
	}
	for name, tc := range map[string]struct {
		api     fakeECR
		outcome Outcome
		says    string
	}{
		"there":           {fakeECR{out: holds(digest)}, OK, "sha256:bbbbbbbbbbbb is there"},
		"another":         {fakeECR{out: holds(other)}, FailedNow, "the image sha256:bbbbbbbbbbbb is not in flowcomply-backend any more"},
		"nothing":         {fakeECR{out: &ecr.BatchGetImageOutput{}}, FailedNow, "is not in flowcomply-backend any more"},
		"gone":            {fakeECR{out: &ecr.BatchGetImageOutput{Failures: []ecrtypes.ImageFailure{{FailureCode: ecrtypes.ImageFailureCodeImageNotFound}}}}, FailedNow, "any more: ImageNotFound"},
		"all is gone":     {fakeECR{err: &ecrtypes.RepositoryNotFoundException{}}, FailedNow, "the repository flowcomply-backend does not exist"},
		"not allowed":     {fakeECR{err: refusal}, FailedNow, "AccessDeniedException"},
		"does not answer": {fakeECR{err: &smithy.GenericAPIError{Code: "ServerException", Message: "oops"}}, TimedOut, "ServerException: oops"},
	} {
		t.Run(name, func(t *testing.T) {
			got := one(t, imageHeld(repo, digest, &tc.api, 4*time.Second))
			if tc.outcome == TimedOut { // AWS's own failures have no cure but another try
				got.Next = "run it again"
			}
			expect(t, got, tc.outcome, tc.says)
		})
	}
}

// told is an alarm as the program declares it.
func told(state types.StateValue) types.MetricAlarm {
	a := latency(state)
	a.ActionsEnabled, a.AlarmActions = aws.Bool(true), []string{"arn:aws:sns:ap-southeast-2:123456789012:page"}
	return a
}

func TestAlarmsReady(t *testing.T) {
	young := silent("api-latency", time.Minute, time.Minute, "missing")
	young.ActionsEnabled, young.AlarmActions = aws.Bool(true), []string{"topic"}
	blind := silent("api-latency", time.Hour, time.Hour, "missing")
	blind.ActionsEnabled, blind.AlarmActions = aws.Bool(true), []string{"topic"}
	for name, tc := range map[string]struct {
		edit    func(*fakeCloudWatch)
		outcome Outcome
		says    []string
	}{
		"all well":  {func(*fakeCloudWatch) {}, OK, []string{"2 alarms with actions, none in ALARM"}},
		"throttled": {func(f *fakeCloudWatch) { f.failures = 2 }, OK, nil},
		"firing": {func(f *fakeCloudWatch) { f.metric[0].StateValue = types.StateValueAlarm }, FailedNow,
			[]string{"1 of 2 alarms in ALARM: api-latency", "runbook: docs/alarms.md#routed-latency"}},
		"missing":     {func(f *fakeCloudWatch) { f.composite = nil }, FailedNow, []string{"1 of 2 alarms missing: rollback"}},
		"no action":   {func(f *fakeCloudWatch) { f.metric[0].AlarmActions = nil }, FailedNow, []string{"1 of 2 alarms would tell nobody: api-latency", "api-latency has no action for ALARM"}},
		"disabled":    {func(f *fakeCloudWatch) { f.composite[0].ActionsEnabled = aws.Bool(false) }, FailedNow, []string{"rollback has its actions disabled"}},
		"unknown":     {func(f *fakeCloudWatch) { f.metric[0].ActionsEnabled = nil }, FailedNow, []string{"api-latency has its actions disabled"}},
		"blind":       {func(f *fakeCloudWatch) { f.metric[0] = blind }, FailedNow, []string{"1 of 2 alarms blind"}},
		"too young":   {func(f *fakeCloudWatch) { f.metric[0] = young }, NotEnoughData, []string{"1 of 2 alarms cannot tell yet"}},
		"no answer":   {func(f *fakeCloudWatch) { f.failures = 1000 }, TimedOut, []string{"Throttling"}},
		"OK and back": {func(f *fakeCloudWatch) { f.metric[0].StateTransitionedTimestamp = aws.Time(year2000) }, OK, nil},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fakeCloudWatch{metric: []types.MetricAlarm{told(types.StateValueOk)}, composite: []types.CompositeAlarm{{
				AlarmName: aws.String("rollback"), StateValue: types.StateValueOk, ActionsEnabled: aws.Bool(true), AlarmActions: []string{"topic"},
			}}}
			tc.edit(f)
			got := one(t, alarmsReady([]string{"api-latency", "rollback"}, f, 5*time.Second))
			if tc.outcome == TimedOut {
				got.Next = "run it again"
			}
			expect(t, got, tc.outcome, tc.says...)
			if tc.outcome == OK {
				assert.Equal(t, 1+f.failures, f.calls, "a single look")
			}
		})
	}
}
