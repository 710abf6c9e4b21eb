//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/sampleapp"
)

func (f fixture) buildFails(t *testing.T) {
	f.release(t, "v1.2.0")
	dockerfile := filepath.Join(f.run, "app", "frontend", "Dockerfile")
	good, err := os.ReadFile(dockerfile)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(dockerfile, append(good, "RUN [\"/missing\"]\n"...), 0o644))
	require.NoError(t, sampleapp.Tag(t.Context(), filepath.Join(f.run, "app"), "v1.2.0"))
	first := f.failsEarly(t, "frontend-image", "docker build: ", "/missing")

	f.release(t, "v1.2.0")
	second := f.succeeds(t, "v1.2.0")
	assert.Equal(t, []int{1, 0, 2}, []int{did(snapshotted, first, second), did(ranTask, first, second), did(pushed, first, second)})
}

func (f fixture) pushFails(t *testing.T) {
	f.release(t, "v1.2.1")
	running, _ := f.asked(t)
	require.NoError(t, running.Scenario(map[string]any{"faults": []any{map[string]any{
		"match": pushed, "times": 1000, "status": 400, "code": "LimitExceededException", "message": "The limit of images was exceeded.",
	}}}))
	first := f.failsEarly(t, "denied: LimitExceededException: The limit of images was exceeded")
	require.NoError(t, running.Scenario(nil))
	second := f.succeeds(t, "v1.2.1")
	assert.Equal(t, []int{1, 0, 2}, []int{did(snapshotted, first, second), did(ranTask, first, second), did(pushed, first, second)})
}

func (f fixture) snapshotFails(t *testing.T) {
	f.release(t, "v1.2.2")
	running, before := f.asked(t)
	require.NoError(t, running.Scenario(map[string]any{"snapshots": map[string]any{"failing": []string{".*-pre-deploy-v1-2-2-.*"}}}))
	first := f.failsEarly(t, "RDS says that it failed", "delete-db-snapshot")
	require.NoError(t, running.Scenario(nil))
	assert.Equal(t, 2, did(pushed, first), "the images are there by now")

	name := "flowcomply-local-pre-deploy-v1-2-2-" + strconv.Itoa(before.Release.Number+1)
	_, err := rds.NewFromConfig(running.AWS).DeleteDBSnapshot(t.Context(), &rds.DeleteDBSnapshotInput{DBSnapshotIdentifier: &name})
	require.NoError(t, err)
	f.release(t, "v1.2.2", sampleapp.Faults("frontend", map[string]any{"latency-ms": 1}))
	other := f.failsEarly(t, "built from the content sha256:", "has the content sha256:")

	f.release(t, "v1.2.2")
	last := f.succeeds(t, "v1.2.2")
	assert.Contains(t, last.said, "images: backend held, frontend held")
	assert.Equal(t, name, last.after.Release.SnapshotID)
	assert.Equal(t, []int{2, 0, 2}, []int{did(snapshotted, first, other, last), did(ranTask, first, other, last), did(pushed, first, other, last)})
}

func (f fixture) deploymentFails(t *testing.T) {
	broken := map[string]any{"never-healthy": true}
	f.release(t, "v1.2.3", sampleapp.Faults("backend", broken), sampleapp.Faults("frontend", broken))
	first := f.fails(t, "identity/backend", "identity/frontend", "ECS rolled")
	assert.True(t, first.touched(serviceType, "backend"), "%v", first.changes)
	// Going back has to know with which arguments an image was built.
	edit(t, f.stack(t).ConfigFile(), 2, "NEXT_PUBLIC_APP_NAME: FlowComply\n", "NEXT_PUBLIC_APP_NAME: Flow Comply\n")
	f.release(t, "v1.2.4") // what is under a tag stays
	f.succeeds(t, "v1.2.4")
}
