// Package pulumi is the only place that runs the Pulumi CLI, by itself or through the Automation API: Engine is for releases
// and rollbacks, Stack for recovery, Outputs for verification, and CLI for whoever has a command of its own.
//
// Decisions:
//   - No command shows a secret, or changes which stack the user has selected. The SDK's own workspace does both.
//   - What the engine does arrives as events, and its output goes to the terminal at once.
//   - The CLI is interrupted once, and finishes what it has begun. The SDK kills it ten seconds later, which leaves a lock and
//     operations with an unknown end, while a database may take minutes.
package pulumi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3"
)

// CLI is the Pulumi CLI, run in one folder.
type CLI struct {
	Program string   // a path, or a name on PATH
	Folder  string   // where it runs: that of Pulumi.yaml
	Env     []string // its whole environment; this process's own when nil
	// Grace is how long an interrupted command may take to finish before it is killed; zero waits for as long as it takes.
	Grace time.Duration
}

// Graceful is a grace for a command that changes a stack: the slowest single operation is a database, with minutes.
const Graceful = 10 * time.Minute

// Command is a command of the CLI. When ctx ends it is interrupted once. It has a process group of its own, so that an
// interrupt at the terminal does not reach it too: at the second one, the engine drops everything.
func (c CLI) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.Program, append(slices.Clone(args), "--non-interactive")...)
	env := c.Env
	if env == nil {
		env = os.Environ()
	}
	cmd.Dir, cmd.Env = c.Folder, append(slices.Clone(env), "PULUMI_SKIP_UPDATE_CHECK=true")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = c.Grace
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// Capture runs a command, and returns what it wrote. The error of one that failed is an *Error.
func (c CLI) Capture(ctx context.Context, args ...string) ([]byte, error) {
	return c.capture(ctx, nil, args...)
}

func (c CLI) capture(ctx context.Context, stdin io.Reader, args ...string) ([]byte, error) {
	cmd := c.Command(ctx, append(slices.Clone(args), "--color", "never")...)
	var out, said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &out, &said
	err := cmd.Run()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, fmt.Errorf("%w; install the Pulumi CLI", err)
	}
	if err != nil {
		err = &Error{Command: strings.Join(args[:min(2, len(args))], " "), Said: strings.TrimSpace(said.String()), Cause: err}
	}
	return out.Bytes(), err
}

// Outputs reads a stack's outputs as JSON; secret ones are masked.
func (c CLI) Outputs(ctx context.Context, stack string) ([]byte, error) {
	return c.Capture(ctx, "stack", "output", "--json", "--stack", stack)
}

// Export reads a stack's state as JSON; secrets in it stay encrypted unless --show-secrets is among the arguments.
func (c CLI) Export(ctx context.Context, stack string, args ...string) ([]byte, error) {
	return c.Capture(ctx, append([]string{"stack", "export", "--stack", stack}, args...)...)
}

// Import writes a stack's state. The backend drops pending operations when it does.
func (c CLI) Import(ctx context.Context, stack string, state []byte) error {
	_, err := c.capture(ctx, bytes.NewReader(state), "stack", "import", "--stack", stack)
	return err
}

// Unlock removes a stack's locks.
func (c CLI) Unlock(ctx context.Context, stack string) error {
	_, err := c.Capture(ctx, "cancel", "--yes", "--stack", stack)
	return err
}

// automated is a CLI of a known version, as the Automation API runs it.
type automated struct {
	CLI
	version semver.Version
}

// oldest is the first CLI that streams its events, which the Automation API reads.
var oldest = semver.MustParse("3.206.0")

// find finds the CLI on PATH. One built from source has no version, and gets that of the SDK.
func find(ctx context.Context, folder string) (automated, error) {
	program, err := exec.LookPath("pulumi")
	if err != nil {
		return automated{}, errors.New("pulumi is not on PATH; install it, or for the emulated AWS run `eval \"$(make -s env)\"`")
	}
	out, err := exec.CommandContext(ctx, program, "version").Output()
	if err != nil {
		return automated{}, fmt.Errorf("%s version: %w", program, err)
	}
	found := automated{CLI{Program: program, Folder: folder}, sdk.Version}
	said := strings.TrimSpace(string(out))
	if said == "" {
		return found, nil
	}
	found.version, err = semver.ParseTolerant(said)
	if err != nil || found.version.LT(oldest) || found.version.Major != oldest.Major {
		return automated{}, fmt.Errorf("%s is %s; install %s", program, said, sdk.Version)
	}
	return found, nil
}

// Version is the CLI's.
func (a automated) Version() semver.Version { return a.version }

// Run runs the CLI. Its output also goes to the writers.
func (a automated) Run(ctx context.Context, folder string, stdin io.Reader, stdout, stderr []io.Writer, env []string, args ...string,
) (string, string, int, error) {
	cli := CLI{Program: a.Program, Folder: folder, Env: slices.Concat(os.Environ(), env, []string{"PULUMI_AUTOMATION_API=true"})}
	cmd := cli.Command(ctx, args...)
	var out, said bytes.Buffer
	cmd.Stdin = stdin
	cmd.Stdout = io.MultiWriter(append(slices.Clone(stdout), &out)...)
	cmd.Stderr = io.MultiWriter(append(slices.Clone(stderr), &said)...)
	err := cmd.Run()
	code := cmd.ProcessState.ExitCode() // -1 for one that did not start, or was killed
	return out.String(), said.String(), code, err
}
