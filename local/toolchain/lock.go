package toolchain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// lockName begins with a dot, which no run folder's name may, so that no run's lock is the same file.
const lockName = ".toolchain.lock"

// lock waits until no other command works on the toolchain of this checkout, and says on out that it does. Closing the
// lock gives it up, and so does the end of the process, however it ends.
func (t Tools) lock(ctx context.Context, out io.Writer) (*flock.Flock, error) {
	held := flock.New(filepath.Join(t.Dir, lockName), flock.SetPermissions(0o644))
	if locked, err := held.TryLock(); locked || err != nil {
		return held, err
	}
	fmt.Fprintln(out, "toolchain      another command is making it complete; waiting for it")
	if _, err := held.TryLockContext(ctx, 200*time.Millisecond); err != nil {
		return nil, errors.Join(err, held.Close())
	}
	return held, nil
}
