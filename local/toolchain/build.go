package toolchain

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/local/plugins/language"
)

// build makes one program unless the one that is there was made from the same sources.
func (t Tools) build(ctx context.Context, module, pkg, target string, variables ...string) (string, error) {
	folder := filepath.Join(t.Root, "local", module)
	stamp := filepath.Join(filepath.Dir(target), "."+filepath.Base(target)+".sources")
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return "", err
	}
	sources, err := fingerprint(folder, module == ".")
	if err != nil {
		return "", err
	}
	if made, err := os.ReadFile(stamp); err == nil && string(made) == sources {
		if _, err := os.Stat(target); err == nil {
			return target, nil
		}
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", target+".new", pkg)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-buildvcs=false -mod=readonly")
	cmd.Env = append(cmd.Env, variables...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build %s: %w\n%s", pkg, err, tail(string(out), 20))
	}
	if err := os.Rename(target+".new", target); err != nil { // whole or not at all, whoever runs it meanwhile
		return "", err
	}
	return target, os.WriteFile(stamp, []byte(sources), 0o644)
}

// program compiles everything of the root's module once for each set of dependencies, as the language host does, so that an
// update neither loads modules nor waits for what its steps are made of. The results are in Go's cache.
func (t Tools) program(ctx context.Context) (string, error) {
	const found = "in Go's cache"
	stamp := t.built(".program.sources")
	sources, err := fingerprint(t.Root, false)
	if err != nil {
		return "", err
	}
	if made, err := os.ReadFile(stamp); err == nil && string(made) == sources {
		return found, nil
	}
	cmd := exec.CommandContext(ctx, "go", slices.Concat([]string{"build"}, language.Flags, []string{"./..."})...)
	cmd.Dir = t.Root
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-buildvcs=false -mod=readonly")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build ./...: %w\n%s", err, tail(string(out), 20))
	}
	if err := os.MkdirAll(filepath.Dir(stamp), 0o755); err != nil {
		return "", err
	}
	return found, os.WriteFile(stamp, []byte(sources), 0o644)
}

// fingerprint tells two states of a module's sources apart: its go.mod and go.sum, which pin everything else,
// and its own Go files where it has any.
func fingerprint(folder string, own bool) (string, error) {
	hash := sha256.New()
	fmt.Fprintln(hash, runtime.Version())
	add := func(path string) error {
		content, err := os.ReadFile(path)
		if err == nil {
			place, _ := filepath.Rel(folder, path) // a file moved to another package is another program
			fmt.Fprintln(hash, filepath.ToSlash(place), len(content))
			_, err = hash.Write(content)
		}
		return err
	}
	if err := errors.Join(add(filepath.Join(folder, "go.mod")), add(filepath.Join(folder, "go.sum"))); err != nil {
		return "", err
	}
	if !own {
		return fmt.Sprintf("%x", hash.Sum(nil)), nil
	}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		if err != nil || entry.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		if ext := filepath.Ext(name); ext == ".go" || ext == ".json" {
			return add(path)
		}
		return nil
	})
	return fmt.Sprintf("%x", hash.Sum(nil)), err
}

// tail is the last lines of a long output.
func tail(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
