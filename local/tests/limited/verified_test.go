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
func (f *fixture) step(do func() error) error {
	f.Helper()
	before, _ := f.outputs()
	err := do()
	said, events := f.said, f.events()
	after, outputs := f.outputs()
	if after == before {
		return err
	}
	if len(f.state()) == 0 { // all was destroyed
		return err
	}
	assert.True(f, slices.ContainsFunc(events, verified), "outputs that nothing verified in this operation\n%s", said)
	f.holds(outputs, said)
	return err
}

func verified(e simulated.Event) bool {
	return e.Phase == simulated.End && e.Error == "" && e.Op != simulated.Delete && strings.HasSuffix(e.URN, "command:local:Command::verify")
}

// holds compares outputs with the state, and the state with the registry.
func (f *fixture) holds(outputs outputs.Outputs, said string) {
	f.Helper()
	resources := f.state()
	registry, err := os.ReadFile(f.path("registry"))
	require.NoError(f, err)
	last := outputs.Releases[len(outputs.Releases)-1]
	assert.Equal(f, []any{outputs.Version, outputs.Release.Number}, []any{last.Version, last.Number}, said)
	for name, service := range outputs.Services {
		assert.Contains(f, string(registry), ":"+outputs.Version+" "+service.ImageDigest+"\n", "%s: the registry has another image under the version\n%s", name, said)
		assert.Equal(f, service.ImageDigest, last.Images[name].Digest, said)
		runs := resources["aws:ecs/service:Service::"+name]
		assert.Equal(f, service.TaskDefinitionArn, runs.Outputs["taskDefinition"], "%s runs another revision\n%s", name, said)
		revision := resources["aws:ecs/taskDefinition:TaskDefinition::"+name+"-task"]
		assert.Equal(f, service.TaskDefinitionArn, revision.Outputs["arn"], said)
		assert.Contains(f, revision.Outputs["containerDefinitions"], "@"+service.ImageDigest, "%s: the revision has another image\n%s", name, said)
	}
	migration := resources["command:local:Command::migration"].Outputs["triggers"].([]any)
	assert.Equal(f, outputs.Release.Schema.Hash, migration[0], "the schema was not brought to the release's\n%s", said)
}

// state is what the backend has of the stack: its resources by type and name, without those that are about to be deleted.
func (f *fixture) state() map[string]apitype.ResourceV3 {
	f.Helper()
	text, err := os.ReadFile(f.path("state", ".pulumi", "stacks", "flowcomply", stack+".json"))
	require.NoError(f, err)
	var file struct {
		Checkpoint struct{ Latest apitype.DeploymentV3 }
	}
	require.NoError(f, json.Unmarshal(text, &file))
	found := map[string]apitype.ResourceV3{}
	for _, one := range file.Checkpoint.Latest.Resources {
		if !one.Delete {
			found[string(one.Type)+"::"+one.URN.Name()] = one
		}
	}
	return found
}

// outputs are what the stack exports, as text and read.
func (f *fixture) outputs() (text string, outputs outputs.Outputs) {
	f.Helper()
	exported, err := json.Marshal(f.state()["pulumi:pulumi:Stack::flowcomply-"+stack].Outputs)
	require.NoError(f, err)
	require.NoError(f, json.Unmarshal(exported, &outputs), string(exported))
	return string(exported), outputs
}

// is wants the outputs of a release, by version and how many there were.
func (f *fixture) is(version string, releases int) {
	f.Helper()
	_, outputs := f.outputs()
	assert.Equal(f, version, outputs.Version)
	assert.Len(f, outputs.Releases, releases)
	assert.Equal(f, releases, outputs.Release.Number)
}

// The stack that all tests begin with is as they take it.
func TestGround_IsReleased(t *testing.T) {
	f := open(t)
	_, outputs := f.outputs()
	f.holds(outputs, "")
	f.is("v1.1.0", 2)
	require.NoError(t, f.pulumi("up"), f.said)
	assert.Contains(t, f.said, "unchanged")
	for _, event := range f.events() {
		assert.Equal(t, simulated.Invoke, event.Op, event.String())
	}
}
