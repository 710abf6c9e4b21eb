// Package recovery kills updates of the real Pulumi CLI, and recovers them with the command, on a file backend and on S3.
// Proven is that locks, processes, pending operations and states are what the command takes them for, and that the next
// update goes on. The programs are small ones: that every type of the real one is found and adopted, they do not prove.
package recovery

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/emulator/emulatortest"
)

// root is the checkout's.
var root = filepath.Join("..", "..", "..")

func TestRecover_AStepThatWasCutOff(t *testing.T) {
	for name, backend := range map[string]func(t *testing.T) string{
		"file": func(*testing.T) string { return "" },
		"S3":   func(t *testing.T) string { return bucket(t, emulatortest.Start(t, root).Endpoint) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := gate(t)
			f := open(t, backend(t), "GATE="+at)
			killed := f.update()
			step := begun(t, at)

			code, said := f.recover("--yes")
			require.Equal(t, 2, code, said)
			assert.Regexp(t, `a live update holds the stack: a lock of \S+ \(process \d+\), since .*; process \d+ runs`, said)
			require.True(t, runs(step), "it goes on")

			killed.kill(t)
			require.True(t, runs(step), "it outlives the engine")
			code, said = f.recover()
			require.Equal(t, 2, code, said)
			assert.Contains(t, said, "there is no terminal to ask at; nothing more was done. With --yes nothing is asked")
			assert.True(t, runs(step), "nobody agreed")

			code, said = f.recover("--yes")
			require.Equal(t, 0, code, said)
			assert.False(t, runs(step), "the step was ended")
			for _, want := range []string{
				`found  process \d+, a step: cat \S+gate\nwill   tell it to end`, `found  process \d+, a plugin: pulumi-resource-command 127.0.0.1:\d+\nwill   end it`,
				`found  a lock of .*\nwill   remove it\nsafe   it was made on this machine, and process \d+ is gone`,
				`found  an operation that was cut off: creating command:local:Command migration\nwill   forget the operation`,
				`removed 1 lock\(s\)`, `  create command:local:Command migration\n`, `next: pulumi up --stack crashed`,
			} {
				assert.Regexp(t, want, said)
			}
			assert.NotContains(t, f.state(), "pending_operations")
			code, said = f.recover("--yes")
			require.Equal(t, 0, code, said)
			assert.Contains(t, said, "nothing is left of an interrupted update")

			again := f.update()
			begun(t, at)
			require.NoError(t, os.WriteFile(at, []byte("migrated"), 0))
			require.NoError(t, again.Wait(), again.out.String())
			assert.Contains(t, f.state(), `"stdout": "migrated"`)
		})
	}
}

// The topic is in AWS and the provider was still reading it back, so that no state has its name. A second topic would have
// another name, as the engine chooses one by chance.
func TestRecover_WhatAWSHasAndNoState(t *testing.T) {
	t.Parallel()
	aws := emulatortest.Start(t, root)
	wrong := `{"faults":[{"match":"sns:GetTopicAttributes","times":1000,"status":400,"code":"Throttling","message":"Rate exceeded"}]}`
	require.NoError(t, os.WriteFile(aws.Scenario, []byte(wrong), 0o600))
	f := open(t, "", "AWS_ENDPOINT_URL="+aws.Endpoint)
	killed := f.update()
	count := func(call string) int {
		text, err := os.ReadFile(aws.Calls)
		require.NoError(t, err)
		return strings.Count(string(text), call)
	}
	require.Eventually(t, func() bool { return count("GetTopicAttributes") > 0 }, time.Minute, 20*time.Millisecond, "no topic was made")
	killed.kill(t)
	require.NoError(t, os.WriteFile(aws.Scenario, []byte(`{}`), 0o600))

	code, said := f.recover("--yes")
	require.Equal(t, 0, code, said)
	assert.Regexp(t, `an operation that was cut off: creating aws:sns/topic:Topic alerts\nwill   take it into the state\nsafe   AWS has it: arn:aws:sns:`, said)
	assert.Regexp(t, `in the state now: aws:sns/topic:Topic alerts, arn:aws:sns:`+region+":"+account+`:alerts-[0-9a-f]{7}\n`, said)
	assert.Contains(t, said, "the next update would change nothing", "what it was made with is known again")
	kept := regexp.MustCompile(`the state as it was: (\S+)`).FindStringSubmatch(said)
	require.Len(t, kept, 2, said)
	before, err := os.ReadFile(kept[1])
	require.NoError(t, err)
	assert.Contains(t, string(before), "pending_operations")

	again := f.update()
	require.NoError(t, again.Wait(), again.out.String())
	assert.Equal(t, 1, count("CreateTopic"), "none was made beside it")
}
