package toolchain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ProwlerVersion is the scanner's. Another version has other checks, and so needs other exceptions in docs/controls.md.
const ProwlerVersion = "5.46.0"

// Prowler makes the scanner's virtual environment, where it is not there yet, and returns the program. Only `make scan` needs
// it, so it is no step of Prepare. The environment is its own: what Prowler pins is not what moto needs.
func (t Tools) Prowler(ctx context.Context) (string, error) {
	if err := os.MkdirAll(t.Dir, 0o755); err != nil {
		return "", err
	}
	held, err := t.lock(ctx, os.Stderr)
	if err != nil {
		return "", err
	}
	defer held.Close()
	folder := filepath.Join(t.Dir, "prowler")
	program, python := filepath.Join(folder, "bin", "prowler"), filepath.Join(folder, "bin", "python3")
	if hasProwler(ctx, python) {
		return program, nil
	}
	requirements := filepath.Join(t.Root, "local", "scan", "requirements.txt")
	if err := virtualenv(ctx, folder, requirements, "--no-deps", "--require-hashes"); err != nil {
		return "", fmt.Errorf("prowler: %w", err)
	}
	if !hasProwler(ctx, python) {
		return "", errors.New("pip installed something else than prowler " + ProwlerVersion)
	}
	return program, nil
}

// virtualenv makes a virtual environment anew, with what a file of requirements names.
func virtualenv(ctx context.Context, folder, requirements string, flags ...string) error {
	if err := os.RemoveAll(folder); err != nil { // what an interrupted installation left
		return err
	}
	if out, err := exec.CommandContext(ctx, "python3", "-m", "venv", folder).CombinedOutput(); err != nil {
		return fmt.Errorf("make a virtual environment: %w\n%s\nOn Debian: apt-get install python3 python3-venv", err, tail(string(out), 5))
	}
	args := append([]string{"-m", "pip", "install", "--quiet", "--requirement", requirements}, flags...)
	out, err := exec.CommandContext(ctx, filepath.Join(folder, "bin", "python3"), args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("pip install --requirement %s: %w\n%s", requirements, err, tail(string(out), 10))
	}
	return nil
}

func hasProwler(ctx context.Context, python string) bool {
	script := "import importlib.metadata as m, prowler; print(m.version('prowler'))"
	out, err := exec.CommandContext(ctx, python, "-c", script).Output()
	return err == nil && strings.TrimSpace(string(out)) == ProwlerVersion
}
