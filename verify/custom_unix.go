//go:build unix

package verify

import (
	"os/exec"
	"syscall"
)

// endWithChildren lets the deadline end the command with all that it started,
// such as browsers: they get a process group of their own, and its signal.
func endWithChildren(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGTERM) }
}

// killChildren ends what a command has left behind. That there is nothing left
// is the usual case and no error.
func killChildren(command *exec.Cmd) {
	if command.Process != nil {
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
	}
}
