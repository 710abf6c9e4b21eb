package limited

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A state may have the command of each step as an earlier version of the program wrote it (decision 28). An update of the
// unchanged stack then changes nothing, and the next release makes its steps by today's text.
func TestUnchangedStack_TakesNoStepAgainForHowItsCommandWasWritten(t *testing.T) {
	w := open(t)
	steps := []string{"preflight", "snapshot", "migration", "verify"}
	before, _ := w.outputs()
	state := w.path("state", ".pulumi", "stacks", "flowcomply", stack+".json")
	text, err := os.ReadFile(state)
	require.NoError(t, err)
	// Not that of the mail's domain, which is no release's: an update that runs nothing keeps today's text of it.
	written := regexp.MustCompile(`"create":\s*"go run \./cmd/step (preflight|snapshot|migrate|verify)`)
	require.NotEmpty(t, written.FindAll(text, -1))
	require.NoError(t, os.WriteFile(state, written.ReplaceAll(text, []byte(`"create":"go run ./earlier $1`)), 0o600))
	createOf := func(step string) string { return w.state()["command:local:Command::"+step].Inputs["create"].(string) }
	for _, step := range steps {
		require.True(t, strings.HasPrefix(createOf(step), "go run ./earlier"), createOf(step))
	}

	require.NoError(t, w.step(func() error { return w.pulumi("up", "--expect-no-changes") }), w.said)
	after, _ := w.outputs()
	assert.Equal(t, before, after)

	w.configure("v1.2.0")
	require.NoError(t, w.step(func() error { return w.pulumi("up") }), w.said)
	_, outputs := w.outputs()
	assert.Equal(t, "v1.2.0", outputs.Version)
	for _, step := range steps {
		assert.NotContains(t, createOf(step), "earlier")
	}
}
