//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/sampleapp"
)

// appliesCommits applies a checkout of this program elsewhere, a later commit of it, and the first again: going back to an
// earlier commit (docs/on-call.md). What runs is not touched.
//
//runbook:rollback.3#1-4 takes the infrastructure back by an update from an earlier commit, and forward by one from a later.
func (f fixture) appliesCommits(t *testing.T) {
	folder := t.TempDir()
	f.checkOut(t, folder)
	require.NoError(t, sampleapp.Tag(t.Context(), folder, "v1.0.0"))
	edit(t, filepath.Join(folder, "components", "database", "parameters.go"), 1, "slowStatementMs = 1000", "slowStatementMs = 500")
	edit(t, filepath.Join(folder, "components", "notification", "notification.go"), 1, "	if spec.PagerDuty {", `	subscriptions["later"] = mailbox(topics.NotifyTopicArn, "later@flowcomply.test")
	if spec.PagerDuty {`)
	require.NoError(t, sampleapp.Tag(t.Context(), folder, "v2.0.0"))

	for _, row := range []struct {
		commit string
		want   []string
	}{
		{"v1.0.0", nil}, // the checkout is somewhere else, and that is no change
		{"v2.0.0", []string{
			"create   aws:sns/topicSubscription:TopicSubscription alerts-later",
			"update   aws:rds/parameterGroup:ParameterGroup database (parameters)",
		}},
		{"v1.0.0", []string{
			"delete   aws:sns/topicSubscription:TopicSubscription alerts-later",
			"update   aws:rds/parameterGroup:ParameterGroup database (parameters)",
		}},
	} {
		out, err := exec.Command("git", "-C", folder, "checkout", "--quiet", row.commit).CombinedOutput()
		require.NoError(t, err, string(out))
		stack := f.stack(t)
		stack.Tools.Root = folder
		changes, err := stack.Up(t.Context())
		require.NoError(t, err, shown(stack))
		assert.Equal(t, row.want, lines(changes))
	}
	f.unchanged(t)
}

// checkOut copies what an update is made of. The run folder, where the application's source is, is linked.
func (f fixture) checkOut(t *testing.T, folder string) {
	t.Helper()
	for _, part := range []string{"infra", "stacks", "components", "internal", "verify", filepath.Join("cmd", "step")} {
		require.NoError(t, os.CopyFS(filepath.Join(folder, part), os.DirFS(filepath.Join(f.root, part))))
	}
	for _, file := range []string{"go.mod", "go.sum", "Pulumi.yaml"} {
		text, err := os.ReadFile(filepath.Join(f.root, file))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(folder, file), text, 0o644))
	}
	require.NoError(t, os.Symlink(filepath.Join(f.root, ".local"), filepath.Join(folder, ".local")))
}

// edit changes the places of a file that say this.
func edit(t *testing.T, file string, places int, old, text string) {
	t.Helper()
	before, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, places, strings.Count(string(before), old), "%s: %q", file, old)
	require.NoError(t, os.WriteFile(file, []byte(strings.ReplaceAll(string(before), old, text)), 0o600))
}

func lines(changes []engine.Change) []string {
	var all []string
	for _, change := range changes {
		all = append(all, change.String())
	}
	return all
}
