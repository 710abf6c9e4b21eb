// Package releases runs the command that releases and goes back, with the real Pulumi CLI and a file backend. Proven is
// that history, outputs, previews, events and locks are what the command takes them for, and that the stack file comes
// through with its secrets. AWS is a fake, and the program is a small one without resources: what the real program does
// with a release, it does not prove.
package releases

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The steps share one stack and its history.
func TestReleases_ThereAndBack(t *testing.T) {
	t.Parallel()
	f := open(t)
	first := f.text()
	secrets := first[strings.Index(first, "  flowcomply:ANTHROPIC_API_KEY:"):]
	require.Contains(t, first, "\n      maxTasks: 2\n")

	require.Equal(t, 0, f.release("v1.0.0"), f.out)
	f.said("v1.0.0 runs and is proven", "  builds               backend-image\n")
	f.write(strings.Replace(f.text(), "\n      maxTasks: 2\n", "\n      maxTasks: 3\n", 1))
	require.Equal(t, 0, f.release("v1.1.0"), f.out)
	require.Equal(t, 0, f.release("v1.1.0"), f.out)
	f.said("v1.1.0 is what runs, and it is proven: nothing to do.")

	require.Equal(t, 0, f.rollback(), f.out)
	f.said("v1.0.0 runs again and is proven", "0 builds, 0 snapshots, 0 migrations", "services.backend.maxTasks                3 → 2")
	back := f.text()
	assert.Contains(t, back, "\n  flowcomply:release.version: v1.0.0")
	assert.Contains(t, back, "\n    number: 1\n    version: v1.0.0\n")
	assert.Contains(t, back, "\n      maxTasks: 2\n")
	assert.Contains(t, back, secrets, "encrypted values come through to the byte")

	require.Equal(t, 1, f.release("v1.2.0"), f.out)
	f.said("verify: the site answers 500", "Services had begun to change: going back", "v1.0.0 runs again and is proven")
	assert.Contains(t, f.text(), "\n    number: 3\n    version: v1.0.0\n", "the last proven one is the rollback itself")

	serving := f.text()
	require.Equal(t, 1, f.release("v1.3.0"), f.out)
	f.said("the migration failed", "No service had begun to change")
	assert.Equal(t, serving, f.text())

	f.lock(true)
	assert.Equal(t, 2, f.rollback("v1.1.0"), f.out)
	f.said("another update of the stack is running, or was killed and left its lock: nothing was changed")
	assert.Equal(t, serving, f.text())
	f.lock(false)

	require.Equal(t, 0, f.rollback("v1.1.0"), f.out)
	assert.Contains(t, f.text(), "\n      maxTasks: 3\n")
	assert.Equal(t, 2, f.run("rollback", "v1.0.0"), "nobody is there to agree")

	require.Equal(t, 0, f.run("releases"), f.out)
	var got []string
	for _, line := range strings.Split(strings.TrimSpace(f.out), "\n")[1:] {
		row := strings.Fields(line)
		got = append(got, strings.Join([]string{row[0], row[1], row[6], row[7]}, " "))
	}
	assert.Equal(t, []string{
		"v1.1.0 4 proven rollback", "v1.3.0 - failed release", "v1.0.0 3 proven rollback", "v1.2.0 - failed release",
		"v1.0.0 3 proven rollback", "v1.1.0 2 proven release", "v1.0.0 1 proven release",
	}, got)
	_, err := os.Stat(filepath.Join(f.project, "Pulumi.local.yaml"))
	require.ErrorIs(t, err, os.ErrNotExist, "the checkout is left as it is")
}

// A terminal sends its interrupt to all that run in it; the engine must hear of it once, and nobody goes back by themselves.
func TestReleases_Interrupted(t *testing.T) {
	t.Parallel()
	f := open(t)
	require.Equal(t, 0, f.release("v1.0.0"), f.out)
	fifo := filepath.Join(t.TempDir(), "hangs")
	require.NoError(t, syscall.Mkfifo(fifo, 0o600))
	f.env = append(f.env, hangs+"="+fifo)

	command := f.command("release", "v1.4.0", "--yes")
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	require.NoError(t, command.Start())
	_, err := os.ReadFile(fifo) // returns once the program hangs, with its service changed
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(-command.Process.Pid, syscall.SIGINT))
	exit := &exec.ExitError{}
	require.ErrorAs(t, command.Wait(), &exit)
	assert.Equal(t, 4, exit.ExitCode(), out.String())
	assert.Contains(t, out.String(), "there is no terminal to ask at")
	assert.Contains(t, out.String(), "v1.4.0 is left as it is")
	assert.Contains(t, f.text(), "release.version: v1.4.0")

	require.Equal(t, 0, f.rollback(), f.out) // the engine has let go of its lock
	f.said("v1.0.0 runs again and is proven")
}
