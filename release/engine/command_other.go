//go:build !unix

package engine

import "os/exec"

// newProcessGroup does nothing on other systems, which have no process groups.
func newProcessGroup(*exec.Cmd) {}
