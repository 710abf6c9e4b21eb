package awschecks

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/internal/fakeaws"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// fakeSources answers for every service alike.
type fakeSources struct {
	targets  []TargetState
	stopped  []StoppedTask
	errors   []LogLine
	lines    map[string][]LogLine // by stream
	scaling  []ScalingActivity
	counts   []ConnectionCount
	err      error
	hang     bool
	requests []string // since, of errors
}

func (f *fakeSources) wait(ctx context.Context) error {
	if f.hang {
		<-ctx.Done()
		time.Sleep(time.Hour) // deaf to its context; on synctest's clock
	}
	return f.err
}

func (f *fakeSources) TargetHealth(ctx context.Context, _ string) ([]TargetState, error) {
	return f.targets, f.wait(ctx)
}

func (f *fakeSources) StoppedTasks(ctx context.Context, _ string, _ outputs.Service) ([]StoppedTask, error) {
	return f.stopped, f.wait(ctx)
}

func (f *fakeSources) LastErrors(ctx context.Context, group, pattern string, since time.Time, _ int) ([]LogLine, error) {
	f.requests = append(f.requests, group+" "+pattern+" "+text.Clock(&since))
	return f.errors, f.wait(ctx)
}

func (f *fakeSources) LastLines(ctx context.Context, stream LogStream, _ int) ([]LogLine, error) {
	return f.lines[stream.Name], f.wait(ctx)
}

func (f *fakeSources) ScalingActivities(ctx context.Context, _, _ string, _ int) ([]ScalingActivity, error) {
	return f.scaling, f.wait(ctx)
}

func (f *fakeSources) Connections(ctx context.Context, _, _ string, _ time.Time) ([]ConnectionCount, error) {
	return f.counts, f.wait(ctx)
}

func (f *fakeSources) all(hide *check.Redactor) Sources {
	return Sources{Targets: f, Stopped: f, Logs: f, Scaling: f, Connections: f, Hide: hide}
}

var oneService = outputs.Outputs{
	ClusterArn: fakeaws.Cluster, ClusterName: "flowcomply-production", ErrorPattern: "ERROR",
	Services: map[string]outputs.Service{"backend": {ServiceName: "backend-service", LogGroup: "/ecs/backend", TargetGroupArn: "arn:tg"}},
}

func failed() check.Report {
	return check.Report{Started: fakeaws.Noon, Results: []check.Result{{Group: "health", Name: "api", Outcome: check.FailedNow, Err: errors.New("503")}}}
}

func TestDiagnose_ShowsWhatTheRunbookAsksFor(t *testing.T) {
	hide := &check.Redactor{}
	hide.Hide("hunter22-canary")
	f := &fakeSources{
		targets: []TargetState{{Target: "10.0.1.7:3001", State: "healthy"}, {"10.0.1.8:3001", "unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]"}},
		stopped: []StoppedTask{
			{ID: "t0", Reason: "ServiceSchedulerInitiated: Scaling activity initiated by (deployment ecs-svc/1)", Stopped: fakeaws.Noon},
			{
				ID: "t1", Definition: "backend:42", Reason: "EssentialContainerExited: Essential container in task exited; backend exited with code 1",
				Stopped: fakeaws.Noon, Streams: []LogStream{{"/ecs/backend", "ecs/backend/t1"}},
			},
		},
		lines:   map[string][]LogLine{"ecs/backend/t1": {{fakeaws.Noon, "cannot connect to postgresql://app:pa55word@db:5432\n"}}},
		errors:  []LogLine{{fakeaws.Noon, `{"level":"error","msg":"login of hunter22-canary failed"}`}},
		scaling: []ScalingActivity{{fakeaws.Noon, "Failed", "Setting desired count to 4.", "alarm cpu", "limit reached"}},
		counts:  []ConnectionCount{{"database main", 0, 12, fakeaws.Noon}, {"cache main-001", 3, 4, fakeaws.Noon}, {Store: "other"}},
	}
	got := Diagnose(t.Context(), failed(), oneService, f.all(hide))
	assert.Equal(t, []check.Finding{
		{Topic: "target health", About: "backend", Lines: []string{
			"1 of 2 targets healthy",
			"10.0.1.8:3001 is unhealthy: Target.ResponseCodeMismatch, Health checks failed with these codes: [503]",
		}, Next: TargetHint("Target.ResponseCodeMismatch")},
		{Topic: "stopped tasks", About: "backend", Lines: []string{
			"1 task ended by a deployment or by scaling",
			"1 task stopped in the last hour",
			"2025-10-07T12:00:00Z t1 of backend:42: EssentialContainerExited: Essential container in task exited; backend exited with code 1",
			"  log: cannot connect to postgresql://app:[redacted]@db:5432",
		}, Next: Hint("essential")},
		{Topic: "last errors", About: "backend", Lines: []string{`2025-10-07T12:00:00Z {"level":"error","msg":"login of [redacted] failed"}`}, Next: "read what came before: aws logs tail /ecs/backend --since 30m"},
		{Topic: "scaling", About: "backend", Lines: []string{"2025-10-07T12:00:00Z Failed: Setting desired count to 4.; alarm cpu; limit reached"}, Next: got[3].Next},
		{Topic: "connections", About: "database and cache", Lines: []string{
			"database main: no connection at 2025-10-07T12:00:00Z, at most 12 in 30 minutes",
			"cache main-001: 3 at 2025-10-07T12:00:00Z, at most 4 in 30 minutes",
			"other: no count reported since 2025-10-07T11:30:00Z",
		}, Next: got[4].Next},
	}, got)
	assert.Contains(t, got[3].Next, "auto-scaling cannot change the service")
	assert.Contains(t, got[4].Next, "no task is connected")
	assert.Equal(t, []string{"/ecs/backend ERROR 2025-10-07T11:30:00Z"}, f.requests)
}

func TestDiagnose_OnlyAfterAFailureOfTheStack(t *testing.T) {
	sources := (&fakeSources{}).all(nil)
	assert.Nil(t, Diagnose(t.Context(), check.Report{Results: []check.Result{{Outcome: check.OK}}}, oneService, sources))
	denied := check.Report{Results: []check.Result{{Outcome: check.FailedNow, Err: &check.Failure{Err: check.ErrAccess}}}}
	assert.Nil(t, Diagnose(t.Context(), denied, oneService, sources))
	assert.Empty(t, Diagnose(t.Context(), failed(), oneService, Sources{}), "no source, no finding")
}

func TestDiagnose_NothingWrongHasNoNext(t *testing.T) {
	for _, finding := range Diagnose(t.Context(), failed(), oneService, (&fakeSources{targets: []TargetState{{State: "healthy"}}}).all(nil)) {
		assert.NotEmpty(t, finding.Lines, finding.Topic)
		assert.Empty(t, finding.Next, finding.Topic)
	}
	empty := Diagnose(t.Context(), failed(), oneService, Sources{Targets: &fakeSources{}})
	assert.Contains(t, empty[0].Next, "no task is registered")
}

func TestDiagnose_ABrokenSourceCostsItsOwnFindingOnly(t *testing.T) {
	sources := (&fakeSources{}).all(nil)
	sources.Scaling = &fakeSources{err: errors.New("throttled")}
	sources.Connections = nil
	sources.Targets = panicking{}
	got := Diagnose(t.Context(), failed(), oneService, sources)
	require.Len(t, got, 4)
	assert.Equal(t, []string{"could not be read: panic: boom"}, got[0].Lines)
	assert.Equal(t, []string{"no task stopped by itself in the last hour"}, got[1].Lines)
	assert.Equal(t, []string{"could not be read: throttled"}, got[3].Lines)
}

type panicking struct{}

func (panicking) TargetHealth(context.Context, string) ([]TargetState, error) { panic("boom") }

func TestDiagnose_TakesTenSecondsAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		sources := (&fakeSources{hang: true}).all(nil)
		sources.Logs = &fakeSources{}
		got := Diagnose(t.Context(), failed(), oneService, sources)
		assert.Equal(t, 10*time.Second, time.Since(began))
		require.Len(t, got, 5)
		assert.Equal(t, []string{"could not be read: no answer in 10s"}, got[0].Lines)
		assert.Equal(t, []string{"no error in /ecs/backend since 2025-10-07T11:30:00Z"}, got[2].Lines, "what has answered is kept")
		time.Sleep(2 * time.Hour) // lets those left behind end
	})
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
