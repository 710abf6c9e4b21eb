package process

import "syscall"

// attributes also ends the child when this process is killed outright, as an operator's second Ctrl-C does.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
