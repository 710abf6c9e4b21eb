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
func (f fixture) making(t *testing.T, args ...string) func(context.Context, engine.Stack) ([]engine.Change, error) {
	t.Helper()
	return f.running(t, append(args, "--yes")...)
}

// running is an update, or none, by a command of flowcomply, with these arguments beside those that name the stack.
func (f fixture) running(t *testing.T, args ...string) func(context.Context, engine.Stack) ([]engine.Change, error) {
	t.Helper()
	program, err := harness.Build(t.Context(), f.root, "./cmd/flowcomply", t.TempDir())
	require.NoError(t, err)
	return func(ctx context.Context, stack engine.Stack) ([]engine.Change, error) {
		return nil, harness.Command(ctx, stack, program, args...).Run() // what it changed is in what AWS was asked for
	}
}

// releaseFails releases a version that ECS calls healthy, and in which nobody can log in: `make release` goes back by
// itself.
func (f fixture) releaseFails(t *testing.T) {
	f.source(t, "v1.2.5", sampleapp.Faults("backend", map[string]any{"login-refused": true}))
	u := f.watch(t, f.making(t, "release", "v1.2.5"))
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
	f.serves(t, u.after)
	f.verified(t)

	f.makes(t, "v1.2.6")
}

// makes releases a version by `make release`.
func (f fixture) makes(t *testing.T, version string) {
	t.Helper()
	f.source(t, version)
	u := f.watch(t, f.making(t, "release", version))
	require.NoError(t, u.err, u.said)
	u.released(t, version)
}

// goesBack goes back to the first release and forward again: neither builds, snapshots or migrates.
func (f fixture) goesBack(t *testing.T) {
	_, now := f.asked(t)
	for _, version := range []string{"v1.0.0", now.Version} {
		u := f.watch(t, f.making(t, "rollback", version))
		require.NoError(t, u.err, u.said)
		u.released(t, version)
		assert.Equal(t, []int{0, 0, 0}, []int{did(snapshotted, u), did(ranTask, u), did(pushed, u)})
		assert.Equal(t, 2, did("ecs:UpdateService", u))
		for service, image := range u.after.Release.Images {
			assert.Equal(t, "pinned", image.Origin, service)
			assert.Equal(t, u.before.digest(version, service), image.Digest, service)
		}
		f.serves(t, u.after)
		f.unchanged(t)
	}
}

// verified wants `verify` to be content with what runs.
func (f fixture) verified(t *testing.T) {
	t.Helper()
	running, _ := f.asked(t)
	program, err := harness.BuildVerifier(t.Context(), f.root, t.TempDir())
	require.NoError(t, err)
	verdict, err := running.Verify(t.Context(), program, running.Text, nil, "--watch", "0")
	require.NoError(t, err)
	assert.Equal(t, 0, verdict.Code, "%s", verdict.Report)
}
