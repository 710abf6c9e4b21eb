package toolchain

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests hold the lock in one process: flock tells two open files apart as it does two processes. That the lock
// ends with a killed process is the kernel's promise.

const waiting = "toolchain      another command is making it complete; waiting for it\n"

func opened(t *testing.T) Tools {
	t.Helper()
	tools := Open(t.TempDir())
	require.NoError(t, os.MkdirAll(tools.Bin(), 0o755))
	return tools
}

func TestLock_IsFreeAgainWhenItIsClosed(t *testing.T) {
	tools := opened(t)
	for range 2 {
		var out bytes.Buffer
		held, err := tools.lock(context.Background(), &out)
		require.NoError(t, err)
		require.NoError(t, held.Close())
		assert.Empty(t, out.String(), "nobody was waited for")
	}
}

func TestLock_WaitsForItsHolderAndSaysSoOnce(t *testing.T) {
	tools := opened(t)
	held, err := tools.lock(context.Background(), &bytes.Buffer{})
	require.NoError(t, err)
	time.AfterFunc(500*time.Millisecond, func() { _ = held.Close() })
	var out bytes.Buffer
	second, err := tools.lock(context.Background(), &out)
	require.NoError(t, err)
	require.NoError(t, second.Close())
	assert.Equal(t, waiting, out.String())
}

func TestLock_StopsWaitingWhenItIsInterrupted(t *testing.T) {
	tools := opened(t)
	held, err := tools.lock(context.Background(), &bytes.Buffer{})
	require.NoError(t, err)
	defer held.Close()
	ctx, stop := context.WithCancel(context.Background())
	stop()
	_, err = tools.lock(ctx, &bytes.Buffer{})
	require.ErrorIs(t, err, context.Canceled)
}

func TestPrepare_WaitsForTheLockBeforeItDoesAnything(t *testing.T) {
	tools := opened(t)
	held, err := tools.lock(context.Background(), &bytes.Buffer{})
	require.NoError(t, err)
	defer held.Close()
	ctx, stop := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer stop()
	var out bytes.Buffer
	_, err = Prepare(ctx, tools.Root, &out)
	require.EqualError(t, err, "toolchain: lock: context deadline exceeded")
	assert.Equal(t, waiting, out.String())
	assert.FileExists(t, filepath.Join(tools.Dir, lockName))
}
