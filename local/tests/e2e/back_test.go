//go:build e2e

package e2e

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/harness"
	"github.com/flowcomply/infrastructure/local/sampleapp"
)

// making is an update by what `make release` and `make rollback` run.
func (w world) making(t *testing.T, args ...string) func(context.Context, engine.Stack) ([]engine.Change, error) {
	t.Helper()
	return w.running(t, append(args, "--yes")...)
}

// running is an update, or none, by a command of flowcomply, with these arguments beside those that name the stack.
func (w world) running(t *testing.T, args ...string) func(context.Context, engine.Stack) ([]engine.Change, error) {
	t.Helper()
	program, err := harness.Build(t.Context(), w.root, "./cmd/flowcomply", t.TempDir())
	require.NoError(t, err)
	return func(ctx context.Context, stack engine.Stack) ([]engine.Change, error) {
		return nil, harness.Command(ctx, stack, program, args...).Run() // what it changed is in what AWS was asked for
	}
}

// releaseFails releases a version that ECS calls healthy, and in which nobody can log in: `make release` goes back by
// itself.
func (w world) releaseFails(t *testing.T) {
	w.source(t, "v1.2.5", sampleapp.Faults("backend", map[string]any{"login-refused": true}))
	u := w.watch(t, w.making(t, "release", "v1.2.5"))
	u.ended(t, 1)
	for _, words := range []string{"smoke/login", "going back", "v1.2.4 runs again and is proven"} {
		assert.Contains(t, u.said, words)
	}
	assert.Equal(t, "v1.2.4", u.after.Version)
	assert.Equal(t, u.before.Release, u.after.Release, "what was proven before is what was proven last")
	assert.Equal(t, u.before.Releases, u.after.Releases)
	for service, before := range u.before.Services {
		assert.Equal(t, before.ImageDigest, u.after.Services[service].ImageDigest, service)
	}
	assert.Equal(t, []int{1, 0, 2}, []int{did(snapshotted, u), did(ranTask, u), did(pushed, u)}, "all of them the failed release's")
	w.serves(t, u.after)
	w.verified(t)

	w.makes(t, "v1.2.6")
}

// makes releases a version by `make release`.
func (w world) makes(t *testing.T, version string) {
	t.Helper()
	w.source(t, version)
	u := w.watch(t, w.making(t, "release", version))
	require.NoError(t, u.err, u.said)
	u.released(t, version)
}

// goesBack goes back to the first release and forward again: neither builds, snapshots or migrates.
func (w world) goesBack(t *testing.T) {
	_, now := w.asked(t)
	for _, version := range []string{"v1.0.0", now.Version} {
		u := w.watch(t, w.making(t, "rollback", version))
		require.NoError(t, u.err, u.said)
		u.released(t, version)
		assert.Equal(t, []int{0, 0, 0}, []int{did(snapshotted, u), did(ranTask, u), did(pushed, u)})
		assert.Equal(t, 2, did("ecs:UpdateService", u))
		for service, image := range u.after.Release.Images {
			assert.Equal(t, "pinned", image.Origin, service)
			assert.Equal(t, u.before.digest(version, service), image.Digest, service)
		}
		w.serves(t, u.after)
		w.unchanged(t)
	}
}

// verified wants `verify` to be content with what runs.
func (w world) verified(t *testing.T) {
	t.Helper()
	people, _ := w.asked(t)
	program, err := harness.BuildVerifier(t.Context(), w.root, t.TempDir())
	require.NoError(t, err)
	verdict, err := people.Verify(t.Context(), program, people.Text, nil, "--watch", "0")
	require.NoError(t, err)
	assert.Equal(t, 0, verdict.Code, "%s", verdict.Report)
}
