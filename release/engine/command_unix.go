//go:build unix

package engine

import (
	"os/exec"
	"syscall"
)

// newProcessGroup gives the command a process group of its own, which a terminal's interrupt does not reach.
func newProcessGroup(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
