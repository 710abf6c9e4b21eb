package toolchain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// lockName begins with a dot, which no run folder's name may, so that no run's lock is the same file.
const lockName = ".toolchain.lock"

// lock waits until no other command works on the toolchain of this checkout, and says on out that it does. Closing the
// file gives the lock up, and so does the end of the process, however it ends.
func (t Tools) lock(ctx context.Context, out io.Writer) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(t.Dir, lockName), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for told := false; ; told = true {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return file, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return nil, errors.Join(err, file.Close())
		}
		if !told {
			fmt.Fprintln(out, "toolchain      another command is making it complete; waiting for it")
		}
		select { // asked again and again, as a blocking flock would not hear of an interrupt
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), file.Close())
		case <-time.After(200 * time.Millisecond):
		}
	}
}
