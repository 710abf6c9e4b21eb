package image

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// InstalledFile is what Install writes into the root of an image.
const InstalledFile = "installed"

// Install does what `npm ci` does in a Dockerfile: it takes what it needs from a cache that is kept from build to build, puts
// it there where the cache lacks it, and writes into the image. The image is the same whether or not it was in the cache.
func Install(root, cache string) error {
	image, err := Read(root)
	if err != nil {
		return err
	}
	kept := filepath.Join(cache, image.Version)
	text, err := os.ReadFile(kept)
	if errors.Is(err, fs.ErrNotExist) {
		text = []byte(image.Version + "\n")
		err = os.WriteFile(kept, text, 0o644)
	}
	if err != nil {
		return fmt.Errorf("install: %w", err)
	}
	return os.WriteFile(filepath.Join(root, InstalledFile), text, 0o644)
}

// Installed wants what Install wrote for this version: an image that was built without the step does not run.
func (i Image) Installed(root string) error {
	text, err := os.ReadFile(filepath.Join(root, InstalledFile))
	if err != nil {
		return fmt.Errorf("image: %w", err)
	}
	if string(text) != i.Version+"\n" {
		return fmt.Errorf("image: %s is of %q and not of %s", InstalledFile, text, i.Version)
	}
	return nil
}
