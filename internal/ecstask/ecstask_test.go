package ecstask

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
)

const pull = "CannotPullContainerError: pull image manifest has been retried 1 time(s)"

func container(name string, code int32, reason string) types.Container {
	one := types.Container{Name: &name}
	if code >= 0 {
		one.ExitCode = &code
	}
	if reason != "" {
		one.Reason = &reason
	}
	return one
}

func TestRead_GoesByTheName(t *testing.T) {
	backend, agent, envoy := container("backend", 1, ""), container("agent", 0, ""), container("envoy", 137, "OutOfMemoryError")
	want := Stopped{
		Why: "EssentialContainerExited: over", Own: []Container{{"backend", 1, ""}}, Others: []Container{{"agent", 0, ""}, {"envoy", 137, "OutOfMemoryError"}},
	}
	for _, shown := range [][]types.Container{{backend, agent, envoy}, {envoy, agent, backend}, {agent, backend, envoy}} {
		task := types.Task{StopCode: types.TaskStopCodeEssentialContainerExited, StoppedReason: aws.String("over"), Containers: shown}
		assert.Equal(t, want, Read(task, "backend"))
	}
	assert.Equal(t, []Container{{"agent", 0, ""}, {"backend", 1, ""}}, Read(types.Task{Containers: []types.Container{backend, agent}}, "agent", "backend").Own)
	assert.Equal(t, Stopped{Own: []Container{{"backend", None, ""}}, Others: []Container{{"agent", 0, ""}}}, Read(types.Task{Containers: []types.Container{agent}}, "backend"))
	assert.Equal(t, "EssentialContainerExited", Read(types.Task{StopCode: types.TaskStopCodeEssentialContainerExited}).Why)
}

func TestStopped_TellsWhoseReasonItIs(t *testing.T) {
	for name, row := range map[string]struct {
		why           string
		shown         []types.Container
		cause, beside string
	}{
		"its own":                {pull, []types.Container{container("backend", -1, pull)}, "TaskFailedToStart: " + pull, ""},
		"its own and another's":  {pull, []types.Container{container("backend", -1, pull), container("agent", -1, pull)}, "TaskFailedToStart: " + pull, "agent: " + pull},
		"another's":              {pull, []types.Container{container("backend", -1, ""), container("agent", -1, pull)}, "", "agent: " + pull},
		"the task's":             {"ResourceInitializationError: secrets", []types.Container{container("backend", -1, ""), container("agent", -1, pull)}, "TaskFailedToStart: ResourceInitializationError: secrets", "agent: " + pull},
		"another was told to":    {"over", []types.Container{container("backend", 1, ""), container("agent", 143, ""), container("proxy", 137, ""), container("log", 0, "")}, "TaskFailedToStart: over", ""},
		"another ended by fault": {"over", []types.Container{container("backend", 0, ""), container("proxy", 2, "")}, "TaskFailedToStart: over", "proxy exited with code 2"},
	} {
		read := Read(types.Task{StopCode: types.TaskStopCodeTaskFailedToStart, StoppedReason: aws.String(row.why), Containers: row.shown}, "backend")
		assert.Equal(t, row.cause, read.Cause(), name)
		assert.Equal(t, row.beside, read.Beside(), name)
	}
}
