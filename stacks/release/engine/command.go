package engine

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
)

// patient is the Pulumi CLI as the Automation API wants it, but for how it ends. The SDK's own kills a CLI ten seconds
// after it asked it to stop, which leaves a lock and operations that nobody knows the end of; a database may take minutes.
// This one asks once, and waits. It also keeps a terminal's interrupt to this process: the engine takes a second one, which
// it would get beside ours, as the word to drop everything.
type patient struct {
	auto.PulumiCommand // knows its version
	program            string
}

// Run runs the CLI. Its outputs go to the writers too.
func (p patient) Run(ctx context.Context, folder string, stdin io.Reader, stdout, stderr []io.Writer, env []string, args ...string) (string, string, int, error) {
	cmd := exec.CommandContext(ctx, p.program, append([]string{"--non-interactive"}, args...)...)
	cmd.Dir, cmd.Stdin = folder, stdin
	cmd.Env = slices.Concat(os.Environ(), env, []string{"PULUMI_AUTOMATION_API=true", "PULUMI_SKIP_UPDATE_CHECK=true"})
	var out, said bytes.Buffer
	cmd.Stdout = io.MultiWriter(append(slices.Clone(stdout), &out)...)
	cmd.Stderr = io.MultiWriter(append(slices.Clone(stderr), &said)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	apart(cmd)
	err := cmd.Run()
	code := 0
	if err != nil {
		code = -1
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			code = exit.ExitCode()
		}
	}
	return out.String(), said.String(), code, err
}
