package awschecks

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/internal/fakeaws"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

var oneService = outputs.Outputs{
	ClusterArn: fakeaws.Cluster, ClusterName: "flowcomply-production", ErrorPattern: "ERROR",
	DatabaseIdentifier: "main", CacheID: "main",
	Services: map[string]outputs.Service{"backend": {ServiceName: "backend-service", ImageRepository: fakeaws.Repo, LogGroup: "/ecs/backend", TargetGroupArn: "arn:tg"}},
}

func diagnosed(clients Clients) Stack { return Stack{Outputs: oneService, Clients: clients} }

func failed() check.Report {
	return check.Report{Started: fakeaws.Noon, Results: []check.Result{{Group: "health", Name: "api", Outcome: check.FailedNow, Err: errors.New("503")}}}
}

func TestDiagnose_ShowsWhatTheRunbookAsksFor(t *testing.T) {
	hide := &check.Redactor{}
	hide.Hide("hunter22-canary")
	tasks := fakeaws.Healthy()
	scaled, ended := fakeaws.Task("t0", fakeaws.Requested, ""), fakeaws.Task("t1", fakeaws.Requested, "")
	scaled.StopCode, scaled.StoppedReason, scaled.StoppedAt = types.TaskStopCodeServiceSchedulerInitiated, aws.String("Scaling activity initiated by (deployment ecs-svc/1)"), &fakeaws.Noon
	ended.StopCode, ended.StoppedReason, ended.StoppedAt = types.TaskStopCodeEssentialContainerExited, aws.String("Essential container in task exited"), &fakeaws.Noon
	ended.Containers[0].ExitCode = aws.Int32(1)
	tasks.Stopped = []types.Task{scaled, ended}
	f := &fakeAccount{
		ECS: tasks,
		targets: []elbtypes.TargetHealthDescription{
			target(targetState{target: "10.0.1.7:3001", state: "healthy"}),
			target(targetState{"10.0.1.8:3001", "unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]"}),
		},
		wrote: []string{"cannot connect to postgresql://app:pa55word@db:5432\n"},
		pages: [][]string{{`{"level":"error","msg":"login of hunter22-canary failed"}`}},
		scaling: []scalingtypes.ScalingActivity{{
			StartTime: &fakeaws.Noon, StatusCode: scalingtypes.ScalingActivityStatusCodeFailed, Description: aws.String("Setting desired count to 4."),
			Cause: aws.String("alarm cpu"), StatusMessage: aws.String("limit reached"),
		}},
		counts: [2][]float64{{0, 12}, {3, 4}},
	}
	stack := diagnosed(f.clients())
	stack.Hide = hide
	got := stack.Diagnose(t.Context(), failed())
	assert.Equal(t, []check.Finding{
		{Topic: "target health", About: "backend", Lines: []string{
			"1 of 2 targets healthy",
			"10.0.1.8:3001 is unhealthy: Target.ResponseCodeMismatch, Health checks failed with these codes: [503]",
		}, Next: TargetHint("Target.ResponseCodeMismatch")},
		{Topic: "stopped tasks", About: "backend", Lines: []string{
			"1 task ended by a deployment or by scaling",
			"1 task stopped in the last hour",
			"2025-10-07T12:00:00Z t1 of flowcomply-backend:42: EssentialContainerExited: Essential container in task exited; backend exited with code 1",
			"  log: cannot connect to postgresql://app:[redacted]@db:5432",
		}, Next: Hint("essential")},
		{Topic: "last errors", About: "backend", Lines: []string{`2025-10-07T12:00:00Z {"level":"error","msg":"login of [redacted] failed"}`}, Next: "read what came before: aws logs tail /ecs/backend --since 30m"},
		{Topic: "scaling", About: "backend", Lines: []string{"2025-10-07T12:00:00Z Failed: Setting desired count to 4.; alarm cpu; limit reached"}, Next: got[3].Next},
		{Topic: "connections", About: "database and cache", Lines: []string{
			"database main: no connection at 2025-10-07T12:00:00Z, at most 12 in 30 minutes",
			"cache main-001: 3 at 2025-10-07T12:00:00Z, at most 4 in 30 minutes",
		}, Next: got[4].Next},
	}, got)
	assert.Contains(t, got[3].Next, "auto-scaling cannot change the service")
	assert.Contains(t, got[4].Next, "no task is connected")
	assert.Contains(t, f.requests, fmt.Sprintf("/ecs/backend ERROR %d page 0", fakeaws.Noon.Add(-30*time.Minute).UnixMilli()))
}

func TestDiagnose_OnlyAfterAFailureOfTheStack(t *testing.T) {
	stack := diagnosed((&fakeAccount{}).clients())
	assert.Nil(t, stack.Diagnose(t.Context(), check.Report{Results: []check.Result{{Outcome: check.OK}}}))
	denied := check.Report{Results: []check.Result{{Outcome: check.FailedNow, Err: &check.Failure{Err: check.ErrAccess}}}}
	assert.Nil(t, stack.Diagnose(t.Context(), denied))
	assert.Empty(t, diagnosed(Clients{}).Diagnose(t.Context(), failed()), "no source, no finding")
}

func TestDiagnose_NothingWrongHasNoNext(t *testing.T) {
	fine := &fakeAccount{targets: []elbtypes.TargetHealthDescription{target(targetState{state: "healthy"})}, counts: [2][]float64{{1}, {1}}}
	for _, finding := range diagnosed(fine.clients()).Diagnose(t.Context(), failed()) {
		assert.NotEmpty(t, finding.Lines, finding.Topic)
		assert.Empty(t, finding.Next, finding.Topic)
	}
	empty := diagnosed(Clients{Balancers: &fakeAccount{}}).Diagnose(t.Context(), failed())
	assert.Contains(t, empty[0].Next, "no task is registered")
	silent := diagnosed(Clients{Metrics: &fakeAccount{}}).Diagnose(t.Context(), failed())
	assert.Contains(t, silent[0].Lines, "cache main-001: no count reported since 2025-10-07T11:30:00Z")
	assert.Contains(t, silent[0].Next, "a store that reports nothing may be down")
}

func TestDiagnose_ABrokenSourceCostsItsOwnFindingOnly(t *testing.T) {
	clients := (&fakeAccount{}).clients()
	clients.Scaling = &fakeAccount{err: errors.New("throttled")}
	clients.Metrics = nil
	clients.Balancers = panicking{}
	got := diagnosed(clients).Diagnose(t.Context(), failed())
	require.Len(t, got, 4)
	assert.Equal(t, []string{"could not be read: panic: boom"}, got[0].Lines)
	assert.Equal(t, []string{"no task stopped by itself in the last hour"}, got[1].Lines)
	assert.Equal(t, []string{"could not be read: AWS: throttled"}, got[3].Lines)
}

type panicking struct{}

func (panicking) DescribeTargetHealth(context.Context, *elasticloadbalancingv2.DescribeTargetHealthInput, ...func(*elasticloadbalancingv2.Options)) (*elasticloadbalancingv2.DescribeTargetHealthOutput, error) {
	panic("boom")
}

func TestDiagnose_TakesTenSecondsAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		clients := (&fakeAccount{hang: true}).clients()
		clients.Logs = &fakeAccount{}
		got := diagnosed(clients).Diagnose(t.Context(), failed())
		assert.Equal(t, 10*time.Second, time.Since(began))
		require.Len(t, got, 5)
		assert.Equal(t, []string{"could not be read: no answer in 10s"}, got[0].Lines)
		assert.Equal(t, []string{"no error in /ecs/backend since 2025-10-07T11:30:00Z"}, got[2].Lines, "what has answered is kept")
		time.Sleep(2 * time.Hour) // lets those left behind end
	})
}

func TestDiagnose_ReadsTheAccount(t *testing.T) {
	f := &fakeAccount{
		targets: []elbtypes.TargetHealthDescription{{
			Target: &elbtypes.TargetDescription{Id: aws.String("10.0.1.8"), Port: aws.Int32(3001)},
			TargetHealth: &elbtypes.TargetHealth{
				State: elbtypes.TargetHealthStateEnumUnhealthy, Reason: elbtypes.TargetHealthReasonEnumTimeout, Description: aws.String("Request timed out"),
			},
		}, {}},
		scaling: []scalingtypes.ScalingActivity{{
			StartTime: &fakeaws.Noon, StatusCode: scalingtypes.ScalingActivityStatusCodeSuccessful, Description: aws.String("to 4"), Cause: aws.String("cpu"), StatusMessage: aws.String("done"),
		}},
		counts: [2][]float64{{3, 9}},
		wrote:  []string{"bye"},
	}
	s := Stack{Outputs: outputs.Outputs{ClusterName: "c", DatabaseIdentifier: "db", CacheID: "cache"}, Clients: f.clients()}
	states, err := s.targetHealth(t.Context(), "arn:tg")
	require.NoError(t, err)
	assert.Equal(t, []targetState{{"10.0.1.8:3001", "unhealthy", "Target.Timeout", "Request timed out"}, {}}, states)
	activities, _, err := s.scaling(t.Context(), outputs.Service{ServiceName: "s"})
	require.NoError(t, err)
	assert.Equal(t, []string{"2025-10-07T12:00:00Z Successful: to 4; cpu; done"}, activities)
	counts, _, err := s.connections(t.Context(), fakeaws.Noon)
	require.NoError(t, err)
	assert.Equal(t, []string{
		"database db: 3 at 2025-10-07T12:00:00Z, at most 9 in 30 minutes", "cache cache-001: no count reported since 2025-10-07T12:00:00Z",
	}, counts)
	lines, err := s.logEnd(t.Context(), logStream{"g", "n"})
	require.NoError(t, err)
	assert.Equal(t, []string{"bye"}, lines)
	assert.Equal(t, []string{
		"arn:tg", "service/c/s ecs 3", "AWS/RDS DatabaseConnections DBInstanceIdentifier=db", "AWS/ElastiCache CurrConnections CacheClusterId=cache-001", "g n 5 false",
	}, f.requests)
}

func TestDiagnose_LastErrorsAreTheLast(t *testing.T) {
	f := &fakeAccount{pages: [][]string{{"1", "2", "3"}, {}, {"4", "5", "6"}}}
	stack := diagnosed(f.clients())
	lines, _, err := stack.errors(t.Context(), outputs.Service{LogGroup: "g"}, fakeaws.Noon)
	require.NoError(t, err)
	at := "2025-10-07T12:00:00Z "
	assert.Equal(t, []string{at + "2", at + "3", at + "4", at + "5", at + "6"}, lines)
	assert.Len(t, f.requests, 3)
	f.noLog = true
	_, _, err = stack.errors(t.Context(), outputs.Service{LogGroup: "g"}, fakeaws.Noon)
	assert.EqualError(t, err, "it does not exist: nothing was ever written")
}

func TestDescribeStops_TellsWhereTheyWrote(t *testing.T) {
	f := fakeaws.Healthy()
	f.Definition.ContainerDefinitions[0].LogConfiguration = &types.LogConfiguration{Options: map[string]string{
		"awslogs-group": "/ecs/flowcomply-backend", "awslogs-stream-prefix": "ecs",
	}}
	gone := fakeaws.Task("a9", fakeaws.Requested, fakeaws.Digest)
	gone.StopCode, gone.StoppedReason, gone.StoppedAt = types.TaskStopCodeEssentialContainerExited, aws.String("Essential container in task exited"), &fakeaws.Noon
	gone.Containers[0].ExitCode = aws.Int32(1)
	got := wanted(Clients{ECS: f}).describeStops(t.Context(), []types.Task{gone}, fakeaws.Wanted)
	assert.Equal(t, []stoppedTask{{
		id: "a9", definition: "flowcomply-backend:42", at: fakeaws.Noon,
		reason:  "EssentialContainerExited: Essential container in task exited; backend exited with code 1",
		streams: []logStream{{"/ecs/flowcomply-backend", "ecs/backend/a9"}},
	}}, got)
}

func TestCure_TheParticularBeforeTheGeneral(t *testing.T) {
	for reason, want := range map[string]string{
		"TaskFailedToStart: CannotPullContainerError: not found":                             "digest is still in the registry",
		"EssentialContainerExited: Essential container in task exited; exec format error":    "another processor",
		"EssentialContainerExited: OutOfMemoryError: Container killed due to memory usage":   "more memory",
		"TaskFailedToStart: ResourceInitializationError: unable to pull secrets":             "execution role",
		"ServiceSchedulerInitiated: Task failed ELB health checks in (target-group arn:x)":   "does not become healthy",
		"EssentialContainerExited: Essential container in task exited; x exited with code 1": "ended by itself",
	} {
		assert.Contains(t, Hint(reason), want, reason)
	}
	assert.Empty(t, Hint("UserInitiated: stopped by hand"))
}
