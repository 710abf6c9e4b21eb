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

// MotoVersion is the moto that the emulated AWS adds to. Another version's inside may differ, so only this one
// will do.
const MotoVersion = "5.2.1"

// FindPython is a Python that has the pinned moto: the machine's own, or a virtual environment made for it.
// FLOWCOMPLY_MOTO=venv asks for the virtual environment even where the machine has a moto.
func (t Tools) FindPython(ctx context.Context) (string, error) {
	if os.Getenv("FLOWCOMPLY_MOTO") != "venv" && hasMoto(ctx, "python3") {
		return "python3", nil
	}
	folder := filepath.Join(t.Dir, "python")
	python := filepath.Join(folder, "bin", "python3")
	if hasMoto(ctx, python) {
		return python, nil
	}
	if err := os.RemoveAll(folder); err != nil { // what an interrupted installation left
		return "", err
	}
	if out, err := exec.CommandContext(ctx, "python3", "-m", "venv", folder).CombinedOutput(); err != nil {
		return "", fmt.Errorf("make a virtual environment: %w\n%s\nOn Debian: apt-get install python3 python3-venv", err, tail(string(out), 5))
	}
	requirements := filepath.Join(t.Root, "local", "emulator", "requirements.txt")
	out, err := exec.CommandContext(ctx, python, "-m", "pip", "install", "--quiet", "--requirement", requirements).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("pip install moto: %w\n%s", err, tail(string(out), 10))
	}
	if !hasMoto(ctx, python) {
		return "", errors.New("pip installed something else than moto " + MotoVersion)
	}
	return python, nil
}

func hasMoto(ctx context.Context, python string) bool {
	script := "import importlib.metadata as m, flask, regex; print(m.version('moto'))"
	out, err := exec.CommandContext(ctx, python, "-c", script).Output()
	return err == nil && strings.TrimSpace(string(out)) == MotoVersion
}
