package recovery

import (
	"context"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests hold what is read of real processes, and how they end. The children are this test's own program under other
// names. They do not prove anything of processes in other containers: those are not seen.

// variable tells this program that it is a child, and which.
const variable = "RECOVERY_TEST_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(variable) {
	case "":
		os.Exit(m.Run())
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
	case "engine": // starts a plugin and is gone, as after a kill
		plugin := exec.Command(os.Getenv("PLUGIN"), "127.0.0.1:1")
		plugin.Env = append(os.Environ(), variable+"=plugin")
		plugin.Stdout = os.Stdout
		if err := plugin.Start(); err != nil {
			panic(err)
		}
		os.Exit(0)
	}
	time.AfterFunc(time.Minute, func() { os.Exit(1) }) // where the test was killed
	if _, err := os.Stdout.WriteString(strconv.Itoa(os.Getpid()) + "\n"); err != nil {
		panic(err)
	}
	for {
		_ = syscall.Pause() // until it is ended
	}
}

// start runs this program as a child of some name, and returns it once it is ready.
func start(t *testing.T, name, role string, env ...string) (*exec.Cmd, Process) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	cmd.Args = []string{name, "127.0.0.1:1"}
	cmd.Env = append(append(os.Environ(), variable+"="+role), env...)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd, wait(t, out)
}

// wait reads the child's id when it is ready, and finds it.
func wait(t *testing.T, out interface{ Read([]byte) (int, error) }) Process {
	t.Helper()
	text := make([]byte, 16)
	n, err := out.Read(text)
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text[:n])))
	require.NoError(t, err)
	return listed(t, pid)
}

func listed(t *testing.T, pid int) Process {
	t.Helper()
	all, err := Linux{}.Processes()
	require.NoError(t, err)
	at := slices.IndexFunc(all, func(p Process) bool { return p.PID == pid })
	require.GreaterOrEqual(t, at, 0, "process %d is not listed", pid)
	return all[at]
}

func TestProcesses_SayWhoseTheyAre(t *testing.T) {
	begin := time.Now()
	cmd, process := start(t, "pulumi-resource-aws", "plugin", "PULUMI_PROJECT=flowcomply", "PULUMI_STACK=production", "PULUMI_BACKEND_URL=s3://state",
		"PULUMI_MONITOR=127.0.0.1:2", "PULUMI_DRY_RUN=true", "TF_PLUGIN_MAGIC_COOKIE=x")
	directory, err := os.Getwd()
	require.NoError(t, err)
	assert.WithinDuration(t, begin, process.Since, 2*time.Second)
	assert.NotEmpty(t, process.Started)
	process.Since, process.Started = time.Time{}, ""
	assert.Equal(t, Process{
		PID: cmd.Process.Pid, Parent: os.Getpid(), Command: []string{"pulumi-resource-aws", "127.0.0.1:1"}, Directory: directory,
		Project: "flowcomply", Stack: "production", Backend: "s3://state", Monitor: "127.0.0.1:2", DryRun: true, Plugged: true,
	}, process)
}

func TestEnd_AsksFirst(t *testing.T) {
	cmd, process := start(t, "step", "step")
	assert.True(t, Linux{}.End(context.Background(), process, time.Minute))
	var exit *exec.ExitError
	require.ErrorAs(t, cmd.Wait(), &exit)
	assert.Equal(t, syscall.SIGTERM, exit.Sys().(syscall.WaitStatus).Signal())
}

func TestEnd_KillsWhatDoesNotListen(t *testing.T) {
	cmd, process := start(t, "step", "stubborn")
	assert.True(t, Linux{}.End(context.Background(), process, 10*time.Millisecond))
	var exit *exec.ExitError
	require.ErrorAs(t, cmd.Wait(), &exit)
	assert.Equal(t, syscall.SIGKILL, exit.Sys().(syscall.WaitStatus).Signal())
}

func TestEnd_KillsNobodyWhenItIsInterrupted(t *testing.T) {
	_, process := start(t, "step", "stubborn")
	interrupted, interrupt := context.WithCancel(context.Background())
	interrupt()
	assert.False(t, Linux{}.End(interrupted, process, time.Minute))
	assert.Equal(t, process.Started, listed(t, process.PID).Started, "it goes on")
}

func TestAwait_LeavesAProcessAlone(t *testing.T) {
	cmd, process := start(t, "step", "step")
	assert.False(t, Linux{}.Await(context.Background(), process, 10*time.Millisecond))
	assert.Equal(t, process.Started, listed(t, process.PID).Started, "it goes on")
	ended := make(chan bool)
	go func() { ended <- Linux{}.Await(context.Background(), process, time.Minute) }()
	require.NoError(t, cmd.Process.Kill())
	assert.True(t, <-ended)
}

func TestEnd_TouchesNobodyWithTheSameId(t *testing.T) {
	_, process := start(t, "step", "step")
	other := process
	other.Started = "1"
	assert.True(t, Linux{}.End(context.Background(), other, time.Minute), "the one that was meant is gone")
	assert.Equal(t, process.Started, listed(t, process.PID).Started, "and this one runs")
}

func TestAnswers_TellsAListenerFromNone(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	assert.True(t, Linux{}.Answers(listener.Addr().String()))
	require.NoError(t, listener.Close())
	assert.False(t, Linux{}.Answers(listener.Addr().String()))
}

// The whole way with real processes: an engine starts a plugin and is gone.
func TestOrphans_OfAnEngineThatIsGone(t *testing.T) {
	folder := t.TempDir()
	self, err := os.Executable()
	require.NoError(t, err)
	plugin := filepath.Join(folder, "pulumi-resource-aws")
	require.NoError(t, os.Symlink(self, plugin))
	engine := exec.Command(self)
	engine.Args, engine.Dir = []string{"pulumi"}, folder
	engine.Env = append(os.Environ(), variable+"=engine", "PLUGIN="+plugin, "PULUMI_PROJECT=flowcomply")
	read, write, err := os.Pipe()
	require.NoError(t, err)
	engine.Stdout = write
	require.NoError(t, engine.Run())
	require.NoError(t, write.Close())
	started := wait(t, read)
	t.Cleanup(func() { _ = syscall.Kill(started.PID, syscall.SIGKILL) })

	machine := Linux{}
	all, err := machine.Processes()
	require.NoError(t, err)
	root, err := filepath.EvalSymlinks(folder)
	require.NoError(t, err)
	orphans, skipped := Orphans(all, Owner{Project: "flowcomply", Stack: "production", Root: root, Self: os.Getpid()}, machine.Answers)
	assert.Empty(t, skipped)
	require.Len(t, orphans, 1)
	assert.Equal(t, started.PID, orphans[0].PID)
	assert.Equal(t, "nothing answers at its engine's address, 127.0.0.1:1", orphans[0].Why)
	require.True(t, machine.End(context.Background(), orphans[0].Process, time.Minute))
	all, err = machine.Processes()
	require.NoError(t, err)
	assert.False(t, slices.ContainsFunc(all, func(p Process) bool { return p.PID == started.PID }))
}
