package process

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// This program is its own parent and child here. The tests do not prove that a provider behind the real bridge ends: the
// end-to-end tests leave none.

const variable = "PROCESS_TEST_ROLE"

// init takes the main thread for a child that becomes another program, as the real one does.
func init() {
	if os.Getenv(variable) != "" {
		runtime.LockOSThread()
	}
}

func TestMain(m *testing.M) {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	switch os.Getenv(variable) {
	case "":
		os.Exit(m.Run())
	case "parent": // as the bridge: it starts a provider, and waits to be killed
		child := exec.Command(self)
		child.Env = append(os.Environ(), variable+"=front")
		child.Stdout = os.Stdout
		if err := child.Run(); err != nil {
			panic(err)
		}
	case "front":
		if err := EndWithParent(); err != nil {
			panic(err)
		}
		if err := os.Setenv(variable, "provider"); err != nil {
			panic(err)
		}
		panic(syscall.Exec(self, os.Args, os.Environ()))
	case "provider": // deaf, as the real one
		signal.Ignore(os.Interrupt, syscall.SIGTERM)
		time.AfterFunc(time.Minute, func() { os.Exit(1) }) // where the test was killed
		fmt.Println("ready")
		for {
			_ = syscall.Pause()
		}
	}
}

func TestEndWithParent_HoldsAfterAnExec(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	parent := exec.Command(self)
	parent.Env = append(os.Environ(), variable+"=parent")
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	reader := bufio.NewReader(out)
	line, err := reader.ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "ready\n", line)

	require.NoError(t, parent.Process.Signal(syscall.SIGTERM))
	_, err = io.ReadAll(reader) // which ends when the last one that could write has ended
	require.NoError(t, err)
	require.Error(t, parent.Wait())
}
