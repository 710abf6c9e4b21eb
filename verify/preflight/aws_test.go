package preflight

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

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
	"github.com/flowcomply/infrastructure/verify/internal/fakeaws"
)

// Hand-written ECR, ECS and CloudWatch answer here, as AWS documents their answers.

// denied is an error of a service that stays however often one asks.
var denied = &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "not authorized"}

func TestServiceSteady(t *testing.T) {
	rolling := func(f *fakeaws.ECS) {
		next := fakeaws.Deployment("PRIMARY", fakeaws.Definition+"43", ecstypes.DeploymentRolloutStateInProgress)
		next.RunningCount, next.CreatedAt = 1, &fakeaws.Noon
		f.Service.Deployments = []ecstypes.Deployment{next, fakeaws.Deployment("ACTIVE", fakeaws.Requested, ecstypes.DeploymentRolloutStateCompleted)}
		f.Service.Events = []ecstypes.ServiceEvent{{CreatedAt: &fakeaws.Noon, Message: aws.String("(service backend-service) has started 1 tasks")}}
	}
	for name, tc := range map[string]struct {
		edit    func(*fakeaws.ECS)
		outcome check.Outcome
		says    []string
	}{
		"steady":                     {func(*fakeaws.ECS) {}, check.OK, []string{"flowcomply-backend:42 is COMPLETED"}},
		"at another one":             {func(f *fakeaws.ECS) { f.Service.Deployments[0].TaskDefinition = aws.String(fakeaws.Previous) }, check.OK, []string{"flowcomply-backend:41 is COMPLETED"}},
		"failed, and not taken back": {func(f *fakeaws.ECS) { f.Service.Deployments[0].RolloutState = ecstypes.DeploymentRolloutStateFailed }, check.OK, []string{"is FAILED"}},
		"rolling": {rolling, check.TimedOut, []string{
			"a deployment of backend-service is under way: flowcomply-backend:43 is IN_PROGRESS with 1 of 2 tasks running, since 2025-10-07T12:00:00Z; " +
				"flowcomply-backend:42 is still being replaced, with 2 tasks running",
			"event 2025-10-07T12:00:00Z (service backend-service) has started 1 tasks",
		}},
		"just ending": {func(f *fakeaws.ECS) {
			rolling(f)
			f.Look = func(f *fakeaws.ECS) {
				if f.Calls["DescribeServices"] == 2 {
					f.Service.Deployments = []ecstypes.Deployment{fakeaws.Deployment("PRIMARY", fakeaws.Definition+"43", ecstypes.DeploymentRolloutStateCompleted)}
				}
			}
		}, check.OK, []string{"flowcomply-backend:43 is COMPLETED (failed 2 times before"}},
		"deleted":     {func(f *fakeaws.ECS) { f.Service.Status = aws.String("DRAINING") }, check.FailedNow, []string{"the service is DRAINING"}},
		"gone":        {func(f *fakeaws.ECS) { f.Service = nil }, check.FailedNow, []string{"service backend-service does not exist", "MISSING"}},
		"no cluster":  {func(f *fakeaws.ECS) { f.Errs["DescribeServices"] = &ecstypes.ClusterNotFoundException{} }, check.FailedNow, []string{"cluster " + fakeaws.Cluster + " does not exist"}},
		"not allowed": {func(f *fakeaws.ECS) { f.Errs["DescribeServices"] = denied }, check.FailedNow, []string{"AccessDeniedException"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := fakeaws.Healthy()
			tc.edit(f)
			got := checktest.One(t, serviceSteady("backend", fakeaws.Cluster, fakeaws.Wanted.ServiceName, f, 4*time.Second))
			checktest.Expect(t, got, tc.outcome, tc.says...)
			if tc.outcome == check.TimedOut {
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
	if *in.RepositoryName != "flowcomply-backend" || *in.ImageIds[0].ImageDigest != fakeaws.Digest {
		panic("asked for another image")
	}
	return f.out, f.err
}

func TestImageExists(t *testing.T) {
	holds := func(digest string) *ecr.BatchGetImageOutput {
		return &ecr.BatchGetImageOutput{Images: []ecrtypes.Image{{ImageId: &ecrtypes.ImageIdentifier{ImageDigest: &digest}}}}
	}
	for name, tc := range map[string]struct {
		api     fakeECR
		outcome check.Outcome
		says    string
	}{
		"there":           {fakeECR{out: holds(fakeaws.Digest)}, check.OK, "sha256:bbbbbbbbbbbb is there"},
		"another":         {fakeECR{out: holds(fakeaws.Other)}, check.FailedNow, "the image sha256:bbbbbbbbbbbb is not in flowcomply-backend any more"},
		"nothing":         {fakeECR{out: &ecr.BatchGetImageOutput{}}, check.FailedNow, "is not in flowcomply-backend any more"},
		"gone":            {fakeECR{out: &ecr.BatchGetImageOutput{Failures: []ecrtypes.ImageFailure{{FailureCode: ecrtypes.ImageFailureCodeImageNotFound}}}}, check.FailedNow, "any more: ImageNotFound"},
		"all is gone":     {fakeECR{err: &ecrtypes.RepositoryNotFoundException{}}, check.FailedNow, "the repository flowcomply-backend does not exist"},
		"not allowed":     {fakeECR{err: denied}, check.FailedNow, "AccessDeniedException"},
		"does not answer": {fakeECR{err: &smithy.GenericAPIError{Code: "ServerException", Message: "oops"}}, check.TimedOut, "ServerException: oops"},
	} {
		t.Run(name, func(t *testing.T) {
			got := checktest.One(t, imageExists(fakeaws.Repo, fakeaws.Digest, &tc.api, 4*time.Second))
			if tc.outcome == check.TimedOut { // AWS's own failures have no cure but another try
				got.Next = "run it again"
			}
			checktest.Expect(t, got, tc.outcome, tc.says)
		})
	}
}

// told is an alarm as the program declares it.
func told(state types.StateValue) types.MetricAlarm {
	a := fakeaws.Latency(state)
	a.ActionsEnabled, a.AlarmActions = aws.Bool(true), []string{"arn:aws:sns:ap-southeast-2:123456789012:page"}
	return a
}

// The second release may follow the first in minutes; its alarms are as old as the stack, their metrics are not.
func TestAlarmsReady_SilenceCountsFromTheDeployment(t *testing.T) {
	blind := fakeaws.Silent("api-latency", time.Hour, time.Hour, "missing")
	blind.ActionsEnabled, blind.AlarmActions = aws.Bool(true), []string{"topic"}
	deployed := func(context.Context) (time.Time, error) { return time.Now().Add(-time.Minute), nil }
	got := checktest.One(t, alarmsReady([]string{"api-latency"}, &fakeaws.CloudWatch{Metric: []types.MetricAlarm{blind}}, deployed, 5*time.Second))
	checktest.Expect(t, got, check.NotEnoughData, "1 of 1 alarm cannot tell yet")
}

func TestAlarmsReady(t *testing.T) {
	young := fakeaws.Silent("api-latency", time.Minute, time.Minute, "missing")
	young.ActionsEnabled, young.AlarmActions = aws.Bool(true), []string{"topic"}
	blind := fakeaws.Silent("api-latency", time.Hour, time.Hour, "missing")
	blind.ActionsEnabled, blind.AlarmActions = aws.Bool(true), []string{"topic"}
	for name, tc := range map[string]struct {
		edit    func(*fakeaws.CloudWatch)
		outcome check.Outcome
		says    []string
	}{
		"all well":  {func(*fakeaws.CloudWatch) {}, check.OK, []string{"2 alarms with actions, none in ALARM"}},
		"throttled": {func(f *fakeaws.CloudWatch) { f.Failures = 2 }, check.OK, nil},
		"firing": {func(f *fakeaws.CloudWatch) { f.Metric[0].StateValue = types.StateValueAlarm }, check.FailedNow,
			[]string{"1 of 2 alarms in ALARM: api-latency", "runbook: docs/alarms.md#routed-latency"}},
		"missing":     {func(f *fakeaws.CloudWatch) { f.Composite = nil }, check.FailedNow, []string{"1 of 2 alarms missing: rollback"}},
		"no action":   {func(f *fakeaws.CloudWatch) { f.Metric[0].AlarmActions = nil }, check.FailedNow, []string{"1 of 2 alarms would tell nobody: api-latency", "api-latency has no action for ALARM"}},
		"disabled":    {func(f *fakeaws.CloudWatch) { f.Composite[0].ActionsEnabled = aws.Bool(false) }, check.FailedNow, []string{"rollback has its actions disabled"}},
		"unknown":     {func(f *fakeaws.CloudWatch) { f.Metric[0].ActionsEnabled = nil }, check.FailedNow, []string{"api-latency has its actions disabled"}},
		"blind":       {func(f *fakeaws.CloudWatch) { f.Metric[0] = blind }, check.FailedNow, []string{"1 of 2 alarms blind"}},
		"too young":   {func(f *fakeaws.CloudWatch) { f.Metric[0] = young }, check.NotEnoughData, []string{"1 of 2 alarms cannot tell yet"}},
		"no answer":   {func(f *fakeaws.CloudWatch) { f.Failures = 1000 }, check.TimedOut, []string{"Throttling"}},
		"OK and back": {func(f *fakeaws.CloudWatch) { f.Metric[0].StateTransitionedTimestamp = aws.Time(year2000) }, check.OK, nil},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fakeaws.CloudWatch{Metric: []types.MetricAlarm{told(types.StateValueOk)}, Composite: []types.CompositeAlarm{{
				AlarmName: aws.String("rollback"), StateValue: types.StateValueOk, ActionsEnabled: aws.Bool(true), AlarmActions: []string{"topic"},
			}}}
			tc.edit(f)
			got := checktest.One(t, alarmsReady([]string{"api-latency", "rollback"}, f, nil, 5*time.Second))
			if tc.outcome == check.TimedOut {
				got.Next = "run it again"
			}
			checktest.Expect(t, got, tc.outcome, tc.says...)
			if tc.outcome == check.OK {
				assert.Equal(t, 1+f.Failures, f.Calls, "a single look")
			}
		})
	}
}
