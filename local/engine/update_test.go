package engine

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/flowcomply/infrastructure/local/toolchain"
)

// These tests read events in the CLI's format and replace the CLI by a script. That the counted CLI takes these arguments
// and writes such events, the end-to-end test proves.

func TestChangesIn_IsEveryStepThatIsNotSame(t *testing.T) {
	for file, want := range map[string][]string{
		"same.json": nil,
		"update.json": {
			"create   aws:kms/key:Key data",
			"delete   aws:sns/topic:Topic old",
			"update   aws:ecs/service:Service backend (desiredCount, taskDefinition)",
		},
		"replace.json": {"replace  aws:ecs/taskDefinition:TaskDefinition backend-task (containerDefinitions)"},
		"killed.json":  {"create   aws:kms/key:Key data"},
	} {
		t.Run(file, func(t *testing.T) {
			changes, err := changesIn(filepath.Join("testdata", file))
			require.NoError(t, err)
			var lines []string
			for _, change := range changes {
				lines = append(lines, change.String())
			}
			assert.Equal(t, want, lines)
		})
	}
}

func TestChangesIn_FailsOnWhatIsNoRecord(t *testing.T) {
	_, err := changesIn(filepath.Join("testdata", "missing.json"))
	require.ErrorIs(t, err, os.ErrNotExist)
	garbage := filepath.Join(t.TempDir(), "events.json")
	require.NoError(t, os.WriteFile(garbage, []byte("{} not json\n"), 0o644))
	_, err = changesIn(garbage)
	require.ErrorContains(t, err, "events: invalid character")
}

func TestChangeOf_CountsAReplaceOnce(t *testing.T) {
	for op, counts := range map[apitype.OpType]bool{
		apitype.OpSame: false, apitype.OpRead: false, apitype.OpRefresh: false, apitype.OpCreateReplacement: false, apitype.OpDeleteReplaced: false,
		apitype.OpCreate: true, apitype.OpUpdate: true, apitype.OpReplace: true, apitype.OpDelete: true, apitype.OpImport: true,
	} {
		step := apitype.StepEventMetadata{Op: op, URN: "urn:pulumi:local::flowcomply::flowcomply:key:Key$aws:kms/key:Key::data", Type: "aws:kms/key:Key", Diffs: []string{"b", "a"}}
		change, counted := changeOf(step)
		assert.Equal(t, counts, counted, op)
		if counted {
			assert.Equal(t, Change{Op: string(op), Type: "aws:kms/key:Key", Name: "data", Diff: []string{"a", "b"}}, change)
		}
		assert.Equal(t, []string{"b", "a"}, step.Diffs, "the event is left as it is")
	}
	_, counted := changeOf(apitype.StepEventMetadata{Op: apitype.OpCreate, Type: "pulumi:pulumi:Stack"})
	assert.False(t, counted)
}

func TestCutOff_TellsAKilledUpdateFromAFinishedOne(t *testing.T) {
	for name, row := range map[string]struct {
		file, verb string
		cut        bool
	}{
		"nothing ran yet":     {},
		"finished":            {file: "update.json", verb: "up"},
		"killed":              {file: "killed.json", verb: "up", cut: true},
		"a killed destroy":    {file: "killed.json", verb: "destroy", cut: true},
		"a killed preview is": {file: "killed.json", verb: "preview"},
	} {
		t.Run(name, func(t *testing.T) {
			stack := Stack{Run: t.TempDir()}
			if row.file != "" {
				text, err := os.ReadFile(filepath.Join("testdata", row.file))
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(filepath.Join(stack.Run, row.verb+".events.json"), text, 0o644))
			}
			assert.Equal(t, row.cut, stack.CutOff())
		})
	}
}

// cli is a stack in a run folder of its own, whose CLI is a script. The script sees its arguments and environment.
func cli(t *testing.T, script string) (Stack, *bytes.Buffer) {
	t.Helper()
	root, out := t.TempDir(), &bytes.Buffer{}
	program := filepath.Join(root, "pulumi")
	require.NoError(t, os.WriteFile(program, []byte("#!/bin/sh\n"+script), 0o755))
	run := filepath.Join(root, "run")
	stack := Stack{Tools: toolchain.Tools{Root: root, Pulumi: program, Home: filepath.Join(root, "home")}, Name: "local", Run: run, Out: out}
	require.NoError(t, os.MkdirAll(stack.seed(), 0o755))
	return stack, out
}

// logEvents makes a script write a recorded file where --event-log says.
func logEvents(t *testing.T, file string) string {
	t.Helper()
	recorded, err := filepath.Abs(filepath.Join("testdata", file))
	require.NoError(t, err)
	return `while [ $# -gt 0 ]; do [ "$1" = --event-log ] && cp ` + recorded + ` "$2"; shift; done
`
}

func TestOperation_FailsWithWhatTheCLISaid(t *testing.T) {
	stack, out := cli(t, logEvents(t, "killed.json")+"echo 'error: no such thing' >&2\nexit 255\n")
	changes, err := stack.Up(context.Background())
	require.EqualError(t, err, "pulumi up --stack local: exit status 255; the cause is above")
	assert.Contains(t, out.String(), "error: no such thing")
	var failed *Error
	require.ErrorAs(t, err, &failed)
	assert.Equal(t, "error: no such thing\n", failed.Said)
	assert.Equal(t, failed.Cause, errors.Unwrap(err))
	assert.Len(t, changes, 1, "what was done before it failed")
}

func TestOperation_DoesNotReadAnOlderRecord(t *testing.T) {
	stack, _ := cli(t, "exit 0\n")
	require.NoError(t, os.WriteFile(filepath.Join(stack.Run, "preview.events.json"), []byte("{}"), 0o644))
	_, err := stack.Preview(context.Background())
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestOperation_WorksOnTheRunFolderAlone(t *testing.T) {
	stack, out := cli(t, "echo \"$@\"\necho \"$PULUMI_BACKEND_URL $PULUMI_HOME $PULUMI_CONFIG_PASSPHRASE\"\npwd\n"+logEvents(t, "same.json"))
	for verb, do := range map[string]func() ([]Change, error){
		"preview": func() ([]Change, error) { return stack.Preview(context.Background(), "--refresh") },
		"up":      func() ([]Change, error) { return stack.Up(context.Background()) },
		"destroy": func() ([]Change, error) { return stack.Destroy(context.Background()) },
	} {
		out.Reset()
		changes, err := do()
		require.NoError(t, err)
		assert.Empty(t, changes)
		said := strings.Split(out.String(), "\n")
		assert.True(t, strings.HasPrefix(said[0], verb+" --stack local --config-file "+stack.ConfigFile()+" "), said[0])
		assert.Contains(t, said[0], "--non-interactive")
		assert.Equal(t, verb == "preview", strings.Contains(said[0], "--refresh"))
		assert.Equal(t, "file://"+stack.state()+" "+stack.Tools.Home+" "+Passphrase, said[1])
		assert.Equal(t, stack.Tools.Root, said[2])
	}
}

func TestLastBytes_KeepsTheEnd(t *testing.T) {
	kept := &lastBytes{limit: 4}
	for _, part := range []string{"ab", "cdef", "g"} {
		n, err := kept.Write([]byte(part))
		require.NoError(t, err)
		assert.Len(t, part, n)
	}
	assert.Equal(t, "defg", kept.String())
}
