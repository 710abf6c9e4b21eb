package dockernet

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/machinetest"
)

// These tests use the Docker that answers. That containers find a proxy by its name, that test alone proves.

func docker(t *testing.T) Docker {
	t.Helper()
	machinetest.Docker(t)
	return func(args ...string) *exec.Cmd { return exec.Command("docker", args...) }
}

func tcpProxy(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "tcpproxy")
	build := exec.Command("go", "build", "-o", program, "../cmd/tcpproxy")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	return program
}

// upper answers each line in capitals.
func upper(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for lines := bufio.NewScanner(conn); lines.Scan(); {
					fmt.Fprintln(conn, strings.ToUpper(lines.Text()))
				}
				fmt.Fprintln(conn, "END")
			}()
		}
	}()
	return listener.Addr().String()
}

// address is where a container is on its network; this machine can reach it.
func address(t *testing.T, docker Docker, container string, port int) string {
	t.Helper()
	ip, err := said(docker("container", "inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", container))
	require.NoError(t, err)
	return fmt.Sprintf("%s:%d", ip, port)
}

func TestDoor_OpensShutsAndLeavesNothing(t *testing.T) {
	docker, run := docker(t), t.TempDir()
	n, err := Create(docker, run, tcpProxy(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = Sweep(docker, run) })
	assert.True(t, Used(run))
	proxy, err := n.Proxy("db.example.test", 5432, To(upper(t)))
	require.NoError(t, err)
	at := address(t, docker, proxy.container, 5432)

	_, err = net.Dial("tcp", at)
	require.ErrorContains(t, err, "refused", "a proxy is closed at first")
	require.NoError(t, proxy.Set(true))
	conn, err := net.Dial("tcp", at)
	require.NoError(t, err)
	defer conn.Close()
	answers := bufio.NewReader(conn)
	fmt.Fprintln(conn, "hello")
	line, err := answers.ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "HELLO\n", line)

	half, err := net.Dial("tcp", at)
	require.NoError(t, err)
	require.NoError(t, half.(*net.TCPConn).CloseWrite())
	rest, err := io.ReadAll(half)
	require.NoError(t, err)
	assert.Equal(t, "END\n", string(rest), "one direction may end before the other")

	require.NoError(t, proxy.Set(false))
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Minute)))
	_, err = answers.ReadString('\n')
	require.Error(t, err, "open connections end with it")
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
	_, err = net.Dial("tcp", at)
	require.ErrorContains(t, err, "refused")
	require.NoError(t, proxy.Set(true))
	again, err := net.Dial("tcp", at)
	require.NoError(t, err)
	require.NoError(t, again.Close())

	require.NoError(t, proxy.Close())
	// Docker may be at the removal already, as the process in it ends by itself when its proxy does.
	require.Eventually(t, func() bool { return docker("container", "inspect", proxy.container).Run() != nil }, time.Minute, 50*time.Millisecond)
	require.NoError(t, Sweep(docker, run))
	assert.False(t, Used(run))
	require.Error(t, docker("network", "inspect", n.Name).Run())
	require.Error(t, docker("image", "inspect", n.image).Run())
}

func TestSweep_FindsWhatAKilledProcessLeft(t *testing.T) {
	docker, run := docker(t), t.TempDir()
	n, err := Create(docker, run, tcpProxy(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = Sweep(docker, run) })
	// A container that nobody labelled, with a volume; it is created only, which is enough to keep a network.
	id, err := said(docker("create", "--network", n.Name, "--volume", "/data", n.image, "1"))
	require.NoError(t, err)
	again, err := Create(docker, run, tcpProxy(t))
	require.NoError(t, err)
	assert.Equal(t, n.Name, again.Name)
	require.Error(t, docker("container", "inspect", id).Run())
}

func TestDoor_TellsWhyThereIsNone(t *testing.T) {
	run := t.TempDir()
	require.NoError(t, os.MkdirAll(folder(run), 0o700))
	n := &Network{Name: "x", run: run, docker: func(...string) *exec.Cmd { return exec.Command("sh", "-c", "echo no such image >&2; exit 1") }}
	_, err := n.Proxy("db.example.test", 5432, func(context.Context) (net.Conn, error) { return nil, io.EOF })
	require.ErrorContains(t, err, "network: TCP proxy db.example.test:5432: docker -c: exit status 1: no such image")
	left, err := os.ReadDir(folder(run))
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestName_IsOfTheFolder(t *testing.T) {
	assert.Regexp(t, `^flowcomply-[0-9a-f]{12}$`, Name("/a"))
	assert.NotEqual(t, Name("/a"), Name("/b"))
}
