package migrate

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// script is a migration of the image.
type script struct {
	name, sql string
}

// checksum is Prisma's: SHA-256 of the file.
func (s script) checksum() string {
	sum := sha256.Sum256([]byte(s.sql))
	return hex.EncodeToString(sum[:])
}

// scripts reads a folder laid out as Prisma's, in the order of the names. No folder is no migrations.
func scripts(folder string) ([]script, error) {
	entries, err := os.ReadDir(folder) // sorted by name
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	var found []script
	for _, entry := range entries {
		if !entry.IsDir() {
			continue // migration_lock.toml
		}
		sql, err := os.ReadFile(filepath.Join(folder, entry.Name(), File))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, problem{"P3015", fmt.Sprintf("Could not find the migration file at %s. Please delete the directory or restore the migration file.",
				filepath.Join("prisma", "migrations", entry.Name(), File))}
		}
		if err != nil {
			return nil, fmt.Errorf("migrations: %w", err)
		}
		found = append(found, script{entry.Name(), string(sql)})
	}
	return found, nil
}
