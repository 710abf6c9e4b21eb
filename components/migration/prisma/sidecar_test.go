package prisma

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The files of testdata/sidecar are what DescribeTasks shows of a migration's tasks in an account that adds a container to
// each: see testdata/sidecar and https://docs.aws.amazon.com/guardduty/latest/ug/how-runtime-monitoring-works-ecs-fargate.html.

func sidecar(t *testing.T, name string) *account {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "sidecar", name+".json"))
	require.NoError(t, err)
	var tasks [][]types.Container
	require.NoError(t, json.Unmarshal(text, &tasks))
	a := &account{}
	for _, containers := range tasks {
		a.script = append(a.script, ended{shown: containers})
	}
	return a
}

func TestMigrate_ReadsTheOutcomeOfTheContainerByItsName(t *testing.T) {
	for name, row := range map[string]struct {
		result, err string
		ran         []string
	}{
		"false-success":            {err: "deploy: task b: exit code 1", ran: []string{"status", "deploy"}},
		"false-failure":            {result: "applied", ran: []string{"status", "deploy", "status"}},
		"sidecar-first":            {result: "applied", ran: []string{"status", "deploy", "status"}},
		"agent-not-pulled":         {result: "nothing pending", ran: []string{"status"}},
		"app-never-ran-agent-did":  {err: "status did not run: task a: no exit code", ran: []string{"status"}},
		"no-such-container":        {err: "ECS shows no container backend in it", ran: []string{"status"}},
		"agent-not-pulled-at-all":  {err: "status did not run: task a: no exit code", ran: []string{"status"}},
		"out-of-memory-beside-one": {err: "deploy: task b: exit code 137", ran: []string{"status", "deploy"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := sidecar(t, name)
			done, _, _, err := migrated(t, a)
			var ran []string
			for _, command := range a.ran {
				ran = append(ran, strings.TrimPrefix(strings.Join(command, " "), "migrate "))
			}
			assert.Equal(t, row.ran, ran)
			if row.err != "" {
				require.ErrorContains(t, err, row.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, row.result, done.Result)
		})
	}
}

// A reason is the command's own, or is told with the name of the container that it is of.
func TestMigrate_TellsNoReasonOfAnotherContainerAsItsOwn(t *testing.T) {
	_, _, _, err := migrated(t, sidecar(t, "app-never-ran-agent-did"))
	require.ErrorContains(t, err, "CannotPullContainerError: not found")
	require.ErrorContains(t, err, "next: the image could not be pulled")

	_, _, _, err = migrated(t, sidecar(t, "out-of-memory-beside-one"))
	require.ErrorContains(t, err, "another container, aws-guardduty-agent-a1B2c3: CannotPullContainerError: pull image manifest")
	require.ErrorContains(t, err, "next: the container was killed, mostly for memory")

	a := sidecar(t, "agent-not-pulled-at-all")
	a.script[0].started, a.script[0].reason = true, "CannotPullContainerError: pull image manifest has been retried 1 time(s)"
	_, _, _, err = migrated(t, a)
	require.ErrorContains(t, err, "next: the command did not run, as another container of the task could not start")
}
