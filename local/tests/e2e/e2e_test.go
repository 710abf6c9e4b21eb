//go:build e2e

// Package e2e runs the commands that people run, against the real engine, the real Terraform AWS provider and the
// emulated AWS. It proves that they end as they should and leave nothing behind; whether AWS itself would accept
// every value, it does not.
package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/emulator"
	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/run"
	"github.com/flowcomply/infrastructure/local/sampleapp"
	"github.com/flowcomply/infrastructure/local/toolchain"
)

// fixture is a checkout with a run folder of its own, which no `make up` that is going on has.
type fixture struct {
	root, folder, run, self string
	inS3                    bool // where the state is; else in the run folder
}

func open(t *testing.T, folder string) fixture {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	root, err = filepath.EvalSymlinks(root)
	require.NoError(t, err)
	f := fixture{root: root, folder: folder, run: filepath.Join(root, ".local", folder), self: filepath.Join(t.TempDir(), "local")}
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", f.self, "../../cmd/local")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	t.Cleanup(func() {
		emulator.Stop(f.run)
		_ = os.RemoveAll(f.run)
	})
	return f
}

// command is one of the commands people run, with its output kept and shown.
func (f fixture) command(t *testing.T, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.Command(f.self, append(args, "-folder", f.folder, "-aws-port", "0", "-registry-port", "0")...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = f.root, &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd, &out
}

func (f fixture) do(t *testing.T, args ...string) string {
	t.Helper()
	begin := time.Now()
	cmd, out := f.command(t, args...)
	err := cmd.Run()
	t.Logf("local %s: %s", strings.Join(args, " "), time.Since(begin).Round(time.Second))
	require.NoError(t, err, "%s\nretries and failures of the emulated AWS:\n%s", out, f.oddCalls())
	return out.String()
}

// oddCalls are the lines of the emulated AWS's journal that tell of a retry or a failure, so that a test's report
// says whether a call was carried out twice.
func (f fixture) oddCalls() string {
	journal, _ := os.ReadFile(filepath.Join(f.run, "moto", "calls.jsonl"))
	var odd strings.Builder
	for line := range strings.Lines(string(journal)) {
		if !strings.Contains(line, `"status": 2`) || strings.Contains(line, `"attempt"`) {
			odd.WriteString(line)
		}
	}
	return odd.String()
}

// stack is the running stack, for what no command does.
func (f fixture) stack(t *testing.T) engine.Stack {
	t.Helper()
	running, err := emulator.Find(f.run)
	require.NoError(t, err)
	stack := engine.Stack{Tools: toolchain.Ready(f.root), Emulator: running, Name: "local", Run: f.run, Out: &bytes.Buffer{}}
	if f.inS3 {
		stack.Backend = engine.S3(running)
	}
	return stack
}

// TestFromNothingToNothing is one life of a stack, in the order of its subtests: they share the minutes that a
// database and a load balancer take.
func TestFromNothingToNothing(t *testing.T) {
	t.Parallel() // with the other life: both wait most of the time
	f := open(t, "e2e")
	emulator.Stop(f.run)
	require.NoError(t, os.RemoveAll(f.run))
	ctx := context.Background()

	t.Run("up survives a kill in the middle", func(t *testing.T) {
		f.killInTheMiddle(t)
		out := f.do(t, "up")
		assert.Contains(t, out, "interrupted run")
		assert.Contains(t, out, "local is up on the emulated AWS")
	})
	t.Run("up again changes nothing, past a stale lock", func(t *testing.T) {
		f.leaveLock(t)
		assert.Contains(t, f.do(t, "up"), ": 0 changes in")
	})
	t.Run("a second command at the same time is refused", func(t *testing.T) {
		f.refusedWhileBusy(t)
	})
	t.Run("no secret is in plain text anywhere", func(t *testing.T) { f.noSecretInPlainText(t) })
	t.Run("verify tells a healthy stack from one with an alarm", func(t *testing.T) { f.verifies(t) })
	t.Run("another account is refused before anything happens", func(t *testing.T) { f.refusesAnotherAccount(t) })
	t.Run("a new image changes only what must change", func(t *testing.T) {
		stack := f.stack(t)
		require.NoError(t, sampleapp.Change(filepath.Join(f.run, "app"), "backend", "changed"))
		require.NoError(t, sampleapp.Tag(ctx, filepath.Join(f.run, "app"), "v1.0.1"))
		require.NoError(t, stack.Set(ctx, "flowcomply:release.version", "v1.0.1", false))
		changes, err := stack.Up(ctx)
		require.NoError(t, err)
		require.NoError(t, run.OnlyTheImage(changes))
		again, err := stack.Preview(ctx)
		require.NoError(t, err)
		assert.Empty(t, again)
	})
	t.Run("a release brings its migrations", func(t *testing.T) { f.migrates(t) })
	t.Run("a migration that fails stops the release before any service", func(t *testing.T) { f.migrationFails(t) })
	t.Run("a migration that hangs is stopped and leaves no lock", func(t *testing.T) { f.migrationHangs(t) })
	t.Run("an earlier commit of the program can be applied again", func(t *testing.T) { f.appliesCommits(t) })
	t.Run("a drill restores the last snapshot beside the stack", func(t *testing.T) { f.drills(t) })
	t.Run("a restore that AWS refuses is undone", func(t *testing.T) { f.restoreFails(t) })
	t.Run("data is taken back to before the last release", func(t *testing.T) { f.restores(t) })
	t.Run("once it is confirmed the instance before goes, and nothing is left to do", func(t *testing.T) { f.confirms(t) })
	t.Run("a stack that is destroyed leaves its snapshots", func(t *testing.T) { f.destroyed(t) })
	t.Run("down leaves nothing behind", func(t *testing.T) {
		assert.Contains(t, f.do(t, "down"), "nothing is left running")
		assert.NoDirExists(t, f.run)
		assert.Empty(t, emulator.Orphans(f.run))
	})
}

// killInTheMiddle kills the command and all of its process group once the engine has begun to make resources.
func (f fixture) killInTheMiddle(t *testing.T) {
	t.Helper()
	cmd, out := f.command(t, "up")
	require.NoError(t, cmd.Start())
	events := filepath.Join(f.run, "up.events.json")
	deadline := time.Now().Add(15 * time.Minute)
	for made := 0; made < 5; {
		require.True(t, time.Now().Before(deadline), "five resources in fifteen minutes\n%s", out)
		text, _ := os.ReadFile(events)
		made = bytes.Count(text, []byte(`"resOutputsEvent"`))
		time.Sleep(100 * time.Millisecond) // between two looks at what the engine writes; nothing is timed by it
	}
	require.NoError(t, syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL))
	_ = cmd.Wait()
}

// leaveLock writes the lock of an update whose process is long gone.
func (f fixture) leaveLock(t *testing.T) {
	t.Helper()
	lock := map[string]any{"pid": 1 << 22, "username": "somebody", "hostname": "here", "timestamp": "2025-10-07T10:00:00Z"}
	text, err := json.Marshal(lock)
	require.NoError(t, err)
	dir := filepath.Join(f.run, "state", ".pulumi", "locks", "organization", "flowcomply", "local")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "00000000-0000-0000-0000-000000000000.json"), text, 0o600))
}

func (f fixture) refusedWhileBusy(t *testing.T) {
	t.Helper()
	held, err := os.OpenFile(filepath.Join(f.root, ".local", f.folder+".lock"), os.O_RDWR|os.O_CREATE, 0o644)
	require.NoError(t, err)
	defer held.Close()
	require.NoError(t, syscall.Flock(int(held.Fd()), syscall.LOCK_EX|syscall.LOCK_NB))
	cmd, out := f.command(t, "up")
	require.Error(t, cmd.Run())
	assert.Contains(t, out.String(), "another command works on .local/"+f.folder)
}
