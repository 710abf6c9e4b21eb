package emulator

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests replace Docker's programs by scripts. That a real daemon starts and builds, they do not prove.

// programs is a PATH with the scripts, before the rest.
func programs(t *testing.T, scripts map[string]string) {
	t.Helper()
	folder := t.TempDir()
	for name, script := range scripts {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"+script), 0o755))
	}
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// ours is a folder for a daemon of our own.
func ours(t *testing.T) *daemon {
	t.Helper()
	folder := t.TempDir()
	return &daemon{host: "unix://" + filepath.Join(folder, "docker.sock"), folder: folder, locks: t.TempDir()}
}

func TestAcquireDocker_TellsAboutADeadDockerHost(t *testing.T) {
	dead := "unix://" + filepath.Join(t.TempDir(), "dead.sock")
	t.Setenv("DOCKER_HOST", dead)
	_, err := acquireDocker(context.Background(), t.TempDir())
	require.EqualError(t, err, "docker does not answer at DOCKER_HOST="+dead+"; start that daemon, or unset DOCKER_HOST")
	require.ErrorContains(t, Serve(context.Background(), t.TempDir(), t.TempDir(), "python3", Settings{}), dead)
}

func TestAcquireDocker_UsesADaemonThatAnswers(t *testing.T) {
	programs(t, map[string]string{"docker": "exit 0\n"})
	found, err := acquireDocker(context.Background(), t.TempDir())
	require.NoError(t, err)
	assert.Equal(t, &daemon{}, found)
	found.release() // which leaves it alone
}

func TestDaemon_ThatEndsAtOnceShowsItsLog(t *testing.T) {
	d := ours(t)
	programs(t, map[string]string{"docker": "exit 1\n", "daemon": "echo a\necho b\necho no overlay\necho no network >&2\nexit 1\n"})
	err := d.start(context.Background(), "daemon")
	require.EqualError(t, err, "docker: the daemon ended while starting:\nb\nno overlay\nno network")
}

func TestDaemon_ThatNeverAnswersIsEnded(t *testing.T) {
	d := ours(t)
	mark := "FLOWCOMPLY_TEST_DAEMON=" + d.folder
	t.Setenv("FLOWCOMPLY_TEST_DAEMON", d.folder)
	programs(t, map[string]string{"docker": "exit 1\n", "daemon": "exec sleep 600\n"})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, d.start(ctx, "daemon"), context.Canceled)
	environments, err := filepath.Glob("/proc/[0-9]*/environ")
	require.NoError(t, err)
	for _, file := range environments {
		text, _ := os.ReadFile(file)
		assert.False(t, contains(text, []byte(mark)), "%s is left, and nobody would find it later", file)
	}
}

func TestDaemon_BelongsToNoRunAndEndsWithItsLastUser(t *testing.T) {
	d := ours(t)
	programs(t, map[string]string{
		"docker": "[ -e " + d.folder + "/answers ]\n",
		"daemon": "touch " + d.folder + "/answers\nexec sleep 600\n",
	})
	run := t.TempDir()
	t.Setenv(Mark, run)
	require.NoError(t, d.start(context.Background(), "daemon"))
	process := d.process()
	require.True(t, process.Alive())
	assert.NotContains(t, Orphans(run), process, "the end of the run that started it must not end it for others")
	require.NoError(t, d.start(context.Background(), "no second one is started"))
	assert.Equal(t, process, d.process())

	first, second := *d, *d
	var err error
	first.users, err = first.lock("users", syscall.LOCK_SH)
	require.NoError(t, err)
	second.users, err = second.lock("users", syscall.LOCK_SH)
	require.NoError(t, err)
	first.release()
	assert.True(t, process.Alive(), "somebody still builds with it")
	second.release()
	assert.False(t, process.Alive())
	assert.NoFileExists(t, filepath.Join(d.folder, "process.json"))
}

func TestWithDocker_GivesTheCommandADaemon(t *testing.T) {
	programs(t, map[string]string{"docker": "exit 0\n"})
	t.Setenv("DOCKER_HOST", "unix:///theirs")
	root := t.TempDir()
	for host, d := range map[string]*daemon{"unix:///theirs": {}, "unix:///ours": {host: "unix:///ours"}} {
		said := filepath.Join(root, "said")
		require.NoError(t, d.run(t.Context(), []string{"sh", "-c", `printf %s "$DOCKER_HOST" >"$0"`, said}))
		text, err := os.ReadFile(said)
		require.NoError(t, err)
		assert.Equal(t, host, string(text))
	}
	require.NoError(t, WithDocker(t.Context(), root, "true"))
	require.EqualError(t, WithDocker(t.Context(), root, "sh", "-c", "exit 3"), "sh: exit status 3")
	require.EqualError(t, WithDocker(t.Context(), root), "say which command is to have a Docker daemon")
	t.Setenv("PATH", t.TempDir())
	require.ErrorContains(t, WithDocker(t.Context(), root, "true"), "docker does not answer at DOCKER_HOST=unix:///theirs")
}

// Who interrupts waits for the command to tidy up, and so does the daemon.
func TestWithDocker_PassesAnInterruptOn(t *testing.T) {
	programs(t, map[string]string{"docker": "exit 0\n"})
	ctx, interrupt := context.WithCancel(t.Context())
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	require.NoError(t, syscall.Mkfifo(at("begun"), 0o600))
	go func() { // a FIFO is open when its reader is there: the command has begun, and its trap is set
		if file, err := os.OpenFile(at("begun"), os.O_WRONLY, 0); err == nil {
			_ = file.Close()
		}
		interrupt()
	}()
	err := WithDocker(ctx, folder, "sh", "-c", `trap 'echo tidied >tidy; exit 0' TERM; cd "$0"; read line <begun; exec 3<>begun; read line <&3`, folder)
	require.ErrorIs(t, err, context.Canceled)
	assert.FileExists(t, at("tidy"))
}
