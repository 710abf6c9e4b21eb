package migration

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/components/migration/lint"
)

// scriptFile is the file in each migration's folder, as Prisma lays them out
// (https://www.prisma.io/docs/orm/prisma-migrate/understanding-prisma-migrate/migration-histories).
const scriptFile = "migration.sql"

// Script is one migration.
type Script = lint.Script

// Set is all migrations of a release, in the order of their names, which is the order in which Prisma applies them.
type Set []Script

// Read reads a folder of migrations. What Prisma stops at is an error here: a folder without a script, a script that is no
// UTF-8, a migration_lock.toml of another database. An empty script and a missing migration_lock.toml are no errors.
func Read(folder fs.FS) (Set, error) {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	var set Set
	errs := []error{checkLockFile(folder)}
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		text, err := fs.ReadFile(folder, entry.Name()+"/"+scriptFile)
		if err == nil {
			err = checkEncoding(text)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("migration %s: %w", entry.Name(), err))
		}
		set = append(set, Script{Name: entry.Name(), SQL: string(text)})
	}
	slices.SortFunc(set, func(a, b Script) int { return strings.Compare(a.Name, b.Name) })
	return set, errors.Join(errs...)
}

// Hash is sha256 over all names and scripts: sha256:<64 hex digits>. Neither the checkout's place nor a file's mode is in
// it.
func (s Set) Hash() string {
	sum := sha256.New()
	for _, one := range s {
		for _, part := range []string{one.Name, one.SQL} {
			fmt.Fprintf(sum, "%d:", len(part)) // so that no two sets make the same text
			_, _ = io.WriteString(sum, part)   // a hash takes everything
		}
	}
	return "sha256:" + hex.EncodeToString(sum.Sum(nil))
}

// Names are the migrations' names, in order.
func (s Set) Names() []string {
	names := make([]string, len(s))
	for i, one := range s {
		names[i] = one.Name
	}
	return names
}

// Without is the set without the migrations of these names: what is new since a release that had those.
func (s Set) Without(names []string) Set {
	return slices.DeleteFunc(slices.Clone(s), func(one Script) bool { return slices.Contains(names, one.Name) })
}
