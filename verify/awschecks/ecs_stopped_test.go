package awschecks

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
	"github.com/flowcomply/infrastructure/verify/internal/fakeaws"
)

// These tests prove what is told of tasks that stopped, by the same hand-written ECS.

func TestIdentity_ShowsWhatECSNoted(t *testing.T) {
	f := fakeaws.Healthy()
	f.Service.Deployments[0].RolloutState = types.DeploymentRolloutStateFailed
	f.Service.Deployments[0].RolloutStateReason = aws.String("tasks failed to start.")
	for i := range 7 {
		f.Service.Events = append(f.Service.Events, types.ServiceEvent{
			CreatedAt: aws.Time(fakeaws.Noon.Add(time.Duration(i) * time.Minute)), Message: aws.String(fmt.Sprintf("event %d", i)),
		})
	}
	for i := range 3 {
		f.Stopped = append(f.Stopped, taskThatStopped(fmt.Sprintf("s%d", i), fakeaws.Requested, i))
	}
	f.Stopped = append(f.Stopped, taskThatStopped("s9", fakeaws.Previous, 9))
	f.Stopped[2].Containers[0].Reason, f.Stopped[2].Containers[0].ExitCode = nil, aws.Int32(137)

	assert.Equal(t, []string{
		"deployment flowcomply-backend:42 PRIMARY FAILED: 2 desired, 2 running, 0 failed; tasks failed to start.",
		"event 2025-10-07T12:06:00Z event 6",
		"event 2025-10-07T12:05:00Z event 5",
		"event 2025-10-07T12:04:00Z event 4",
		"event 2025-10-07T12:03:00Z event 3",
		"event 2025-10-07T12:02:00Z event 2",
		"stopped 2 tasks, last 2025-10-07T12:01:00Z: TaskFailedToStart: it stopped; backend: CannotPullContainerError: not found",
		"stopped 1 task, last 2025-10-07T12:02:00Z: TaskFailedToStart: it stopped; backend exited with code 137",
	}, runIdentity(t, f).Details)

	f.Errs["ListTasks STOPPED"] = &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "no"}
	got := runIdentity(t, f)
	assert.Equal(t, check.FailedNow, got.Outcome)
	assert.Contains(t, got.Cause, "FAILED", "digging that fails hides nothing")
	assert.Contains(t, got.Details[len(got.Details)-1], "stopped tasks could not be read")
}

func TestIdentity_SaysWhatTheTasksDiedOf(t *testing.T) {
	for name, tc := range map[string]struct {
		reason  string
		said    []string
		outcome check.Outcome
		says    []string
		next    string
	}{
		"missing image": {"CannotPullContainerError: pull image manifest has been retried 5 time(s): " + fakeaws.Repo + "@" + fakeaws.Digest + ": not found", nil, check.FailedNow,
			[]string{"the image is missing in the registry: TaskFailedToStart"}, "is still in the registry"},
		"registry out of reach": {"CannotPullContainerError: dial tcp: i/o timeout", nil, check.TimedOut, []string{"the image cannot be pulled"}, "subnets reach it"},
		"another processor, in the log": {"", []string{"one", "exec /server: exec format error"}, check.FailedNow,
			[]string{"the image is built for another processor than the task's", "  log: exec /server: exec format error"}, "linux/amd64"},
		"another processor, in the manifest": {"CannotPullContainerError: no match for platform in manifest: not found", nil, check.FailedNow, []string{"another processor"}, "linux/amd64"},
		"secret":                             {"ResourceInitializationError: unable to pull secrets: AccessDeniedException", nil, check.TimedOut, []string{"as when a secret is unreadable"}, "execution role"},
		"memory":                             {"OutOfMemoryError: Container killed due to memory usage", nil, check.TimedOut, []string{"more memory than it has"}, "more memory"},
		"its end":                            {"Essential container in task exited", []string{"connect " + "postgres://app:" + "hunter22" + "@db/x failed"}, check.TimedOut, []string{"ends by itself", "postgres://app:[redacted]@db/x"}, "read its last lines"},
		"something":                          {"Task stopped by a user", nil, check.TimedOut, []string{"3 tasks in a row failed"}, "follow the events"},
	} {
		t.Run(name, func(t *testing.T) {
			f := fakeaws.Healthy()
			f.Said = tc.said
			f.Service.Deployments[0].RolloutState, f.Service.Deployments[0].FailedTasks = types.DeploymentRolloutStateInProgress, 3
			f.Service.Deployments[0].CreatedAt = aws.Time(fakeaws.Noon)
			old := taskThatStopped("s0", fakeaws.Requested, -1) // of an earlier deployment of the same revision
			old.Containers[0].Reason = aws.String("CannotPullContainerError: not found")
			now := taskThatStopped("s1", fakeaws.Requested, 1)
			now.Containers[0].Reason, now.Containers[0].ExitCode = &tc.reason, aws.Int32(1)
			f.Stopped = []types.Task{old, now}
			got := runIdentity(t, f)
			checktest.Expect(t, got, tc.outcome, tc.says...)
			assert.Contains(t, got.Next, tc.next)
			assert.NotContains(t, fmt.Sprint(got), "hunter22")
		})
	}
}

func taskThatStopped(id, arn string, minute int) types.Task {
	t := fakeaws.Task(id, arn, "")
	t.LastStatus = aws.String("STOPPED")
	t.StopCode = types.TaskStopCodeTaskFailedToStart
	t.StoppedReason = aws.String("it stopped")
	t.StoppedAt = aws.Time(fakeaws.Noon.Add(time.Duration(minute) * time.Minute))
	t.Containers[0].Reason = aws.String("CannotPullContainerError: not found")
	return t
}

// fakeLog is the last lines of every stream.
type fakeLog []string

func (f fakeLog) FilterLogEvents(context.Context, *cloudwatchlogs.FilterLogEventsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.FilterLogEventsOutput, error) {
	panic("identity does not look for errors")
}

func (f fakeLog) GetLogEvents(_ context.Context, in *cloudwatchlogs.GetLogEventsInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.GetLogEventsOutput, error) {
	if *in.LogGroupName != fakeaws.Wanted.LogGroup || len(*in.LogStreamName) < len("backend/backend/") {
		panic("asked for another log: " + *in.LogGroupName + " " + *in.LogStreamName)
	}
	out := &cloudwatchlogs.GetLogEventsOutput{}
	for _, line := range f[max(0, len(f)-int(*in.Limit)):] {
		out.Events = append(out.Events, logstypes.OutputLogEvent{Timestamp: aws.Int64(fakeaws.Noon.UnixMilli()), Message: &line})
	}
	return out, nil
}
