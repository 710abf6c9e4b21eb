// Package emulatortest starts an emulated AWS for one test: moto with what it lacks, in which tasks run nothing.
package emulatortest

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/toolchain"
)

// Region is where the emulated AWS is.
const Region = "ap-southeast-2"

// Account is whose it is.
const Account = "000000000000"

// Server is a running one.
type Server struct {
	Endpoint string // a URL
	Calls    string // the file of the calls that it has answered
	Scenario string // the file of what it is to do wrong
}

// Start runs one until the test ends. root is the checkout's.
func Start(t *testing.T, root string) Server {
	t.Helper()
	root, err := filepath.Abs(root)
	require.NoError(t, err)
	python, err := toolchain.Ready(root).FindPython(t.Context())
	require.NoError(t, err)
	folder := t.TempDir()
	server := Server{Calls: filepath.Join(folder, "data", "calls.jsonl"), Scenario: filepath.Join(folder, "scenario.json")}
	command := exec.Command(python, "-m", "awslocal", "--port", "0", "--account", Account, "--region", Region, "--compute", "simulated",
		"--data", filepath.Join(folder, "data"), "--control", server.Scenario)
	command.Dir, command.Stderr = filepath.Join(root, "local", "emulator"), os.Stderr
	command.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Signal(syscall.SIGTERM); _ = command.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	_, rest, found := strings.Cut(line, "ready at ")
	require.True(t, found, line)
	server.Endpoint, _, _ = strings.Cut(rest, " ")
	return server
}
