// Package process runs one child program so that an ended context ends all of it: the child leads a process group of
// its own, which is interrupted as a whole and then killed. A shell that is told to stop would otherwise leave the
// commands it started running, and holding the plugin's output pipes open. What a child that ends by itself leaves in
// the background stays there.
package process

import (
	"context"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// Grace is how long an interrupted child has to end by itself before its group is killed.
const Grace = 5 * time.Second

// Command is exec.CommandContext for a child that is run with Run.
func Command(ctx context.Context, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.SysProcAttr = attributes()
	cmd.Cancel = func() error {
		time.AfterFunc(Grace, func() { _ = kill(cmd, syscall.SIGKILL) }) // an empty group takes no signal
		return kill(cmd, syscall.SIGINT)
	}
	return cmd
}

// Run starts the command and waits for it. The error is the context's cause when that is what ended the child, an
// *exec.ExitError when the child failed by itself, and a plain error when it could not be started.
func Run(ctx context.Context, cmd *exec.Cmd) error {
	// The kernel ties "end this child with its parent" to the thread that started it, which must live as long.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := cmd.Run()
	if err == nil || ctx.Err() == nil {
		return err
	}
	if cmd.Process != nil {
		_ = kill(cmd, syscall.SIGKILL) // what the child left behind; most often nothing
	}
	return context.Cause(ctx)
}

func kill(cmd *exec.Cmd, signal syscall.Signal) error {
	return syscall.Kill(-cmd.Process.Pid, signal)
}
