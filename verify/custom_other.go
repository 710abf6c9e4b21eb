//go:build !unix

package verify

import "os/exec"

// endWithChildren does nothing here, as there are no process groups: the deadline ends the command without its
// children.
func endWithChildren(*exec.Cmd) {}

func killChildren(*exec.Cmd) {}
