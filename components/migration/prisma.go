package migration

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"
)

// lockFile is the file in which Prisma notes for which database the migrations are.
const lockFile = "migration_lock.toml"

// provider is what Prisma calls PostgreSQL.
const provider = "postgresql"

// checkLockFile returns the error at which Prisma stops before it asks the database (P3019): the file names another database than
// the schema. It reads the file as Prisma does (prisma-engines, migrations_directory.rs): the first line that begins with
// "provider", and no TOML. Without a file it goes on.
func checkLockFile(folder fs.FS) error {
	text, err := fs.ReadFile(folder, lockFile)
	if err != nil {
		return nil
	}
	found := "none"
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if strings.HasPrefix(line, "provider") {
			found = strings.Trim(strings.TrimPrefix(line, "provider = "), `"`)
			break
		}
	}
	if found == provider {
		return nil
	}
	return fmt.Errorf(`migrations: %s is for the provider %s, and Prisma stops at that; next: make its line provider = "%s", if the migrations are PostgreSQL's`,
		lockFile, found, provider)
}

// encodings are told by the mark that a text in them begins with, and without one by which of its first four bytes are 0: in
// these encodings, every ASCII character has some. The longer marks come first, as one begins like another.
var encodings = []struct{ name, mark, zeros string }{
	{"UTF-32 LE", "\xFF\xFE\x00\x00", "x000"},
	{"UTF-32 BE", "\x00\x00\xFE\xFF", "000x"},
	{"UTF-16 LE", "\xFF\xFE", "x0x0"},
	{"UTF-16 BE", "\xFE\xFF", "0x0x"},
}

// checkEncoding returns an error for a script that is no UTF-8. Prisma's engine does not read one; Prisma's command line, which reads
// the files in later versions (listMigrations.ts), changes to U+FFFD what it cannot read. A byte order mark of UTF-8 they
// hand on; PostgreSQL refuses it, and Lint finds it.
func checkEncoding(text []byte) error {
	const cure = "next: save it as UTF-8, without a byte order mark"
	zeros := ""
	for _, one := range text[:min(4, len(text))] {
		if one == 0 {
			zeros += "0"
		} else {
			zeros += "x"
		}
	}
	for _, one := range encodings {
		switch {
		case bytes.HasPrefix(text, []byte(one.mark)):
			return fmt.Errorf("%s is in %s, and Prisma reads UTF-8; %s", scriptFile, one.name, cure)
		case zeros == one.zeros:
			return fmt.Errorf("%s seems to be in %s, and Prisma reads UTF-8; %s", scriptFile, one.name, cure)
		}
	}
	for at := 0; at < len(text); {
		char, size := utf8.DecodeRune(text[at:])
		if char != 0 && (char != utf8.RuneError || size > 1) {
			at += size
			continue
		}
		line := 1 + bytes.Count(text[:at], []byte("\n"))
		if char == 0 {
			return fmt.Errorf("%s has a byte 0 in line %d, which PostgreSQL takes in no statement; next: take it out", scriptFile, line)
		}
		return fmt.Errorf("%s is no UTF-8: line %d has the byte 0x%02X, as in Windows-1252 or another encoding of one byte a character; %s",
			scriptFile, line, text[at], cure)
	}
	return nil
}
