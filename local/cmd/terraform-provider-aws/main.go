// Command terraform-provider-aws stands in front of the Terraform provider, under its name: it has the kernel end the
// provider together with the bridge that starts it, and becomes the provider. By itself the provider ignores an interrupt
// and outlives a bridge that was killed, as nobody's child. The provider itself has this program's name and ".real".
package main

import (
	"fmt"
	"os"
	"runtime"
	"syscall"

	"github.com/flowcomply/infrastructure/local/plugins/process"
)

// What the kernel is asked for holds for the thread that becomes the provider.
func init() { runtime.LockOSThread() }

func main() {
	executable, err := os.Executable()
	if err == nil {
		err = process.EndWithParent()
	}
	if err == nil {
		err = syscall.Exec(executable+".real", os.Args, os.Environ())
	}
	fmt.Fprintf(os.Stderr, "Terraform provider: %v; run `make toolchain` to put it there\n", err)
	os.Exit(1)
}
