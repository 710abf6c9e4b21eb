//go:build unix

package trees

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// Pipe is a named pipe.
func Pipe() Node {
	return func(path string) error { return syscall.Mkfifo(path, 0o644) }
}

// Socket is what a server leaves behind that listened there.
func Socket() Node {
	return func(path string) error { return syscall.Mknod(path, syscall.S_IFSOCK|0o644, 0) }
}

// Unprivileged runs a function as somebody who may only do what a mode lets everybody do: a test that runs as root would
// find nothing unreadable. What is above the folders is opened to everybody. No other test may run meanwhile.
func Unprivileged(tb testing.TB, run func(), folders ...string) {
	tb.Helper()
	for _, folder := range folders {
		for above := filepath.Dir(folder); above != filepath.Dir(above) && above != filepath.Clean(os.TempDir()); above = filepath.Dir(above) {
			info, err := os.Stat(above)
			require.NoError(tb, err)
			require.NoError(tb, os.Chmod(above, info.Mode()|0o555))
		}
	}
	if os.Geteuid() != 0 {
		run()
		return
	}
	const nobody = 65534
	require.NoError(tb, syscall.Seteuid(nobody))
	defer func() { require.NoError(tb, syscall.Seteuid(0)) }()
	run()
}
