package harness

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/flowcomply/infrastructure/local/engine"
)

// Build builds one of the checkout's commands, such as ./cmd/flowcomply, into a folder, and returns the program. A
// shell that took the run's environment could not: that has a proxy.
func Build(ctx context.Context, root, command, folder string) (string, error) {
	program := filepath.Join(folder, filepath.Base(command))
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", program, command)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", command, err, out)
	}
	return program, nil
}

// Command is one of those commands at work on a stack, as people run it with these arguments: with the stack's file.
func Command(ctx context.Context, stack engine.Stack, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, slices.Concat(args, []string{"--stack", stack.Name}, stack.ConfigArgs())...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = stack.Folder(), stack.Out, stack.Out
	cmd.Env = slices.Concat(os.Environ(), stack.Environment(), stack.Emulator.Web())
	return cmd
}
