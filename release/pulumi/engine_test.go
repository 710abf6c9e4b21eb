package pulumi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/stacks"
)

// The CLI is a script here: that the real one takes these arguments and streams such events, the test in local/tests/releases
// proves.

// cli puts a script on PATH as pulumi, and returns the project's folder. Its arguments are in calls.
func cli(t *testing.T, script string) string {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "Pulumi.yaml"), []byte("name: flowcomply\nruntime: go\n"), 0o600))
	program := "#!/bin/sh\n[ \"$1\" = version ] && { echo v3.259.0; exit; }\necho \"$@\" >>" + folder + "/calls\n" + script
	require.NoError(t, os.WriteFile(filepath.Join(folder, "pulumi"), []byte(program), 0o700))
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	return folder
}

func calls(t *testing.T, folder string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "calls"))
	require.NoError(t, err)
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

func TestOpen_LeavesTheSelectedStackAlone(t *testing.T) {
	folder := cli(t, "exit 0\n")
	_, err := Open(t.Context(), folder, "production", &bytes.Buffer{})
	require.NoError(t, err)
	assert.Equal(t, []string{"stack --show-name --stack production --color never --non-interactive"}, calls(t, folder))
}

func TestOpen_SaysWhatIsMissing(t *testing.T) {
	folder := cli(t, "echo \"error: no stack named 'production' found\" >&2; exit 1\n")
	_, err := Open(t.Context(), folder, "production", &bytes.Buffer{})
	require.ErrorContains(t, err, `stack "production": there is no such stack; `)
	_, err = Open(t.Context(), t.TempDir(), "production", &bytes.Buffer{})
	require.ErrorContains(t, err, "is not the project's folder: run this in the root of the repository")
	for version, want := range map[string]string{"v3.205.1": "is v3.205.1; install 3.", "v4.0.0": "is v4.0.0; install 3.", "dev": "is dev; install 3."} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, "pulumi"), []byte("#!/bin/sh\necho "+version+"\n"), 0o700))
		_, err = Open(t.Context(), folder, "production", &bytes.Buffer{})
		require.ErrorContains(t, err, want)
	}
	require.NoError(t, os.WriteFile(filepath.Join(folder, "pulumi"), []byte("#!/bin/sh\n"), 0o700))
	_, err = Open(t.Context(), folder, "production", &bytes.Buffer{})
	require.NoError(t, err, "built from source")
	t.Setenv("PATH", t.TempDir())
	_, err = Open(t.Context(), folder, "production", &bytes.Buffer{})
	require.ErrorContains(t, err, "pulumi is not on PATH; install it, or for the emulated AWS run")
}

// A page that is full is not the last.
func TestHistory_ReadsEveryPageAndNoSecret(t *testing.T) {
	row := func(version string) string {
		return `{"kind":"update","startTime":"2026-11-20T10:00:00.000Z","endTime":"2026-11-20T10:05:00.000Z","message":"\"release ` + version + `\"",
			"result":"succeeded","config":{"flowcomply:release.version":{"value":"` + version + `","secret":false},
			"flowcomply:site":{"value":"{\"domain\":\"x\"}","objectValue":{"domain":"x"},"secret":false},"flowcomply:KEY":{"secret":true}},"resourceChanges":{"same":250,"update":5},"environment":{"pulumi.flag.yes":"true"}}`
	}
	full := make([]string, 100)
	for i := range full {
		full[i] = row(fmt.Sprintf("v1.0.%d", i))
	}
	folder := cli(t, `case "$*" in *"--page 1 "*) cat "$(dirname "$0")/one" ;; *) cat "$(dirname "$0")/two" ;; esac`)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "one"), []byte("["+strings.Join(full, ",")+"]"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "two"), []byte("["+row("v0.9.0")+`,{"kind":"update","startTime":"2026-11-20T09:00:00.000Z","result":"in-progress","environment":{"pulumi.flag.target":"set"}}]`), 0o600))
	opened, err := Open(t.Context(), folder, "production", &bytes.Buffer{})
	require.NoError(t, err)
	history, err := opened.History(t.Context())
	require.NoError(t, err)
	require.Len(t, history, 102)
	assert.Equal(t, stacks.Source{
		Values:  map[string]string{"flowcomply:release.version": "v0.9.0", "flowcomply:site": `{"domain":"x"}`, "flowcomply:KEY": stacks.Hidden},
		Secrets: map[string]bool{"flowcomply:KEY": true},
	}, history[100].Config)
	assert.Equal(t, "release v0.9.0", history[100].Message)
	assert.Equal(t, 5*time.Minute, history[100].End.Sub(history[100].Start))
	assert.Equal(t, map[string]int{"same": 250, "update": 5}, history[100].Changes)
	assert.False(t, history[100].Limited)
	assert.True(t, history[101].End.IsZero())
	assert.True(t, history[101].Limited)
	for _, call := range calls(t, folder) {
		assert.NotContains(t, call, "--show-secrets")
	}
}

func TestLimited_IsWhatLeavesResourcesOut(t *testing.T) {
	for name, limits := range map[string]bool{
		"pulumi.flag.target": true, "pulumi.flag.exclude-dependents": true, "pulumi.env.PULUMI_OPTION_TARGET": true,
		"pulumi.env.PULUMI_OPTION_EXCLUDE_DEPENDENTS": true, "pulumi.flag.refresh": false, "pulumi.env.PULUMI_OPTION_REFRESH": false,
	} {
		assert.Equal(t, limits, limited(map[string]string{name: "set"}), name)
	}
}

func TestOutputs_AreReadAsTheyAre(t *testing.T) {
	folder := cli(t, `echo '{"version":"v1.0.0","releases":[{"version":"v1.0.0","number":1}],"unknown":true}'`)
	opened, err := Open(t.Context(), folder, "production", &bytes.Buffer{})
	require.NoError(t, err)
	outputs, err := opened.Outputs(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "v1.0.0", outputs.Version)
	assert.Equal(t, 1, outputs.Releases[0].Number)
	assert.Equal(t, "stack output --json --stack production --color never --non-interactive", calls(t, folder)[1])
}

// signals cancels when the script has said that it runs.
type signals struct {
	cancel context.CancelFunc
	said   bytes.Buffer
}

func (s *signals) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("ready")) {
		s.cancel()
	}
	return s.said.Write(p)
}

func TestRun_InterruptsOnceAndWaits(t *testing.T) {
	folder := cli(t, `sleep 60 >/dev/null 2>&1 &
work=$!
trap 'echo asked; kill $work' INT
echo ready
wait $work
wait $work
echo finished what was begun
exit 255
`)
	ctx, cancel := context.WithCancel(t.Context())
	heard := &signals{cancel: cancel}
	command := automated{CLI: CLI{Program: filepath.Join(folder, "pulumi")}}
	out, _, code, err := command.Run(ctx, folder, nil, []io.Writer{heard}, nil, nil, "up")
	require.Error(t, err)
	assert.Equal(t, "ready\nasked\nfinished what was begun\n", out)
	assert.Equal(t, out, heard.said.String())
	assert.Equal(t, 255, code)
}

func TestRecord_EndsWithOrWithoutTheEngine(t *testing.T) {
	channel, end := record()
	channel <- events.EngineEvent{EngineEvent: apitype.EngineEvent{Sequence: 1}}
	channel <- events.EngineEvent{Error: errors.New("unreadable")}
	channel <- events.EngineEvent{EngineEvent: apitype.EngineEvent{Sequence: 2}}
	close(channel)
	kept := end()
	require.Len(t, kept, 2)
	assert.Equal(t, 2, kept[1].Sequence)
	assert.False(t, kept[0].At.After(kept[1].At))

	_, end = record() // the CLI failed before it connected
	assert.Empty(t, end())
}

func TestReason_IsWhatTheCLIWasAbout(t *testing.T) {
	for name, row := range map[string]struct{ said, want string }{
		"another kind of error": {"plain", "plain"},
		"a missing passphrase":  {"x\ncode: 255\nstdout: \nstderr: error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE\n\n", "the stack's passphrase is missing; set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE"},
		"what a preview found":  {"x\ncode: 255\nstdout: Previewing\n + lots\nDiagnostics:\n  the cause\n\nstderr: \n", "the cause"},
		"what the CLI found":    {"x\ncode: 255\nstdout: \nstderr: error: no\n\n", "error: no"},
	} {
		t.Run(name, func(t *testing.T) {
			require.EqualError(t, automationReason(errors.New(row.said)), row.want)
		})
	}
	require.NoError(t, automationReason(nil))
}

func TestOutputsReason_OfABackendThatHangs(t *testing.T) {
	killed := errors.Join(context.DeadlineExceeded, &Error{Command: "stack output", Cause: errors.New("signal: interrupt")})
	assert.EqualError(t, outputsReason(killed), "pulumi did not answer in 2m0s; check the state backend")
}
