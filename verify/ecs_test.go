package verify

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A hand-written ECS stands in for the real one, so these tests prove how its
// answers are judged, not that ECS gives such answers in such a case.

// lookEvery does not divide the deadline: which of two moments comes first must
// not matter.
const lookEvery = 4 * time.Second

// judge runs the identity check alone, on synctest's clock.
func judge(t *testing.T, f *fakeECS) (result Result) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		check := Identity("backend", cluster, wanted, f, f, fakeLog(f.said), nil, lookEvery)
		report := Run(t.Context(), []Check{check}, Options{})
		require.Len(t, report.Results, 1)
		result = report.Results[0]
	})
	return result
}

func TestIdentity_PassesOnWhatWasAskedFor(t *testing.T) {
	f := healthy()
	got := judge(t, f)
	assert.Equal(t, OK, got.Outcome, got.Cause)
	assert.Equal(t, "flowcomply-backend:42: 2 tasks on sha256:bbbbbbbbbbbb", got.Seen)
	assert.Equal(t, map[string]int{
		"DescribeServices": 1, "DescribeTaskDefinition": 1, "ListTasks RUNNING": 1, "DescribeTasks": 1,
	}, f.calls, "one look, and no digging where nothing is wrong")
}

func TestIdentity_FailsNow(t *testing.T) {
	for name, tc := range map[string]struct {
		edit  func(*fakeECS)
		cause string
	}{
		"rolled back, by the reason": {func(f *fakeECS) {
			d := deployment("PRIMARY", previous, types.DeploymentRolloutStateCompleted)
			d.RolloutStateReason = aws.String("ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.")
			f.service.Deployments = []types.Deployment{d}
		}, "ECS rolled flowcomply-backend:42 back: the service runs flowcomply-backend:41 again"},
		"rolled back, by the failed deployment": {func(f *fakeECS) {
			f.service.Deployments = []types.Deployment{
				deployment("PRIMARY", previous, types.DeploymentRolloutStateCompleted),
				deployment("INACTIVE", requested, types.DeploymentRolloutStateFailed),
			}
		}, "ECS rolled flowcomply-backend:42 back"},
		"replaced": {func(f *fakeECS) {
			f.service.Deployments[0].TaskDefinition = aws.String(definition + "43")
		}, "the service runs flowcomply-backend:43, not the requested flowcomply-backend:42"},
		"first deployment failed": {func(f *fakeECS) {
			f.service.Deployments[0].RolloutState = types.DeploymentRolloutStateFailed
			f.service.Deployments[0].RolloutStateReason = aws.String("tasks failed to start.")
		}, "the deployment of flowcomply-backend:42 FAILED: tasks failed to start."},
		"scaled to zero": {func(f *fakeECS) {
			f.service.DesiredCount, f.service.RunningCount, f.running = 0, 0, nil
		}, "the service is scaled to zero"},
		"deleted":         {func(f *fakeECS) { f.service.Status = aws.String("INACTIVE") }, "the service is INACTIVE"},
		"missing":         {func(f *fakeECS) { f.service = nil }, "service backend-service does not exist"},
		"cluster missing": {func(f *fakeECS) { f.errs["DescribeServices"] = &types.ClusterNotFoundException{} }, "does not exist"},
		"image by tag": {func(f *fakeECS) {
			f.definition.ContainerDefinitions[0].Image = aws.String(repo + ":v1.0.0")
		}, "flowcomply-backend:42: backend has " + repo + ":v1.0.0 instead of " + repo + "@" + digest},
		"another digest in the definition": {func(f *fakeECS) {
			f.definition.ContainerDefinitions[0].Image = aws.String(repo + "@" + other)
		}, "instead of"},
		"another image of the repository beside it": {func(f *fakeECS) {
			f.definition.ContainerDefinitions = append(f.definition.ContainerDefinitions,
				types.ContainerDefinition{Name: aws.String("old"), Image: aws.String(repo + ":latest")})
		}, "old has " + repo + ":latest"},
		"only other images": {func(f *fakeECS) {
			f.definition.ContainerDefinitions[0].Image = aws.String("proxy@" + digest)
			f.definition.ContainerDefinitions = append(f.definition.ContainerDefinitions, types.ContainerDefinition{Image: aws.String("logs")})
		}, "no container has " + repo},
		"another digest in a task": {func(f *fakeECS) {
			f.running[1] = task("a2", requested, other)
		}, "task a2 runs backend on sha256:000000000000, not on sha256:bbbbbbbbbbbb"},
		"no permission": {func(f *fakeECS) {
			f.errs["DescribeServices"] = &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "not authorized"}
		}, "AccessDeniedException"},
	} {
		t.Run(name, func(t *testing.T) {
			f := healthy()
			tc.edit(f)
			got := judge(t, f)
			assert.Equal(t, FailedNow, got.Outcome)
			assert.Contains(t, got.Cause, tc.cause)
			assert.NotEmpty(t, got.Next)
			assert.Zero(t, got.Took, "nothing is gained by waiting")
		})
	}
}

func TestIdentity_TimesOutWithTheLastThingSeen(t *testing.T) {
	for name, tc := range map[string]struct {
		edit  func(*fakeECS)
		cause string
	}{
		"in progress": {func(f *fakeECS) {
			f.service.Deployments[0].RolloutState = types.DeploymentRolloutStateInProgress
		}, "the deployment of flowcomply-backend:42 is IN_PROGRESS"},
		"state unknown": {func(f *fakeECS) { f.service.Deployments[0].RolloutState = "" }, "is unknown"},
		"old tasks still drain": {func(f *fakeECS) {
			f.service.Deployments = append(f.service.Deployments, deployment("ACTIVE", previous, types.DeploymentRolloutStateCompleted))
		}, "another deployment is still ACTIVE: flowcomply-backend:41 with 2 running tasks"},
		"tasks fail": {func(f *fakeECS) { f.service.Deployments[0].FailedTasks = 3 }, "3 tasks in a row failed"},
		"too few tasks": {func(f *fakeECS) {
			f.service.RunningCount, f.service.PendingCount = 1, 1
		}, "1 of at least 2 tasks running (2 desired, 1 pending)"},
		"desired is below the minimum": {func(f *fakeECS) {
			f.service.DesiredCount, f.service.RunningCount = 1, 1
		}, "1 of at least 2 tasks running (1 desired, 0 pending)"},
		"no primary":                        {func(f *fakeECS) { f.service.Deployments = nil }, "no deployment is PRIMARY"},
		"counted but not there":             {func(f *fakeECS) { f.running = nil }, "0 of at least 2 running tasks seen"},
		"a task of the previous definition": {func(f *fakeECS) { f.running = append(f.running, task("a3", previous, other)) }, "task a3 runs flowcomply-backend:41"},
		"tasks of something else": {func(f *fakeECS) {
			for i := range f.running {
				f.running[i].Group = aws.String("family:flowcomply-migrate")
			}
		}, "0 of at least 2 running tasks seen"},
		"tasks that only start": {func(f *fakeECS) { f.running[0].LastStatus = aws.String("PENDING") }, "1 of at least 2 running tasks seen"},
		"digest unknown":        {func(f *fakeECS) { f.running[0] = task("a1", requested, "") }, "task a1 does not tell the digest of backend yet"},
		"container gone":        {func(f *fakeECS) { f.running[0].Containers = nil }, "task a1 has no container backend"},
		"throttled": {func(f *fakeECS) {
			f.errs["ListTasks RUNNING"] = &smithy.GenericAPIError{Code: "ThrottlingException", Message: "Rate exceeded"}
		}, "ThrottlingException: Rate exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			f := healthy()
			tc.edit(f)
			got := judge(t, f)
			assert.Equal(t, TimedOut, got.Outcome)
			assert.Contains(t, got.Cause, "context deadline exceeded; last failure: ")
			assert.Contains(t, got.Cause, tc.cause)
			assert.Equal(t, DefaultTimeout, got.Took)
			assert.Equal(t, 8, f.calls["DescribeServices"], "at 0, 4, … 28 of 30 seconds")
		})
	}
}

func TestIdentity_WaitsForADeploymentToSettle(t *testing.T) {
	f := healthy()
	f.service.Deployments[0].RolloutState = types.DeploymentRolloutStateInProgress
	f.look = func(f *fakeECS) {
		if f.calls["DescribeServices"] == 3 {
			f.service.Deployments[0].RolloutState = types.DeploymentRolloutStateCompleted
		}
	}
	got := judge(t, f)
	assert.Equal(t, OK, got.Outcome, got.Cause)
	assert.Equal(t, 3*lookEvery, got.Took)
	assert.Equal(t, 1, f.calls["DescribeTaskDefinition"], "a revision never changes")
}

func TestIdentity_StopsWhenADeploymentIsRolledBackMeanwhile(t *testing.T) {
	f := healthy()
	f.service.Deployments[0].RolloutState = types.DeploymentRolloutStateInProgress
	f.look = func(f *fakeECS) {
		if f.calls["DescribeServices"] == 2 {
			f.service.Deployments[0].TaskDefinition = aws.String(previous)
		}
	}
	got := judge(t, f)
	assert.Equal(t, FailedNow, got.Outcome)
	assert.Equal(t, 2*lookEvery, got.Took)
}

func TestIdentity_ReadsEveryPageOfTasks(t *testing.T) {
	f := healthy()
	f.pageSize = 60
	f.running = nil
	for i := range 250 {
		f.running = append(f.running, task(fmt.Sprintf("t%03d", i), requested, digest))
	}
	got := judge(t, f)
	assert.Equal(t, OK, got.Outcome, got.Cause)
	assert.Contains(t, got.Seen, "250 tasks")
	assert.Equal(t, 3, f.calls["DescribeTasks"])

	f.running[249] = task("last", previous, other)
	assert.Contains(t, judge(t, f).Cause, "task last runs flowcomply-backend:41")
}

func TestIdentity_ShowsWhatECSNoted(t *testing.T) {
	f := healthy()
	f.service.Deployments[0].RolloutState = types.DeploymentRolloutStateFailed
	f.service.Deployments[0].RolloutStateReason = aws.String("tasks failed to start.")
	for i := range 7 {
		f.service.Events = append(f.service.Events, types.ServiceEvent{
			CreatedAt: aws.Time(noon.Add(time.Duration(i) * time.Minute)), Message: aws.String(fmt.Sprintf("event %d", i)),
		})
	}
	for i := range 3 {
		f.stopped = append(f.stopped, stoppedTask(fmt.Sprintf("s%d", i), requested, i))
	}
	f.stopped = append(f.stopped, stoppedTask("s9", previous, 9))
	f.stopped[2].Containers[0].Reason, f.stopped[2].Containers[0].ExitCode = nil, aws.Int32(137)

	assert.Equal(t, []string{
		"deployment flowcomply-backend:42 PRIMARY FAILED: 2 desired, 2 running, 0 failed; tasks failed to start.",
		"event 2025-10-07T12:06:00Z event 6",
		"event 2025-10-07T12:05:00Z event 5",
		"event 2025-10-07T12:04:00Z event 4",
		"event 2025-10-07T12:03:00Z event 3",
		"event 2025-10-07T12:02:00Z event 2",
		"stopped 2 tasks, last 2025-10-07T12:01:00Z: TaskFailedToStart: it stopped; backend: CannotPullContainerError: not found",
		"stopped 1 task, last 2025-10-07T12:02:00Z: TaskFailedToStart: it stopped; backend exited with code 137",
	}, judge(t, f).Details)

	f.errs["ListTasks STOPPED"] = &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "no"}
	got := judge(t, f)
	assert.Equal(t, FailedNow, got.Outcome)
	assert.Contains(t, got.Cause, "FAILED", "digging that fails hides nothing")
	assert.Contains(t, got.Details[len(got.Details)-1], "stopped tasks could not be read")
}

func TestIdentity_SaysWhatTheTasksDiedOf(t *testing.T) {
	for name, tc := range map[string]struct {
		reason  string
		said    []string
		outcome Outcome
		says    []string
		next    string
	}{
		"missing image": {"CannotPullContainerError: pull image manifest has been retried 5 time(s): " + repo + "@" + digest + ": not found", nil, FailedNow,
			[]string{"the image is missing in the registry: TaskFailedToStart"}, "is still in the registry"},
		"registry out of reach": {"CannotPullContainerError: dial tcp: i/o timeout", nil, TimedOut, []string{"the image cannot be pulled"}, "subnets reach it"},
		"another processor, in the log": {"", []string{"one", "exec /server: exec format error"}, FailedNow,
			[]string{"the image is built for another processor than the task's", "  log: exec /server: exec format error"}, "linux/amd64"},
		"another processor, in the manifest": {"CannotPullContainerError: no match for platform in manifest: not found", nil, FailedNow, []string{"another processor"}, "linux/amd64"},
		"secret":                             {"ResourceInitializationError: unable to pull secrets: AccessDeniedException", nil, TimedOut, []string{"as when a secret is unreadable"}, "execution role"},
		"memory":                             {"OutOfMemoryError: Container killed due to memory usage", nil, TimedOut, []string{"more memory than it has"}, "more memory"},
		"its end":                            {"Essential container in task exited", []string{"connect " + "postgres://app:" + "hunter22" + "@db/x failed"}, TimedOut, []string{"ends by itself", "postgres://app:[redacted]@db/x"}, "read its last lines"},
		"something":                          {"Task stopped by a user", nil, TimedOut, []string{"3 tasks in a row failed"}, "follow the events"},
	} {
		t.Run(name, func(t *testing.T) {
			f := healthy()
			f.said = tc.said
			f.service.Deployments[0].RolloutState, f.service.Deployments[0].FailedTasks = types.DeploymentRolloutStateInProgress, 3
			f.service.Deployments[0].CreatedAt = aws.Time(noon)
			old := stoppedTask("s0", requested, -1) // of an earlier deployment of the same revision
			old.Containers[0].Reason = aws.String("CannotPullContainerError: not found")
			now := stoppedTask("s1", requested, 1)
			now.Containers[0].Reason, now.Containers[0].ExitCode = &tc.reason, aws.Int32(1)
			f.stopped = []types.Task{old, now}
			got := judge(t, f)
			expect(t, got, tc.outcome, tc.says...)
			assert.Contains(t, got.Next, tc.next)
			assert.NotContains(t, fmt.Sprint(got), "hunter22")
		})
	}
}

func TestIdentity_TellsAllThatIsWrong(t *testing.T) {
	f := healthy()
	f.service.DesiredCount = 0
	f.service.Deployments[0].TaskDefinition = aws.String(previous)
	f.errs["DescribeTaskDefinition"] = &smithy.GenericAPIError{Code: "ClientException", Message: "gone"}
	got := judge(t, f)
	assert.Equal(t, FailedNow, got.Outcome)
	for _, want := range []string{"scaled to zero", "runs flowcomply-backend:41", "could not be read"} {
		assert.Contains(t, got.Cause, want)
	}
}

func TestRepository(t *testing.T) {
	for image, want := range map[string]string{
		"nginx": "nginx", "nginx:1": "nginx", "host:5000/app": "host:5000/app", "host:5000/app:v1": "host:5000/app",
		repo + "@" + digest: repo, repo + ":v1@" + digest: repo,
	} {
		assert.Equal(t, want, repository(image), image)
	}
}

func stoppedTask(id, arn string, minute int) types.Task {
	t := task(id, arn, "")
	t.LastStatus = aws.String("STOPPED")
	t.StopCode = types.TaskStopCodeTaskFailedToStart
	t.StoppedReason = aws.String("it stopped")
	t.StoppedAt = aws.Time(noon.Add(time.Duration(minute) * time.Minute))
	t.Containers[0].Reason = aws.String("CannotPullContainerError: not found")
	return t
}
