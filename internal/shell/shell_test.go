package shell

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A real shell reads back what was quoted.
func TestQuote_IsReadBackByAShell(t *testing.T) {
	for _, arguments := range [][]string{
		{"-cluster", "arn:aws:ecs:ap-southeast-2:000000000000:cluster/flowcomply-local"},
		{`["npx","prisma","migrate","deploy"]`, "it's", "", "a b", "$HOME `id` \\ \"x\"", "*", "-", "two\nlines"},
	} {
		out, err := exec.Command("/bin/sh", "-c", `printf '%s\0' `+Quote(arguments...)).Output()
		require.NoError(t, err)
		assert.Equal(t, arguments, strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"))
	}
}
