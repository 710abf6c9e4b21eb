package limited

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/plugins/simulated"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// step makes one operation and holds what must be true of any: the outputs are those of before, or they are of a release
// that was verified in this very operation, and is what the state has.
func (w *world) step(do func() error) error {
	w.Helper()
	before, _ := w.outputs()
	err := do()
	said, events := w.said, w.events()
	after, outputs := w.outputs()
	if after == before {
		return err
	}
	if len(w.state()) == 0 { // all was destroyed
		return err
	}
	assert.True(w, slices.ContainsFunc(events, verified), "outputs that nothing verified in this operation\n%s", said)
	w.holds(outputs, said)
	return err
}

func verified(e simulated.Event) bool {
	return e.Phase == simulated.End && e.Error == "" && e.Op != simulated.Delete && strings.HasSuffix(e.URN, "command:local:Command::verify")
}

// holds compares outputs with the state, and the state with the registry.
func (w *world) holds(outputs outputs.Outputs, said string) {
	w.Helper()
	resources := w.state()
	registry, err := os.ReadFile(w.path("registry"))
	require.NoError(w, err)
	last := outputs.Releases[len(outputs.Releases)-1]
	assert.Equal(w, []any{outputs.Version, outputs.Release.Number}, []any{last.Version, last.Number}, said)
	for name, service := range outputs.Services {
		assert.Contains(w, string(registry), ":"+outputs.Version+" "+service.ImageDigest+"\n", "%s: the registry has another image under the version\n%s", name, said)
		assert.Equal(w, service.ImageDigest, last.Images[name].Digest, said)
		runs := resources["aws:ecs/service:Service::"+name]
		assert.Equal(w, service.TaskDefinitionArn, runs.Outputs["taskDefinition"], "%s runs another revision\n%s", name, said)
		revision := resources["aws:ecs/taskDefinition:TaskDefinition::"+name+"-task"]
		assert.Equal(w, service.TaskDefinitionArn, revision.Outputs["arn"], said)
		assert.Contains(w, revision.Outputs["containerDefinitions"], "@"+service.ImageDigest, "%s: the revision has another image\n%s", name, said)
	}
	migration := resources["command:local:Command::migration"].Outputs["triggers"].([]any)
	assert.Equal(w, outputs.Release.Schema.Hash, migration[0], "the schema was not brought to the release's\n%s", said)
}

// state is what the backend has of the stack: its resources by type and name, without those that are about to be deleted.
func (w *world) state() map[string]apitype.ResourceV3 {
	w.Helper()
	text, err := os.ReadFile(w.path("state", ".pulumi", "stacks", "flowcomply", stack+".json"))
	require.NoError(w, err)
	var file struct {
		Checkpoint struct{ Latest apitype.DeploymentV3 }
	}
	require.NoError(w, json.Unmarshal(text, &file))
	found := map[string]apitype.ResourceV3{}
	for _, one := range file.Checkpoint.Latest.Resources {
		if !one.Delete {
			found[string(one.Type)+"::"+one.URN.Name()] = one
		}
	}
	return found
}

// outputs are what the stack exports, as text and read.
func (w *world) outputs() (text string, outputs outputs.Outputs) {
	w.Helper()
	exported, err := json.Marshal(w.state()["pulumi:pulumi:Stack::flowcomply-"+stack].Outputs)
	require.NoError(w, err)
	require.NoError(w, json.Unmarshal(exported, &outputs), string(exported))
	return string(exported), outputs
}

// is wants the outputs of a release, by version and how many there were.
func (w *world) is(version string, releases int) {
	w.Helper()
	_, outputs := w.outputs()
	assert.Equal(w, version, outputs.Version)
	assert.Len(w, outputs.Releases, releases)
	assert.Equal(w, releases, outputs.Release.Number)
}

// The stack that all tests begin with is as they take it.
func TestGround_IsReleased(t *testing.T) {
	w := open(t)
	_, outputs := w.outputs()
	w.holds(outputs, "")
	w.is("v1.1.0", 2)
	require.NoError(t, w.pulumi("up"), w.said)
	assert.Contains(t, w.said, "unchanged")
	for _, event := range w.events() {
		assert.Equal(t, simulated.Invoke, event.Op, event.String())
	}
}
