package harness

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
)

// Verifier is the program that operators run after a deployment.
type Verifier struct{ program, root string }

// BuildVerifier builds it from the checkout.
func BuildVerifier(ctx context.Context, root, folder string) (Verifier, error) {
	program, err := Build(ctx, root, "./cmd/flowcomply", folder)
	return Verifier{program, root}, err
}

// Verdict is how a run of verify ended.
type Verdict struct {
	Code   int
	Report []byte // on standard output
	Said   []byte // on standard error
}

// Verifying is the command that verifies the stack, given its outputs on standard input.
func (s *Stack) Verifying(ctx context.Context, v Verifier, outputs []byte, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, v.program, append([]string{"verify", "--outputs", "-"}, args...)...)
	cmd.Dir, cmd.Stdin = v.root, bytes.NewReader(outputs)
	cmd.Env = slices.Concat(os.Environ(), s.Emulator.Environment(), s.Emulator.Web())
	return cmd
}

// Verify runs verify on the stack with the outputs given; the error tells that it could not run.
func (s *Stack) Verify(ctx context.Context, v Verifier, outputs []byte, progress io.Writer, args ...string) (Verdict, error) {
	cmd := s.Verifying(ctx, v, outputs, args...)
	var report, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &report, io.Writer(&said)
	if progress != nil {
		cmd.Stderr = io.MultiWriter(&said, progress)
	}
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return Verdict{}, err
	}
	return Verdict{cmd.ProcessState.ExitCode(), report.Bytes(), said.Bytes()}, ctx.Err()
}
