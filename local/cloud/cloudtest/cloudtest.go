// Package cloudtest starts an emulated AWS for a test.
package cloudtest

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/cloud"
	"github.com/flowcomply/infrastructure/local/toolchain"
)

var ready = regexp.MustCompile(`ready at (\S+) `)

// Start runs the emulator, in which no task runs, until the test ends. Its journal is the second result.
func Start(t *testing.T) (c cloud.Cloud, journal func() string) {
	t.Helper()
	root := checkout(t)
	python, err := toolchain.Open(root).FindPython(t.Context())
	require.NoError(t, err)
	data := t.TempDir()
	cmd := exec.Command(python, "-m", "awslocal", "--port", "0", "--data", data)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+filepath.Join(root, "local", "emulator"), "PYTHONDONTWRITEBYTECODE=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan(), "the emulator ended")
	found := ready.FindStringSubmatch(lines.Text())
	require.NotNil(t, found, lines.Text())
	return cloud.New(found[1], "ap-southeast-2"), func() string {
		text, err := os.ReadFile(filepath.Join(data, "calls.jsonl"))
		require.NoError(t, err)
		return string(text)
	}
}

// Anybody is a configuration for calls that count as somebody's, unlike AWS's own. Like anybody's it asks again where a
// connection ends in the middle of an answer.
func Anybody(c cloud.Cloud) aws.Config {
	cfg := c.Config()
	cfg.HTTPClient, cfg.RetryMaxAttempts = nil, retry.DefaultMaxAttempts
	return cfg
}

func checkout(t *testing.T) string {
	t.Helper()
	folder, err := os.Getwd()
	require.NoError(t, err)
	at := strings.LastIndex(folder, string(filepath.Separator)+"local"+string(filepath.Separator))
	require.GreaterOrEqual(t, at, 0, folder)
	return folder[:at]
}
