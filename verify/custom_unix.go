//go:build unix

package verify

import (
	"os/exec"
	"syscall"
)

// endWithChildren lets the deadline end the command with all that it started, such as browsers: it gets a process
// group, and the signal goes to all of that.
func endWithChildren(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGTERM) }
}

// killChildren ends what a command has left running. Mostly there is nothing, which is no error.
func killChildren(command *exec.Cmd) {
	if command.Process != nil {
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
	}
}
