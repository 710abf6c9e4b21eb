package migrate

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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

// lockFile names the database that the migrations are for.
const lockFile = "migration_lock.toml"

// provider reads the lock file as Prisma does: the first line that begins with "provider", and no TOML.
func provider(text string) string {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "provider") {
			return strings.Trim(strings.TrimPrefix(strings.TrimRight(line, "\r\n"), "provider = "), `"`)
		}
	}
	return "<PROVIDER NOT FOUND>"
}

// scripts reads a folder laid out as Prisma's, in the order of the names. No folder is no migrations. What is no UTF-8 in a
// script becomes U+FFFD, as Prisma's command line reads it.
func scripts(folder string) ([]script, error) {
	entries, err := os.ReadDir(folder) // sorted by name
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	if lock, err := os.ReadFile(filepath.Join(folder, lockFile)); err == nil && provider(string(lock)) != "postgresql" {
		return nil, otherProvider(provider(string(lock)))
	}
	var found []script
	for _, entry := range entries {
		if !entry.IsDir() {
			continue // the lock file
		}
		sql, err := os.ReadFile(filepath.Join(folder, entry.Name(), File))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, problem{"P3015", fmt.Sprintf("Could not find the migration file at %s. Please delete the directory or restore the migration file.",
				filepath.Join("prisma", "migrations", entry.Name(), File))}
		}
		if err != nil {
			return nil, fmt.Errorf("migrations: %w", err)
		}
		found = append(found, script{entry.Name(), strings.ToValidUTF8(string(sql), "\uFFFD")})
	}
	return found, nil
}
