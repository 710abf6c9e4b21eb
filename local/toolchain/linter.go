package toolchain

import (
	"context"
	"os"
	"path/filepath"
)

// Linter builds golangci-lint from its pinned sources. Only `make lint` needs it, so it is no step of Prepare.
func (t Tools) Linter(ctx context.Context) (string, error) {
	if err := os.MkdirAll(t.Dir, 0o755); err != nil {
		return "", err
	}
	held, err := t.lock(ctx, os.Stderr)
	if err != nil {
		return "", err
	}
	defer held.Close()
	return t.build(ctx, "toolchain/lint", "github.com/golangci/golangci-lint/v2/cmd/golangci-lint", filepath.Join(t.Bin(), "golangci-lint"))
}
