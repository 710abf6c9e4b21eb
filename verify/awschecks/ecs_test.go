package awschecks

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

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
	"github.com/flowcomply/infrastructure/verify/internal/fakeaws"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// A hand-written ECS stands in for the real one, so these tests prove how its
// answers are evaluated, not that ECS gives such answers in such a case.

// lookEvery does not divide the deadline: which of two moments comes first must
// not matter.
const lookEvery = 4 * time.Second

// wanted is a stack of the service that the fakes play.
func wanted(clients Clients) Stack {
	out := outputs.Outputs{
		ClusterArn: fakeaws.Cluster, Region: "ap-southeast-2", AccountID: "123456789012", Services: map[string]outputs.Service{"backend": fakeaws.Wanted},
	}
	return Stack{Outputs: out, Clients: clients, Interval: lookEvery}
}

// runIdentity runs only the identity check, on synctest's clock.
func runIdentity(t *testing.T, f *fakeaws.ECS) (result check.Result) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		report := check.Run(t.Context(), []check.Check{wanted(Clients{ECS: f, Logs: fakeLog(f.Said)}).Identity("backend")}, check.Options{})
		require.Len(t, report.Results, 1)
		result = report.Results[0]
	})
	return result
}

// When a restore has let the services go, autoscaling brings them back a minute later, and Fargate needs another.
func TestIdentity_WaitsInAnUpdateForAServiceThatIsScaledUpAgain(t *testing.T) {
	for name, inUpdate := range map[string]bool{"in an update": true, "by hand": false} {
		t.Run(name, func(t *testing.T) {
			f := fakeaws.Healthy()
			desired, calls := f.Service.DesiredCount, 0
			f.Service.DesiredCount = 0
			f.Look = func(f *fakeaws.ECS) {
				if calls++; calls == 4 {
					f.Service.DesiredCount = desired
				}
			}
			stack := wanted(Clients{ECS: f, Logs: fakeLog(f.Said)})
			stack.InUpdate = inUpdate
			got := checktest.One(t, stack.Identity("backend"))
			if inUpdate {
				checktest.Expect(t, got, check.OK)
				return
			}
			checktest.Expect(t, got, check.FailedNow, "scaled to zero")
		})
	}
}

func TestIdentity_PassesOnWhatWasRequested(t *testing.T) {
	f := fakeaws.Healthy()
	got := runIdentity(t, f)
	assert.Equal(t, check.OK, got.Outcome, got.Cause)
	assert.Equal(t, "flowcomply-backend:42: 2 tasks on sha256:bbbbbbbbbbbb", got.Seen)
	assert.Equal(t, map[string]int{
		"DescribeServices": 1, "DescribeTaskDefinition": 1, "ListTasks RUNNING": 1, "DescribeTasks": 1,
	}, f.Calls, "one look, and no digging where nothing is wrong")
}

func TestIdentity_FailsNow(t *testing.T) {
	for name, tc := range map[string]struct {
		edit  func(*fakeaws.ECS)
		cause string
	}{
		"rolled back, by the reason": {func(f *fakeaws.ECS) {
			d := fakeaws.Deployment("PRIMARY", fakeaws.Previous, types.DeploymentRolloutStateCompleted)
			d.RolloutStateReason = aws.String("ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.")
			f.Service.Deployments = []types.Deployment{d}
		}, "ECS rolled flowcomply-backend:42 back: the service runs flowcomply-backend:41 again"},
		"rolled back, by the failed deployment": {func(f *fakeaws.ECS) {
			f.Service.Deployments = []types.Deployment{
				fakeaws.Deployment("PRIMARY", fakeaws.Previous, types.DeploymentRolloutStateCompleted),
				fakeaws.Deployment("INACTIVE", fakeaws.Requested, types.DeploymentRolloutStateFailed),
			}
		}, "ECS rolled flowcomply-backend:42 back"},
		"replaced": {func(f *fakeaws.ECS) {
			f.Service.Deployments[0].TaskDefinition = aws.String(fakeaws.Definition + "43")
		}, "the service runs flowcomply-backend:43, not the requested flowcomply-backend:42"},
		"first deployment failed": {func(f *fakeaws.ECS) {
			f.Service.Deployments[0].RolloutState = types.DeploymentRolloutStateFailed
			f.Service.Deployments[0].RolloutStateReason = aws.String("tasks failed to start.")
		}, "the deployment of flowcomply-backend:42 FAILED: tasks failed to start."},
		"scaled to zero": {func(f *fakeaws.ECS) {
			f.Service.DesiredCount, f.Service.RunningCount, f.Running = 0, 0, nil
		}, "the service is scaled to zero"},
		"deleted":         {func(f *fakeaws.ECS) { f.Service.Status = aws.String("INACTIVE") }, "the service is INACTIVE"},
		"missing":         {func(f *fakeaws.ECS) { f.Service = nil }, "service backend-service does not exist"},
		"cluster missing": {func(f *fakeaws.ECS) { f.Errs["DescribeServices"] = &types.ClusterNotFoundException{} }, "does not exist"},
		"image by tag": {func(f *fakeaws.ECS) {
			f.Definition.ContainerDefinitions[0].Image = aws.String(fakeaws.Repo + ":v1.0.0")
		}, "flowcomply-backend:42: backend has " + fakeaws.Repo + ":v1.0.0 instead of " + fakeaws.Repo + "@" + fakeaws.Digest},
		"another digest in the definition": {func(f *fakeaws.ECS) {
			f.Definition.ContainerDefinitions[0].Image = aws.String(fakeaws.Repo + "@" + fakeaws.Other)
		}, "instead of"},
		"another image of the repository beside it": {func(f *fakeaws.ECS) {
			f.Definition.ContainerDefinitions = append(f.Definition.ContainerDefinitions,
				types.ContainerDefinition{Name: aws.String("old"), Image: aws.String(fakeaws.Repo + ":latest")})
		}, "old has " + fakeaws.Repo + ":latest"},
		"only other images": {func(f *fakeaws.ECS) {
			f.Definition.ContainerDefinitions[0].Image = aws.String("proxy@" + fakeaws.Digest)
			f.Definition.ContainerDefinitions = append(f.Definition.ContainerDefinitions, types.ContainerDefinition{Image: aws.String("logs")})
		}, "no container has " + fakeaws.Repo},
		"another digest in a task": {func(f *fakeaws.ECS) {
			f.Running[1] = fakeaws.Task("a2", fakeaws.Requested, fakeaws.Other)
		}, "task a2 runs backend on sha256:000000000000, not on sha256:bbbbbbbbbbbb"},
		"no permission": {func(f *fakeaws.ECS) {
			f.Errs["DescribeServices"] = &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "not authorized"}
		}, "AccessDeniedException"},
	} {
		t.Run(name, func(t *testing.T) {
			f := fakeaws.Healthy()
			tc.edit(f)
			got := runIdentity(t, f)
			assert.Equal(t, check.FailedNow, got.Outcome)
			assert.Contains(t, got.Cause, tc.cause)
			assert.NotEmpty(t, got.Next)
			assert.Zero(t, got.Took, "nothing is gained by waiting")
		})
	}
}

func TestIdentity_TimesOutWithTheLastThingSeen(t *testing.T) {
	for name, tc := range map[string]struct {
		edit  func(*fakeaws.ECS)
		cause string
	}{
		"in progress": {func(f *fakeaws.ECS) {
			f.Service.Deployments[0].RolloutState = types.DeploymentRolloutStateInProgress
		}, "the deployment of flowcomply-backend:42 is IN_PROGRESS"},
		"state unknown": {func(f *fakeaws.ECS) { f.Service.Deployments[0].RolloutState = "" }, "is unknown"},
		"old tasks still drain": {func(f *fakeaws.ECS) {
			f.Service.Deployments = append(f.Service.Deployments, fakeaws.Deployment("ACTIVE", fakeaws.Previous, types.DeploymentRolloutStateCompleted))
		}, "another deployment is still ACTIVE: flowcomply-backend:41 with 2 running tasks"},
		"tasks fail": {func(f *fakeaws.ECS) { f.Service.Deployments[0].FailedTasks = 3 }, "3 tasks in a row failed"},
		"too few tasks": {func(f *fakeaws.ECS) {
			f.Service.RunningCount, f.Service.PendingCount = 1, 1
		}, "1 of at least 2 tasks running (2 desired, 1 pending)"},
		"desired is below the minimum": {func(f *fakeaws.ECS) {
			f.Service.DesiredCount, f.Service.RunningCount = 1, 1
		}, "1 of at least 2 tasks running (1 desired, 0 pending)"},
		"no primary":            {func(f *fakeaws.ECS) { f.Service.Deployments = nil }, "no deployment is PRIMARY"},
		"counted but not there": {func(f *fakeaws.ECS) { f.Running = nil }, "0 of at least 2 running tasks seen"},
		"a task of the previous definition": {func(f *fakeaws.ECS) {
			f.Running = append(f.Running, fakeaws.Task("a3", fakeaws.Previous, fakeaws.Other))
		}, "task a3 runs flowcomply-backend:41"},
		"tasks of something else": {func(f *fakeaws.ECS) {
			for i := range f.Running {
				f.Running[i].Group = aws.String("family:flowcomply-migrate")
			}
		}, "0 of at least 2 running tasks seen"},
		"tasks that only start": {func(f *fakeaws.ECS) { f.Running[0].LastStatus = aws.String("PENDING") }, "1 of at least 2 running tasks seen"},
		"digest unknown":        {func(f *fakeaws.ECS) { f.Running[0] = fakeaws.Task("a1", fakeaws.Requested, "") }, "task a1 does not tell the digest of backend yet"},
		"container gone":        {func(f *fakeaws.ECS) { f.Running[0].Containers = nil }, "task a1 has no container backend"},
		"throttled": {func(f *fakeaws.ECS) {
			f.Errs["ListTasks RUNNING"] = &smithy.GenericAPIError{Code: "ThrottlingException", Message: "Rate exceeded"}
		}, "ThrottlingException: Rate exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			f := fakeaws.Healthy()
			tc.edit(f)
			got := runIdentity(t, f)
			assert.Equal(t, check.TimedOut, got.Outcome)
			assert.Contains(t, got.Cause, "context deadline exceeded; last failure: ")
			assert.Contains(t, got.Cause, tc.cause)
			assert.Equal(t, check.DefaultTimeout, got.Took)
			assert.Equal(t, 8, f.Calls["DescribeServices"], "at 0, 4, … 28 of 30 seconds")
		})
	}
}

// ECS's last word counts: what it could not place once and could later is over.
func TestIdentity_TellsWhyECSCannotPlaceATask(t *testing.T) {
	const full = "(service backend-service) was unable to place a task. Reason: You've reached the limit on the number of vCPUs you can run concurrently."
	event := func(minute int, says string) types.ServiceEvent {
		return types.ServiceEvent{CreatedAt: aws.Time(fakeaws.Noon.Add(time.Duration(minute) * time.Minute)), Message: &says}
	}
	for name, tc := range map[string]struct {
		running  int32
		events   []types.ServiceEvent
		unplaced bool
	}{
		"the quota is used up":     {1, []types.ServiceEvent{event(1, full), event(0, "(service backend-service) has started 1 tasks: (task a)."), event(-1, "has reached a steady state.")}, true},
		"in another order":         {1, []types.ServiceEvent{event(0, "(service backend-service) has started 1 tasks: (task a)."), event(1, full)}, true},
		"with others after it":     {1, []types.ServiceEvent{event(2, "deregistered 1 targets in (target-group x)."), event(1, full)}, true},
		"it was placed since":      {1, []types.ServiceEvent{event(2, "(service backend-service) has started 1 tasks: (task a)."), event(1, full)}, false},
		"all tasks run":            {2, []types.ServiceEvent{event(1, full)}, false},
		"ECS says nothing of that": {1, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := fakeaws.Healthy()
			f.Service.RunningCount, f.Service.Events = tc.running, tc.events
			got := runIdentity(t, f)
			if tc.unplaced {
				assert.Contains(t, got.Cause, "1 of at least 2 tasks running")
				assert.Contains(t, got.Cause, "; ECS cannot place a task: "+full)
				assert.Contains(t, got.Next, "L-3032A538")
			} else {
				assert.NotContains(t, got.Cause, "place a task")
			}
		})
	}
}

func TestIdentity_WaitsForADeploymentToSettle(t *testing.T) {
	f := fakeaws.Healthy()
	f.Service.Deployments[0].RolloutState = types.DeploymentRolloutStateInProgress
	f.Look = func(f *fakeaws.ECS) {
		if f.Calls["DescribeServices"] == 3 {
			f.Service.Deployments[0].RolloutState = types.DeploymentRolloutStateCompleted
		}
	}
	got := runIdentity(t, f)
	assert.Equal(t, check.OK, got.Outcome, got.Cause)
	assert.Equal(t, 3*lookEvery, got.Took)
	assert.Equal(t, 1, f.Calls["DescribeTaskDefinition"], "a revision never changes")
}

func TestIdentity_StopsWhenADeploymentIsRolledBackMeanwhile(t *testing.T) {
	f := fakeaws.Healthy()
	f.Service.Deployments[0].RolloutState = types.DeploymentRolloutStateInProgress
	f.Look = func(f *fakeaws.ECS) {
		if f.Calls["DescribeServices"] == 2 {
			f.Service.Deployments[0].TaskDefinition = aws.String(fakeaws.Previous)
		}
	}
	got := runIdentity(t, f)
	assert.Equal(t, check.FailedNow, got.Outcome)
	assert.Equal(t, 2*lookEvery, got.Took)
}

func TestIdentity_ReadsEveryPageOfTasks(t *testing.T) {
	f := fakeaws.Healthy()
	f.PageSize = 60
	f.Running = nil
	for i := range 250 {
		f.Running = append(f.Running, fakeaws.Task(fmt.Sprintf("t%03d", i), fakeaws.Requested, fakeaws.Digest))
	}
	got := runIdentity(t, f)
	assert.Equal(t, check.OK, got.Outcome, got.Cause)
	assert.Contains(t, got.Seen, "250 tasks")
	assert.Equal(t, 3, f.Calls["DescribeTasks"])

	f.Running[249] = fakeaws.Task("last", fakeaws.Previous, fakeaws.Other)
	assert.Contains(t, runIdentity(t, f).Cause, "task last runs flowcomply-backend:41")
}

func TestIdentity_TellsAllThatIsWrong(t *testing.T) {
	f := fakeaws.Healthy()
	f.Service.DesiredCount = 0
	f.Service.Deployments[0].TaskDefinition = aws.String(fakeaws.Previous)
	f.Errs["DescribeTaskDefinition"] = &smithy.GenericAPIError{Code: "ClientException", Message: "gone"}
	got := runIdentity(t, f)
	assert.Equal(t, check.FailedNow, got.Outcome)
	for _, want := range []string{"scaled to zero", "runs flowcomply-backend:41", "could not be read"} {
		assert.Contains(t, got.Cause, want)
	}
}

func TestRepository(t *testing.T) {
	for image, want := range map[string]string{
		"nginx": "nginx", "nginx:1": "nginx", "host:5000/app": "host:5000/app", "host:5000/app:v1": "host:5000/app",
		fakeaws.Repo + "@" + fakeaws.Digest: fakeaws.Repo, fakeaws.Repo + ":v1@" + fakeaws.Digest: fakeaws.Repo,
	} {
		assert.Equal(t, want, repository(image), image)
	}
}
