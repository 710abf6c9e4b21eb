package awschecks

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/verify/internal/fakeaws"
)

const notPulled = "CannotPullContainerError: pull image manifest has been retried 1 time(s): not found"

// withAgent is a stopped task as an account with GuardDuty's runtime monitoring
// shows it: the agent's name differs in each task.
func withAgent(id string, minute int, change func(backend, agent *types.Container)) types.Task {
	t := taskThatStopped(id, fakeaws.Requested, minute)
	t.StopCode, t.StoppedReason = types.TaskStopCodeEssentialContainerExited, aws.String("Essential container in task exited")
	t.Containers = []types.Container{{Name: aws.String("aws-guardduty-agent-" + id)}, {Name: aws.String("backend")}}
	change(&t.Containers[1], &t.Containers[0])
	return t
}

func failing(f *fakeaws.ECS, tasks ...types.Task) *fakeaws.ECS {
	f.Service.Deployments[0].RolloutState, f.Service.Deployments[0].FailedTasks = types.DeploymentRolloutStateInProgress, 3
	f.Stopped = tasks
	return f
}

func TestIdentity_EvaluatesTheApplicationContainer(t *testing.T) {
	for name, tc := range map[string]struct {
		change  func(backend, agent *types.Container)
		stopped string // instead of what ECS says of an essential container
		cause   string
		not     string
		line    string
	}{
		"the agent's image is missing": {
			func(backend, agent *types.Container) {
				backend.ExitCode, agent.Reason = aws.Int32(1), aws.String(notPulled)
			}, "",
			"the container ends by itself: EssentialContainerExited: Essential container in task exited; backend exited with code 1", "missing in the registry",
			"backend exited with code 1 (another container, aws-guardduty-agent-s1: " + notPulled + ")",
		},
		"the task's reason is the agent's": {
			func(_, agent *types.Container) { agent.Reason = aws.String(notPulled) }, notPulled,
			"3 tasks in a row failed", "missing in the registry",
			"EssentialContainerExited (another container, aws-guardduty-agent-s1: " + notPulled + ")",
		},
		"the service's own image is missing": {
			func(backend, agent *types.Container) {
				backend.Reason, agent.ExitCode = aws.String(notPulled), aws.Int32(0)
			}, notPulled,
			"the image is missing in the registry", "another container", "backend: " + notPulled,
		},
		"the agent was told to stop": {
			func(backend, agent *types.Container) { backend.ExitCode, agent.ExitCode = aws.Int32(0), aws.Int32(143) }, "",
			"the container ends by itself", "143", "Essential container in task exited",
		},
	} {
		t.Run(name, func(t *testing.T) {
			task := withAgent("s1", 1, tc.change)
			if tc.stopped != "" {
				task.StoppedReason = &tc.stopped
			}
			got := runIdentity(t, failing(fakeaws.Healthy(), task))
			assert.Contains(t, got.Cause, tc.cause)
			assert.Contains(t, fmt.Sprint(got.Details), tc.line)
			assert.NotContains(t, got.Cause, tc.not)
		})
	}
}

func TestIdentity_GroupsTasksWhateverTheirAgentsAreCalled(t *testing.T) {
	ends := func(backend, agent *types.Container) {
		backend.ExitCode, agent.Reason = aws.Int32(1), aws.String(notPulled)
	}
	got := runIdentity(t, failing(fakeaws.Healthy(), withAgent("s1", 1, ends), withAgent("s2", 2, ends), withAgent("s3", 3, ends)))
	assert.Contains(t, fmt.Sprint(got.Details), "stopped 3 tasks, last 2025-10-07T12:03:00Z: EssentialContainerExited: Essential container in task exited; "+
		"backend exited with code 1 (another container, aws-guardduty-agent-s3: "+notPulled+")")
}

func TestIdentity_TakesNoOthersDigestForTheServices(t *testing.T) {
	f := fakeaws.Healthy()
	for i := range f.Running {
		f.Running[i].Containers = []types.Container{
			{Name: aws.String("aws-guardduty-agent-x"), ImageDigest: aws.String(fakeaws.Digest)}, {Name: aws.String("backend"), ImageDigest: aws.String(fakeaws.Other)},
		}
	}
	assert.Contains(t, runIdentity(t, f).Cause, "task a1 runs backend on sha256:000000000000")
}

func TestDescribeStops_TellsTheApplicationContainer(t *testing.T) {
	f := fakeaws.Healthy()
	f.Stopped = []types.Task{withAgent("s1", 1, func(backend, agent *types.Container) {
		backend.ExitCode, agent.ExitCode, agent.Reason = aws.Int32(0), aws.Int32(143), aws.String(notPulled)
		backend.Image = aws.String(fakeaws.Repo + "@" + fakeaws.Digest)
	})}
	want := stoppedTask{
		id: "s1", definition: "flowcomply-backend:42", reason: "EssentialContainerExited: Essential container in task exited",
		beside: "aws-guardduty-agent-s1: " + notPulled, at: *f.Stopped[0].StoppedAt, streams: []logStream{{fakeaws.Wanted.LogGroup, "backend/backend/s1"}},
	}
	s := wanted(Clients{ECS: f})
	assert.Equal(t, []stoppedTask{want}, s.describeStops(t.Context(), f.Stopped, fakeaws.Wanted))

	f.Stopped[0].TaskDefinitionArn = aws.String(fakeaws.Requested) // which cannot be read
	f.Errs["DescribeTaskDefinition"] = fmt.Errorf("no")
	f.Stopped[0].Containers[1].ExitCode = aws.Int32(2)
	got := s.describeStops(t.Context(), f.Stopped, fakeaws.Wanted)
	assert.Equal(t, "EssentialContainerExited: Essential container in task exited; backend exited with code 2", got[0].reason)
	assert.Empty(t, got[0].streams)
}
