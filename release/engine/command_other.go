//go:build !unix

package engine

import "os/exec"

// apart does nothing elsewhere: there are no process groups.
func apart(*exec.Cmd) {}
