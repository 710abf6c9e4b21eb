package image

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestInstall_MakesTheSameWithAndWithoutACache(t *testing.T) {
	root, cache := t.TempDir(), t.TempDir()
	one := Image{Version: "v1.0.0"}
	files, err := one.Files()
	require.NoError(t, err)
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(root, name), text, 0o600))
	}
	require.ErrorContains(t, one.Installed(root), "no such file")
	for range 2 {
		require.NoError(t, Install(root, cache))
		require.NoError(t, one.Installed(root))
		assert.FileExists(t, filepath.Join(cache, "v1.0.0"))
		require.NoError(t, os.Remove(filepath.Join(root, InstalledFile)))
	}
	require.NoError(t, os.WriteFile(filepath.Join(root, InstalledFile), []byte("v0.9.0\n"), 0o600))
	require.ErrorContains(t, one.Installed(root), "is of \"v0.9.0\\n\" and not of v1.0.0")
	require.ErrorContains(t, Install(root, filepath.Join(cache, "none")), "install: ")
	require.ErrorContains(t, Install(cache, cache), "image: version: ")
}
