// Package apptest starts what the stand-in application needs for its tests: a real PostgreSQL and a real Redis on
// loopback, both with TLS, and an S3 that is only as much as is asked of it.
package apptest

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/toolchain"
)

// account is whom a server runs as: PostgreSQL refuses root. Nil where the test is not root itself.
func account(t testing.TB) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(found.Uid, 10, 32)
		require.NoError(t, err)
		gid, err := strconv.ParseUint(found.Gid, 10, 32)
		require.NoError(t, err)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	t.Fatal("no account to run a server as: neither postgres nor nobody exists")
	return nil
}

// folder is an empty one that the servers' account owns. Not t.TempDir: that one is closed to other accounts.
func folder(t testing.TB, owner *syscall.Credential) string {
	t.Helper()
	made, err := os.MkdirTemp("", "apptest-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(made) })
	give(t, made, owner)
	return made
}

func give(t testing.TB, path string, owner *syscall.Credential) {
	t.Helper()
	if owner != nil {
		require.NoError(t, os.Chown(path, int(owner.Uid), int(owner.Gid)))
	}
}

// run runs a program to its end.
func run(t testing.TB, as *syscall.Credential, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s\n%s", name, out)
}

// Process is a server that runs.
type Process struct {
	end   syscall.Signal
	cmd   *exec.Cmd
	ended chan struct{}
}

// start starts a server and returns when it wrote that it is ready. It ends with the test, and dies with the test's
// process if that is killed.
func start(t testing.TB, as *syscall.Credential, ready string, end syscall.Signal, name string, args ...string) *Process {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as, Pdeathsig: end}
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	cmd.Stdout, cmd.Stderr = writer, writer
	server := &Process{end: end, cmd: cmd, ended: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // Pdeathsig is about the thread that started it
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		_ = writer.Close()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
		close(server.ended)
	}()
	require.NoError(t, <-started, name)
	t.Cleanup(server.Stop)
	lines := bufio.NewScanner(reader)
	var seen strings.Builder
	for lines.Scan() {
		seen.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), ready) {
			go func() { _, _ = io.Copy(io.Discard, reader) }()
			return server
		}
	}
	t.Fatalf("%s did not start:\n%s", name, seen.String())
	return nil
}

// Stop ends the server; a second time it does nothing.
func (p *Process) Stop() {
	_ = p.cmd.Process.Signal(p.end)
	<-p.ended
}

// port is a free one.
func port(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	_, free, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return free
}

// binary finds a program of PostgreSQL or Redis.
func binary(t testing.TB, name string) string {
	t.Helper()
	found, err := toolchain.DatabaseProgram(name)
	require.NoError(t, err, "`make toolchain` installs it, or tells how")
	return found
}
