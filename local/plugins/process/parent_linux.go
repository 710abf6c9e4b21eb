package process

import (
	"errors"
	"os"
	"runtime"
	"syscall"
)

// prSetPdeathsig is PR_SET_PDEATHSIG of prctl(2).
const prSetPdeathsig = 1

// EndWithParent asks the kernel to kill this process when the one that started it ends, however that ends. It holds on
// after an exec; call it on the main thread, which must be locked, and exec from there. The kernel goes by the thread that
// started this process, and Go ends none of a process's threads before the process.
func EndWithParent() error {
	parent := os.Getppid()
	runtime.LockOSThread()
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, prSetPdeathsig, uintptr(syscall.SIGKILL), 0); errno != 0 {
		return errno
	}
	if os.Getppid() != parent {
		return errors.New("the process that started this one is gone")
	}
	return nil
}
