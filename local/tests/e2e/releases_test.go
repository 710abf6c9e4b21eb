//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/harness"
	"github.com/flowcomply/infrastructure/local/run"
	"github.com/flowcomply/infrastructure/local/sampleapp"
)

// TestReleases is another life of a stack, whose state is in S3: releases that fail at each of their steps, and the next
// attempts, which do not; then back, and forward again. The subtests go on from one another.
func TestReleases(t *testing.T) {
	t.Parallel()
	f := open(t, "releases")
	f.inS3 = true
	var out bytes.Buffer
	life := run.Run{Root: f.root, Name: f.folder, Stack: "local", Self: f.self, Out: &out, InS3: true}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(out.String())
		}
	})
	require.NoError(t, life.Fresh(t.Context(), func(ctx context.Context, stack engine.Stack) error {
		if _, err := stack.Up(ctx); err != nil {
			return err
		}
		running, err := harness.Open(ctx, stack)
		if err != nil {
			return err
		}
		if err := running.Populate(ctx); err != nil { // from the second release on, verification logs in
			return err
		}
		f.releases(t)
		return nil
	}))
}

func (f fixture) releases(t *testing.T) {
	f.snapshotByHand(t)
	t.Run("a release brings its migrations", func(t *testing.T) { f.migrates(t) })
	t.Run("an image that does not build", func(t *testing.T) { f.buildFails(t) })
	t.Run("an image that the registry does not take", func(t *testing.T) { f.pushFails(t) })
	t.Run("a snapshot that fails", func(t *testing.T) { f.snapshotFails(t) })
	t.Run("tasks that do not become healthy", func(t *testing.T) { f.deploymentFails(t) })
	t.Run("a release that users cannot use is gone back from", func(t *testing.T) { f.releaseFails(t) })
	t.Run("back to the first release and forward again", func(t *testing.T) { f.goesBack(t) })
	t.Run("what another stack has proven is promoted, and nothing else", func(t *testing.T) { f.promotes(t) })
	t.Run("as many snapshots of releases stay as the stack file says", func(t *testing.T) { f.keepsSnapshots(t) })
	t.Run("releases that are killed at moments taken by chance", func(t *testing.T) { f.killsReleases(t) })
}

// source writes the stand-in application anew as a checkout of the version, with the migration that v1.1.0 added.
func (f fixture) source(t *testing.T, version string, options ...sampleapp.Option) {
	t.Helper()
	require.NoError(t, sampleapp.Release(t.Context(), f.root, filepath.Join(f.run, "app"), version, append(options, added)...))
}

// release is source, and the version is set: the stack is ready to be updated.
func (f fixture) release(t *testing.T, version string, options ...sampleapp.Option) {
	t.Helper()
	f.source(t, version, options...)
	require.NoError(t, f.stack(t).Set(t.Context(), "flowcomply:release.version", version, false))
}

// added is a migration that old code survives.
var added = sampleapp.Migration("20251101090000_add_note", `ALTER TABLE "Asset" ADD COLUMN "note" TEXT;`)

func (f fixture) migrates(t *testing.T) {
	t.Helper()
	f.release(t, "v1.1.0")
	u := f.succeeds(t, "v1.1.0")
	assert.Contains(t, u.said, "migrations: run; new are [20251101090000_add_note]")
	assert.Contains(t, u.said, "Applying migration `20251101090000_add_note`")
	assert.True(t, u.touched(commandType, "migration"), "%v", u.changes)
	assert.True(t, u.touched(serviceType, "backend"), "%v", u.changes)
	assert.Equal(t, []int{1, 3, 2}, []int{did(snapshotted, u), did(ranTask, u), did(pushed, u)}, "a snapshot; status, deploy, status; two images")
	f.unchanged(t)
}
