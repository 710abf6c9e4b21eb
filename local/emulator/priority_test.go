package emulator

import (
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/machinetest"
)

// nice is a process's nice value: the kernel's own call answers with 20 minus that.
func nice(t *testing.T, pid int) int {
	t.Helper()
	answer, err := syscall.Getpriority(syscall.PRIO_PROCESS, pid)
	require.NoError(t, err)
	return 20 - answer
}

func TestFavour_IsForTheGroupAlone(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		machinetest.Lacks(t, "only root may raise a priority")
	}
	cmd := exec.Command("sleep", "60")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	before := nice(t, os.Getpid())
	favour(cmd.Process.Pid)
	assert.Equal(t, favoured, nice(t, cmd.Process.Pid))
	assert.Equal(t, before, nice(t, os.Getpid()))
	favour(1 << 30) // a group that is gone: nothing happens
}
