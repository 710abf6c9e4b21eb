package engine

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/emulator"
)

// The CLI is a script here: that an engine's plugins outlive it, these tests do not prove.

const reaches = `for last; do [ "$previous" = --event-log ] && events=$last; previous=$last; done
echo begins
echo '{"sequence":1,"timestamp":100,"preludeEvent":{}}{"sequence":2,"timestamp":107,"resourcePreEvent":{"metadata":{"op":"same"}}}' >>$events
`

func TestKill_EndsTheEngineAlone(t *testing.T) {
	plugin := filepath.Join(t.TempDir(), "plugin")
	stack, _ := cli(t, `sleep 600 & echo $! >`+plugin+"\n"+reaches+"wait\n")
	var said bytes.Buffer
	stack.Out = &said
	killed, err := stack.Kill(t.Context(), time.Millisecond)
	require.NoError(t, err)
	assert.True(t, killed)
	assert.Equal(t, "begins\n", said.String())
	assert.True(t, stack.CutOff())
	pid, err := strconv.Atoi(strings.TrimSpace(text(t, plugin)))
	require.NoError(t, err)
	left, err := emulator.Identify(pid)
	require.NoError(t, err, "what the engine started goes on")
	left.Stop(0)
}

func TestKill_SaysHowAnUpdateEndedBefore(t *testing.T) {
	stack, _ := cli(t, reaches)
	killed, err := stack.Kill(t.Context(), time.Hour)
	require.NoError(t, err)
	assert.False(t, killed)

	failing, _ := cli(t, reaches+"exit 3")
	killed, err = failing.Kill(t.Context(), time.Hour)
	assert.False(t, killed)
	assert.EqualError(t, err, "pulumi up --stack local: exit status 3; the cause is above")
}

func TestLasted_IsFromTheFirstResourceOn(t *testing.T) {
	stack, _ := cli(t, reaches+`echo '{"sequence":3,"timestamp":150,"summaryEvent":{}}' >>$events`)
	_, err := stack.Up(t.Context())
	require.NoError(t, err)
	lasted, err := stack.Lasted()
	require.NoError(t, err)
	assert.Equal(t, 43*time.Second, lasted)

	require.NoError(t, os.WriteFile(filepath.Join(stack.Run, "up.events.json"), []byte(`{"sequence":1,"timestamp":100,"summaryEvent":{}}`), 0o600))
	_, err = stack.Lasted()
	assert.EqualError(t, err, "events: the last update came to no resource")
}
