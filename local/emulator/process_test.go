package emulator

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests start and end processes of their own. That the kernel never gives one id and start time to two
// processes, they take for granted.

// child is a process that waits until it is told to end.
func child(t *testing.T, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("sleep", "600")
	cmd.Env = append(os.Environ(), env...)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd
}

func TestProcess_AliveIsThisVeryProcess(t *testing.T) {
	self, err := Identify(os.Getpid())
	require.NoError(t, err)
	assert.True(t, self.Alive())
	assert.False(t, Process{PID: self.PID, Started: self.Started + "0"}.Alive(), "the id is somebody else's by now")
	assert.False(t, Process{}.Alive())

	cmd := child(t)
	ended, err := Identify(cmd.Process.Pid)
	require.NoError(t, err)
	require.True(t, ended.Alive())
	assert.NotEqual(t, self.PID, ended.PID)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	assert.False(t, ended.Alive())
	_, err = Identify(cmd.Process.Pid)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestProcess_ThatNobodyWaitedForIsNotAlive(t *testing.T) {
	cmd := child(t)
	process, err := Identify(cmd.Process.Pid)
	require.NoError(t, err)
	process.Stop(time.Minute) // returns only when it is not alive any more
	assert.False(t, process.Alive())
	assert.DirExists(t, "/proc/"+strconv.Itoa(process.PID), "it is still there, as a zombie")
	_, err = Identify(process.PID)
	require.ErrorIs(t, err, os.ErrProcessDone)
}

func TestProcess_NameMayHoldAnything(t *testing.T) {
	sleep, err := exec.LookPath("sleep")
	require.NoError(t, err)
	link := filepath.Join(t.TempDir(), ") R 1 (x") // cut to 15 bytes by the kernel
	require.NoError(t, os.Symlink(sleep, link))
	cmd := exec.Command(link, "600")
	cmd.Args[0] = "sleep"
	require.NoError(t, cmd.Start())
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	process, err := Identify(cmd.Process.Pid)
	require.NoError(t, err)
	_, err = strconv.ParseUint(process.Started, 10, 64)
	require.NoError(t, err)
	assert.Equal(t, os.Getpid(), parent(cmd.Process.Pid))
}

func TestProcess_StopKillsWhatIgnoresTheSignal(t *testing.T) {
	cmd := exec.Command("sh", "-c", `trap "" TERM; echo ready; exec sleep 600`)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = out.Read(make([]byte, 6)) // the trap is set
	require.NoError(t, err)
	process, err := Identify(cmd.Process.Pid)
	require.NoError(t, err)
	process.Stop(0)
	require.ErrorContains(t, cmd.Wait(), "killed")
}

func TestProcess_StopSparesAnotherOfTheSameID(t *testing.T) {
	cmd := child(t)
	process, err := Identify(cmd.Process.Pid)
	require.NoError(t, err)
	Process{PID: process.PID, Started: "1"}.Stop(0)
	assert.True(t, process.Alive())
}

func TestOrphans_AreTheMarkedProcessesButForUs(t *testing.T) {
	run := t.TempDir()
	t.Setenv(Mark, run) // of this process it is the environment at its start that counts
	marked, other, longer := child(t), child(t, Mark+"="+run+"/other"), child(t, Mark+"=x"+run)
	want, err := Identify(marked.Process.Pid)
	require.NoError(t, err)
	assert.Equal(t, []Process{want}, Orphans(run))

	Stop(run)
	assert.False(t, want.Alive())
	for _, spared := range []*exec.Cmd{other, longer} {
		_, err := Identify(spared.Process.Pid)
		require.NoError(t, err)
	}
}

func TestOrphans_LeavesOutTheOnesAboveUs(t *testing.T) {
	if run := os.Getenv("LAB_TEST_ABOVE"); run != "" { // the child of this test
		assert.Empty(t, Orphans(run))
		return
	}
	run := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.count=1")
	cmd.Env = append(os.Environ(), Mark+"="+run, "LAB_TEST_ABOVE="+run)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
}

func TestOwns_WhatTheEmulatedAWSStarted(t *testing.T) {
	self, err := Identify(os.Getpid())
	require.NoError(t, err)
	cmd := child(t)
	below, err := Identify(cmd.Process.Pid)
	require.NoError(t, err)
	assert.True(t, Host{Process: self}.Owns(self))
	assert.True(t, Host{Process: self}.Owns(below))
	assert.False(t, Host{Process: below}.Owns(self))
}
