package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/release"
	"github.com/flowcomply/infrastructure/release/drift"
	recovery "github.com/flowcomply/infrastructure/release/recover"
)

// driftedEngine plays the engine's two questions. It has no way to change anything, as driftEngine has none; that the real one only
// previews is for the tests of release/pulumi.
type driftedEngine struct {
	refreshed, previewed []release.Event
	err                  error
	asked                []string
}

func (e *driftedEngine) PreviewRefresh(_ context.Context, file string) ([]release.Event, error) {
	e.asked = append(e.asked, "refresh "+filepath.Base(file))
	return e.refreshed, e.err
}

func (e *driftedEngine) Preview(_ context.Context, file string) ([]release.Event, error) {
	e.asked = append(e.asked, "preview "+filepath.Base(file))
	return e.previewed, nil
}

func changedOutside(kind, name string) release.Event {
	state := func(value string) *apitype.StepEventStateMetadata {
		return &apitype.StepEventStateMetadata{Inputs: map[string]any{"policy": value}}
	}
	return release.Event{EngineEvent: apitype.EngineEvent{ResOutputsEvent: &apitype.ResOutputsEvent{Metadata: apitype.StepEventMetadata{
		Op: apitype.OpUpdate, Type: kind, URN: "urn:pulumi:staging::flowcomply::" + kind + "::" + name, Old: state("a"), New: state("b"),
	}}}}
}

// drifted runs the command behind its engine, and returns its exit code and what it wrote.
func drifted(t *testing.T, d drifting, engine *driftedEngine, loose []recovery.Candidate, unfound error) (code int, stdout, stderr string) {
	t.Helper()
	var out, said bytes.Buffer
	command := &cobra.Command{Use: "drift"}
	command.SetOut(&out)
	command.SetErr(&said)
	find := func(context.Context) ([]recovery.Candidate, error) { return loose, unfound }
	found, err := d.compare(t.Context(), engine, find, time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC))
	var ended exit.EndedError
	if errors.As(d.conclude(command, found, err), &ended) {
		code = int(ended)
	}
	return code, out.String(), said.String()
}

// stagingFile is staging's stack file with its operator's secrets, and more of one's own.
func stagingFile(t *testing.T, more string) string {
	t.Helper()
	text, err := os.ReadFile("../../Pulumi.staging.yaml")
	require.NoError(t, err)
	for _, key := range []string{"ANTHROPIC_API_KEY", "SMOKE_USER"} {
		if !bytes.Contains(text, []byte("  flowcomply:"+key+":")) {
			more += "  flowcomply:" + key + ": {secure: v1:x}\n"
		}
	}
	file := filepath.Join(t.TempDir(), "Pulumi.staging.yaml")
	require.NoError(t, os.WriteFile(file, append(text, more...), 0o600))
	return file
}

func TestDrift_ExitCodes(t *testing.T) {
	const expected = "  flowcomply:drift:\n    expected:\n      - {path: \"aws:iam/rolePolicy:RolePolicy::task\", reason: an audit, until: \"2026-11-30\"}\n"
	for name, tc := range map[string]struct {
		engine  driftedEngine
		loose   []recovery.Candidate
		unfound error
		file    string
		code    int
		stdout  string
		stderr  string
	}{
		"none":             {code: drift.CodeNone, stdout: "no drift"},
		"drift":            {engine: driftedEngine{refreshed: []release.Event{changedOutside("aws:ecs/service:Service", "backend")}}, code: drift.CodeDrift, stdout: "aws:ecs/service:Service::backend"},
		"in no state":      {loose: []recovery.Candidate{{Type: "aws:ec2/eip:Eip", ID: "eipalloc-1"}}, code: drift.CodeDrift, stdout: "eipalloc-1"},
		"severe":           {engine: driftedEngine{refreshed: []release.Event{changedOutside("aws:iam/rolePolicy:RolePolicy", "task")}}, code: drift.CodeSevere, stdout: "R5"},
		"expected":         {engine: driftedEngine{refreshed: []release.Event{changedOutside("aws:iam/rolePolicy:RolePolicy", "task")}}, file: expected, code: drift.CodeNone, stdout: "expected until 2026-11-30: an audit"},
		"no refresh":       {engine: driftedEngine{err: errors.New("refresh: the backend is away")}, code: drift.CodeNotLooked, stderr: "could not look: refresh: the backend is away"},
		"no search":        {unfound: errors.New("denied"), code: drift.CodeNotLooked, stderr: "could not look: what has the stack's tag: denied"},
		"a file, not read": {file: "  flowcomply:kluster: {}\n", code: drift.CodeNotLooked, stderr: "flowcomply:kluster: is not known"},
	} {
		t.Run(name, func(t *testing.T) {
			d := drifting{on: target{Name: "staging", File: stagingFile(t, tc.file)}, format: drift.Terminal}
			code, stdout, stderr := drifted(t, d, &tc.engine, tc.loose, tc.unfound)
			assert.Equal(t, tc.code, code, stderr)
			assert.Contains(t, stdout, tc.stdout)
			assert.Contains(t, stderr, tc.stderr)
			assert.Equal(t, tc.code == drift.CodeNotLooked, stdout == "", "what could not be looked at is no report")
			assert.Equal(t, []string{"refresh Pulumi.staging.yaml", "preview Pulumi.staging.yaml"}, tc.engine.asked, "each is asked, once")
		})
	}
}

func TestDrift_WritesAPageToo(t *testing.T) {
	page := filepath.Join(t.TempDir(), "drift.html")
	d := drifting{on: target{Name: "staging", File: stagingFile(t, "")}, format: drift.JSON, page: page}
	code, stdout, stderr := drifted(t, d, &driftedEngine{}, nil, nil)
	require.Equal(t, drift.CodeNone, code, stderr)
	assert.Contains(t, stdout, `"stack": "staging"`)
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	assert.Contains(t, string(text), "<h1><span>Drift</span> <em>no drift</em></h1>")
	d.page = filepath.Join(page, "nowhere")
	code, _, _ = drifted(t, d, &driftedEngine{}, nil, nil)
	assert.Equal(t, drift.CodeNotLooked, code)
}

func TestDrift_SaysWhatIsWrong(t *testing.T) {
	got := flowcomply(t, "drift", "surplus", "--format", "yaml")
	assert.Equal(t, exit.Refused, got.code)
	for _, want := range []string{`unexpected "surplus": flags only`, "--stack: missing", `--format "yaml": unknown; it is one of [terminal json markdown]`} {
		assert.Contains(t, got.stderr, want)
	}
	t.Chdir(t.TempDir())
	got = flowcomply(t, "drift", "--stack", "staging")
	assert.Equal(t, drift.CodeNotLooked, got.code)
	assert.Contains(t, got.stderr, "run this in the root of the repository")
}
