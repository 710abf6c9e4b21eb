package image

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestImage_ReadsWhatItWrites(t *testing.T) {
	for name, image := range map[string]Image{
		"plain":  {Version: "v1.0.0", Faults: map[string]any{}},
		"broken": {Version: "dev", Faults: map[string]any{"error-rate": 0.5, "unhealthy": true}},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			files, err := image.Files()
			require.NoError(t, err)
			for file, text := range files {
				require.NoError(t, os.WriteFile(filepath.Join(root, file), text, 0o644))
			}
			got, err := Read(root)
			require.NoError(t, err)
			assert.Equal(t, image, got)
		})
	}
}

func TestRead_TellsWhatIsWrong(t *testing.T) {
	root := t.TempDir()
	_, err := Read(root)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NoError(t, os.WriteFile(filepath.Join(root, VersionFile), []byte("v1"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(root, FaultsFile), []byte("[]"), 0o644))
	_, err = Read(root)
	require.ErrorContains(t, err, "image: faults.json: json")
}
