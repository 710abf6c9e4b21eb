package engine

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

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3"
)

// gracefulCLI is the Pulumi CLI for the Automation API, with another way to end it. The SDK kills a CLI ten seconds after it
// asked it to stop. That leaves a lock, and operations with an unknown end, while a database may take minutes. This one
// sends one interrupt and waits. It also gives the CLI a process group of its own, so that an interrupt at the terminal does
// not reach it: the engine drops everything at the second one.
type gracefulCLI struct {
	program string
	version semver.Version
}

// oldest is the first CLI that streams its events, which the Automation API reads.
var oldest = semver.MustParse("3.206.0")

// find finds the CLI on PATH. One built from source has no version, and gets that of the SDK.
func find(ctx context.Context) (gracefulCLI, error) {
	program, err := exec.LookPath("pulumi")
	if err != nil {
		return gracefulCLI{}, errors.New("pulumi is not on PATH; install it, or for the emulated AWS run `eval \"$(make -s env)\"`")
	}
	out, err := exec.CommandContext(ctx, program, "version").Output()
	if err != nil {
		return gracefulCLI{}, fmt.Errorf("%s version: %w", program, err)
	}
	said := strings.TrimSpace(string(out))
	if said == "" {
		return gracefulCLI{program, sdk.Version}, nil
	}
	version, err := semver.ParseTolerant(said)
	if err != nil || version.LT(oldest) || version.Major != oldest.Major {
		return gracefulCLI{}, fmt.Errorf("%s is %s; install %s", program, said, sdk.Version)
	}
	return gracefulCLI{program, version}, nil
}

// Version is the CLI's.
func (p gracefulCLI) Version() semver.Version { return p.version }

// Run runs the CLI. Its output also goes to the writers.
func (p gracefulCLI) Run(ctx context.Context, folder string, stdin io.Reader, stdout, stderr []io.Writer, env []string, args ...string,
) (string, string, int, error) {
	cmd := exec.CommandContext(ctx, p.program, append([]string{"--non-interactive"}, args...)...)
	cmd.Dir, cmd.Stdin = folder, stdin
	cmd.Env = slices.Concat(os.Environ(), env, []string{"PULUMI_AUTOMATION_API=true", "PULUMI_SKIP_UPDATE_CHECK=true"})
	var out, errOut bytes.Buffer
	cmd.Stdout = io.MultiWriter(append(slices.Clone(stdout), &out)...)
	cmd.Stderr = io.MultiWriter(append(slices.Clone(stderr), &errOut)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	newProcessGroup(cmd)
	err := cmd.Run()
	code := 0
	if err != nil {
		code = -1
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			code = exit.ExitCode()
		}
	}
	return out.String(), errOut.String(), code, err
}
