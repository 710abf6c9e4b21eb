// Package image is what a built image holds beside its binary: the version and the faults that were built in. Both are
// files and not link flags, so that a release with another version, or a broken one, needs no compiler.
package image

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The files in the root of the image, and of the folder it is built from.
const (
	VersionFile = "version"
	FaultsFile  = "faults.json"
	// Migrations is laid out as Prisma's: a folder for each migration with a migration.sql in it.
	Migrations = "migrations"
)

// Image is what was built in.
type Image struct {
	Version string
	Faults  map[string]any
}

// Read reads an image from its root.
func Read(root string) (Image, error) {
	version, err := os.ReadFile(filepath.Join(root, VersionFile))
	if err != nil {
		return Image{}, fmt.Errorf("image: version: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(root, FaultsFile))
	if err != nil {
		return Image{}, fmt.Errorf("image: faults: %w", err)
	}
	image := Image{Version: strings.TrimSpace(string(version))}
	if err := json.Unmarshal(text, &image.Faults); err != nil {
		return Image{}, fmt.Errorf("image: %s: %w", FaultsFile, err)
	}
	return image, nil
}

// Files is what Read reads, by name. Same image, same bytes.
func (i Image) Files() (map[string][]byte, error) {
	faults := i.Faults
	if faults == nil {
		faults = map[string]any{}
	}
	text, err := json.Marshal(faults) // sorts its keys
	if err != nil {
		return nil, fmt.Errorf("image: faults: %w", err)
	}
	return map[string][]byte{VersionFile: []byte(i.Version + "\n"), FaultsFile: append(text, '\n')}, nil
}
