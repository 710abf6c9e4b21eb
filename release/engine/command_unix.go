//go:build unix

package engine

import (
	"os/exec"
	"syscall"
)

// apart gives the command a process group of its own, which a terminal's interrupt does not reach.
func apart(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
