package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/release"
	"github.com/flowcomply/infrastructure/release/deploylog"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// These tests hold what the log is told of an update. What it makes of that, package deploylog's tests hold.

var at = time.Date(2025, 10, 7, 10, 0, 0, 0, time.UTC)

func ran(version, digest string) outputs.Outputs {
	return outputs.Outputs{
		Version: version, Services: map[string]outputs.Service{"backend": {ImageDigest: digest}},
		Release: outputs.Release{Number: 2, Commit: "c", SnapshotID: "s", Images: map[string]outputs.Image{"backend": {Origin: outputs.Existing}}},
	}
}

func updated(what release.What, version string, err error) release.Outcome {
	done := release.Outcome{
		Stack: "production", What: what, Version: version, From: "v1.0.0", Err: err, Start: at, End: at.Add(time.Minute),
		Before: ran("v1.0.0", "sha256:old"), After: ran(version, "sha256:new"), Report: []byte("not a report"),
	}
	if err != nil {
		done.After = done.Before
	}
	return done
}

func TestDeploymentOf_TellsHowItEnded(t *testing.T) {
	broken := errors.New("the update failed; the cause is above")
	undone := updated(release.Released, "v1.1.0", broken)
	back := updated(release.RolledBack, "v1.0.0", nil)
	back.End = at.Add(2 * time.Minute)
	undone.Rollback = &back
	stuck := undone
	failed := updated(release.RolledBack, "v1.0.0", broken)
	stuck.Rollback = &failed
	for name, row := range map[string]struct {
		done   release.Outcome
		status deploylog.Status
		number int
		origin string
		took   time.Duration
	}{
		"proven":          {updated(release.Released, "v1.1.0", nil), deploylog.Succeeded, 2, outputs.Existing, time.Minute},
		"went back":       {updated(release.RolledBack, "v1.1.0", nil), deploylog.RolledBackManually, 2, outputs.Existing, time.Minute},
		"failed":          {updated(release.Released, "v1.1.0", broken), deploylog.Failed, 0, "", time.Minute},
		"rolled back":     {undone, deploylog.RolledBack, 0, outputs.Existing, 2 * time.Minute},
		"neither worked":  {stuck, deploylog.Failed, 0, "", time.Minute},
		"back and failed": {updated(release.RolledBack, "v1.0.0", broken), deploylog.Failed, 0, "", time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			made := deploymentOf(row.done, nil)
			assert.Equal(t, row.status, made.Status)
			assert.Equal(t, row.number, made.Number)
			assert.Equal(t, row.took, made.Took())
			require.Len(t, made.Components, 1)
			assert.Equal(t, row.origin, made.Components[0].Origin)
			assert.Nil(t, made.Report, "what is no report is not taken for one")
			assert.Equal(t, row.done.Rollback != nil, made.Rollback != nil)
		})
	}
}

func noState(context.Context) (deploylog.Dependencies, error) { return nil, errors.New("no backend") }

// The log is written though the state cannot be read and there is no topic to tell.
func TestLogged_WritesWhatThereIs(t *testing.T) {
	folder, out := filepath.Join(t.TempDir(), "logs"), &bytes.Buffer{}
	require.NoError(t, logged(folder, noState, out)(t.Context(), updated(release.Released, "v1.1.0", nil)))
	files, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Len(t, files, 3)
	assert.Contains(t, out.String(), "deployment log: "+filepath.Join(folder, "20251007T100000Z-production-v1.1.0.md"))
}
