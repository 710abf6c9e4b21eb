//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/sampleapp"
)

// promotes releases what another stack has proven. That stack is outputs alone: those of this one, under another version.
func (f fixture) promotes(t *testing.T) {
	stack := f.stack(t)
	for key, value := range map[string]string{
		"flowcomply:release.version": "v1.3.0", "flowcomply:release.gate": "staging", "flowcomply:release.images": "promote",
	} {
		require.NoError(t, stack.Set(t.Context(), key, value, false))
	}
	require.NoError(t, sampleapp.Tag(t.Context(), filepath.Join(f.run, "app"), "v1.3.0"))
	running, now := f.asked(t)
	var outputs map[string]any
	require.NoError(t, json.Unmarshal(running.Text, &outputs))
	pulumi(t, stack, nil, "stack", "init", "staging", "--secrets-provider", "passphrase")

	f.proves(t, stack, outputs)
	refused := f.failsEarly(t, "stack staging has not verified v1.3.0: its last verified release is "+now.Version)
	assert.Empty(t, refused.changes)
	assert.Equal(t, []int{0, 0, 0}, []int{did(snapshotted, refused), did(ranTask, refused), did(pushed, refused)})

	outputs["version"] = "v1.3.0"
	outputs["release"].(map[string]any)["images"] = now.Release.Images
	f.proves(t, stack, outputs)
	u := f.succeeds(t, "v1.3.0")
	assert.Contains(t, u.said, "images: backend promoted, frontend promoted")
	assert.Equal(t, []int{1, 0, 2}, []int{did(snapshotted, u), did(ranTask, u), did(pushed, u)}, "the tag is new, and what it names is not")
	for service, image := range u.after.Release.Images {
		assert.Equal(t, now.digest(now.Version, service), image.Digest)
		assert.Equal(t, "promoted", image.Origin)
	}
	assert.False(t, slices.ContainsFunc(u.changes, func(c engine.Change) bool { return c.Type == imageType && c.Op != "delete" }), "%v", u.changes)
	f.unchanged(t)
}

// proves gives the stack staging these outputs.
func (f fixture) proves(t *testing.T, stack engine.Stack, outputs map[string]any) {
	t.Helper()
	var state map[string]any
	require.NoError(t, json.Unmarshal(pulumi(t, stack, nil, "stack", "export", "--stack", "staging"), &state))
	state["deployment"].(map[string]any)["resources"] = []any{map[string]any{
		"urn": "urn:pulumi:staging::flowcomply::pulumi:pulumi:Stack::flowcomply-staging", "type": "pulumi:pulumi:Stack", "custom": false, "outputs": outputs,
	}}
	text, err := json.Marshal(state)
	require.NoError(t, err)
	pulumi(t, stack, text, "stack", "import", "--stack", "staging")
}

// pulumi runs the CLI where the stack's state is, away from the checkout.
func pulumi(t *testing.T, stack engine.Stack, given []byte, args ...string) []byte {
	t.Helper()
	var out, said bytes.Buffer
	cmd := exec.CommandContext(t.Context(), stack.Tools.Pulumi, append(args, "--non-interactive")...)
	cmd.Dir, cmd.Env = filepath.Join(stack.Run, "project"), slices.Concat(os.Environ(), stack.Environment())
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(given), &out, &said
	require.NoError(t, cmd.Run(), said.String())
	return out.Bytes()
}
