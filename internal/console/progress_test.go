package console

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify"
)

// No real terminal is at hand in a test: these prove the two ways to tell
// progress and who gets which, not how a terminal shows it.

func TestProgress_CountsOnATerminal(t *testing.T) {
	var b strings.Builder
	p := &Progress{w: &b, live: true}
	p.Finished(verify.Result{Outcome: verify.OK}, 1, 2)
	p.Finished(verify.Result{Outcome: verify.TimedOut}, 2, 2)
	p.End()
	assert.Equal(t, "\r\x1b[K1 of 2 checks done, 0 failed\r\x1b[K2 of 2 checks done, 1 failed\r\x1b[K", b.String())
	assert.NotContains(t, b.String(), "\n")
}

func TestTerminal_IsNoFileAndNoBuffer(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "report")
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	assert.False(t, isTerminal(file))
	assert.False(t, isTerminal(&strings.Builder{}))
}

func TestColour_IsForTerminalsThatWantIt(t *testing.T) {
	device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0) // a character device, as a terminal is
	require.NoError(t, err)
	defer func() { _ = device.Close() }()
	env := func(name, value string) func(string) string {
		return func(asked string) string {
			if asked == name {
				return value
			}
			return ""
		}
	}
	assert.True(t, Colourful(device, env("", "")))
	assert.True(t, Colourful(device, env("NO_COLOR", "")), "empty means unset")
	assert.False(t, Colourful(device, env("NO_COLOR", "1")))
	assert.False(t, Colourful(device, env("TERM", "dumb")))
	assert.False(t, Colourful(&strings.Builder{}, env("", "")))
}
