//go:build unix

package engine

import (
	"os/exec"
	"syscall"
)

// newProcessGroup puts the command into a process group of its own, which an interrupt at the terminal does not reach.
func newProcessGroup(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
