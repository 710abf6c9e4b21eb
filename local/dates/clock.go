// Package dates runs the tests with the clock moved into the future, by which one is found that holds only near the day
// it was written: one that compares the clock with a date in its text, or with one that something wrote once.
package dates

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
)

// Days is the environment variable that moves the clock of a test program that was built with the overlay, by whole days.
const Days = "TEST_CLOCK_DAYS"

//go:embed offset.go.txt
var offset string

// overlay writes, into the folder, what `go test -overlay` wants: a copy of the standard library's time package in which
// Now adds an offset, and returns the path of the file that names it. It reads the copy from goroot.
//
// Time in a bubble of testing/synctest is not moved: it begins in the year 2000 for every test. Nor are timers, which go
// by the monotonic clock, the times of files, which the kernel writes, and the clocks of other programs.
func overlay(goroot, folder string) (string, error) {
	source := filepath.Join(goroot, "src", "time", "time.go")
	text, err := os.ReadFile(source)
	if err != nil {
		return "", err
	}
	moved, err := move(text)
	if err != nil {
		return "", fmt.Errorf("%s: %w", source, err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	replaced := map[string]string{
		source: filepath.Join(folder, "time.go"),
		filepath.Join(filepath.Dir(source), "test_offset.go"): filepath.Join(folder, "offset.go"),
	}
	names, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "overlay.json")
	return path, errors.Join(
		os.WriteFile(filepath.Join(folder, "time.go"), moved, 0o644),
		os.WriteFile(filepath.Join(folder, "offset.go"), []byte(offset), 0o644),
		os.WriteFile(path, names, 0o644))
}

// move adds the offset to what Now reads of the machine's clock.
func move(text []byte) ([]byte, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "time.go", text, 0)
	if err != nil {
		return nil, err
	}
	for _, one := range file.Decls {
		now, ok := one.(*ast.FuncDecl)
		if !ok || now.Recv != nil || now.Name.Name != "Now" || len(now.Body.List) == 0 {
			continue
		}
		read, ok := now.Body.List[0].(*ast.AssignStmt)
		if !ok || len(read.Lhs) != 3 {
			break
		}
		seconds, ok := read.Lhs[0].(*ast.Ident)
		if !ok || seconds.Name == "_" {
			break
		}
		at := files.Position(read.End()).Offset
		added := "\n\tif !runtimeIsBubbled() {\n\t\t" + seconds.Name + " += movedBy\n\t}"
		return append(append(append([]byte{}, text[:at]...), added...), text[at:]...), nil
	}
	return nil, errors.New("func Now does not begin by reading seconds, nanoseconds and the monotonic clock; " +
		"this version of Go reads the clock in another way: change move in local/dates/clock.go")
}
