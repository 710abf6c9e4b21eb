//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/harness"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// The engine's names of what a release touches.
const (
	commandType = "command:local:Command"
	imageType   = "docker:index/image:Image"
	serviceType = "aws:ecs/service:Service"
)

// proven is what a stack's outputs say of its releases.
type proven struct {
	Version            string
	DatabaseIdentifier string
	Release            struct {
		Number     int
		SnapshotID string
		Images     map[string]image
	}
	Releases []struct {
		Version string
		Number  int
		Images  map[string]image
	}
	Services map[string]outputs.Service
}

type image struct {
	Digest    string `json:"digest"`
	Content   string `json:"content"`
	Arguments string `json:"arguments"`
	Origin    string `json:"origin"`
}

// digest is that of a service's image in the last release of a version.
func (p proven) digest(version, service string) string {
	for _, one := range slices.Backward(p.Releases) {
		if one.Version == version {
			return one.Images[service].Digest
		}
	}
	return ""
}

// update is one update of a stack that people use all the while.
type update struct {
	before, after proven
	changes       []engine.Change
	calls         map[string]int // that AWS carried out meanwhile, such as ecs:RunTask
	said          string
	err           error
}

// watch makes an update while people look on: at these pages, or at the site and the API. None of their requests may be
// lost, however it ends.
func (f fixture) watch(t *testing.T, do func(context.Context, engine.Stack) ([]engine.Change, error), pages ...string) update {
	t.Helper()
	running, before := f.asked(t)
	from, end := len(f.journal(t)), running.Visit(t.Context(), pages...)
	stack, begin := f.stack(t), time.Now()
	changes, err := do(t.Context(), stack)
	visits := end()
	t.Logf("update: %s, %d requests, error %v", time.Since(begin).Round(time.Second), visits.Made, err)
	u := update{before: before, changes: changes, calls: harness.Count(f.journal(t)[from:]), said: shown(stack), err: err}
	_, u.after = f.asked(t)
	assert.Empty(t, visits.Lost, "of %d requests\n%s", visits.Made, u.said)
	return u
}

// ended wants a command to have ended with an exit code.
func (u update) ended(t *testing.T, code int) {
	t.Helper()
	if code == 0 {
		require.NoError(t, u.err, u.said)
		return
	}
	var exit *exec.ExitError
	require.ErrorAs(t, u.err, &exit, u.said)
	require.Equal(t, code, exit.ExitCode(), u.said)
}

// up is the update that people make with Pulumi itself.
func up(ctx context.Context, stack engine.Stack) ([]engine.Change, error) { return stack.Up(ctx) }

// succeeds makes an update that has to bring the version about, as the stack's next release.
func (f fixture) succeeds(t *testing.T, version string) update {
	t.Helper()
	u := f.watch(t, up)
	require.NoError(t, u.err, u.said)
	u.released(t, version)
	return u
}

// released wants the version to be the stack's next release.
func (u update) released(t *testing.T, version string) {
	t.Helper()
	require.Equal(t, version, u.after.Version, u.said)
	assert.Equal(t, u.before.Release.Number+1, u.after.Release.Number)
	require.Len(t, u.after.Releases, len(u.before.Releases)+1)
	assert.Equal(t, u.before.Releases, u.after.Releases[:len(u.before.Releases)])
	assert.Equal(t, version, u.after.Releases[len(u.before.Releases)].Version)
}

// fails makes an update that has to end with these words, and to leave the release before as it was: what is recorded of
// it, and what serves.
func (f fixture) fails(t *testing.T, words ...string) update {
	t.Helper()
	u := f.watch(t, up)
	require.Error(t, u.err, u.said)
	for _, one := range words {
		assert.Contains(t, u.said, one)
	}
	assert.Equal(t, u.before, u.after, "what was proven is not recorded any more")
	f.serves(t, u.before)
	return u
}

// failsEarly is fails before any service has changed.
func (f fixture) failsEarly(t *testing.T, words ...string) update {
	t.Helper()
	u := f.fails(t, words...)
	assert.False(t, u.touched(serviceType, "backend") || u.touched(serviceType, "frontend"), "%v", u.changes)
	return u
}

// serves wants every service to run what was proven, and nothing else.
func (f fixture) serves(t *testing.T, what proven) {
	t.Helper()
	running, _ := f.asked(t)
	require.NoError(t, running.Serves(t.Context(), what.Services))
}

// unchanged wants a preview to have nothing to do.
func (f fixture) unchanged(t *testing.T) {
	t.Helper()
	stack := f.stack(t)
	changes, err := stack.Preview(t.Context())
	require.NoError(t, err, shown(stack))
	assert.Empty(t, changes)
}

// asked opens the stack and reads what its outputs say of its releases.
func (f fixture) asked(t *testing.T) (*harness.Stack, proven) {
	t.Helper()
	opened, err := harness.Open(t.Context(), f.stack(t))
	require.NoError(t, err)
	var says proven
	require.NoError(t, json.Unmarshal(opened.Text, &says))
	return opened, says
}

func (u update) touched(typ, name string) bool {
	return slices.ContainsFunc(u.changes, func(c engine.Change) bool { return c.Type == typ && c.Name == name })
}

func shown(stack engine.Stack) string { return stack.Out.(*bytes.Buffer).String() }
