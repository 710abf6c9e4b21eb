package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// pulumiTimeout is for a slow state backend; reading outputs takes seconds.
const pulumiTimeout = 2 * time.Minute

// hints are the commonest reasons for pulumi to refuse, by what it then says,
// each with the cure.
var hints = []struct{ says, cause, next string }{
	{
		"no stack named", "there is no such stack",
		"`pulumi stack ls` lists those there are; PULUMI_BACKEND_URL or `pulumi login` chooses where to look",
	},
	{
		"incorrect passphrase", "the stack's passphrase is not the one in PULUMI_CONFIG_PASSPHRASE",
		"set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to this stack's",
	},
	{
		"PULUMI_CONFIG_PASSPHRASE", "the stack's passphrase is missing",
		"set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE",
	},
	{
		"must be set for login", "pulumi is not logged in to a state backend",
		"set PULUMI_BACKEND_URL, or run `pulumi login`",
	},
	{
		"no Pulumi.yaml project file found", "this is not the project's folder",
		"run this in the root of the repository, where Pulumi.yaml is",
	},
	{
		"pass the fully qualified name", "this is not the project's folder",
		"run this in the root of the repository, where Pulumi.yaml is",
	},
}

// stackOutputs asks pulumi, found on PATH, for the stack's outputs. Secrets stay
// masked: --show-secrets is never passed.
func stackOutputs(ctx context.Context, stack string) ([]byte, error) {
	program, err := exec.LookPath("pulumi")
	if err != nil {
		return nil, fmt.Errorf("stack %q: pulumi is not on PATH; install it, or pass --outputs with what `pulumi stack output --json` printed elsewhere", stack)
	}
	ctx, cancel := context.WithTimeout(ctx, pulumiTimeout)
	defer cancel()
	command := exec.CommandContext(ctx, program, "stack", "output", "--json", "--non-interactive", "--stack="+stack)
	command.Env = append(os.Environ(), "PULUMI_SKIP_UPDATE_CHECK=true")
	// Interrupted, it may still let go of what it holds before it is killed.
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 5 * time.Second
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("stack %q: %w", stack, reasonOf(errors.Join(ctx.Err(), err), stderr.String()))
	}
	return stdout.Bytes(), nil
}

// reasonOf turns what pulumi printed into one message.
func reasonOf(err error, said string) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("pulumi did not answer in %s; check the state backend", pulumiTimeout)
	}
	for _, hint := range hints {
		if strings.Contains(said, hint.says) {
			return fmt.Errorf("%s; %s", hint.cause, hint.next)
		}
	}
	for line := range strings.Lines(said) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "error:") {
			return fmt.Errorf("`pulumi stack output` failed: %s", strings.TrimSpace(strings.TrimPrefix(line, "error:")))
		}
	}
	return fmt.Errorf("`pulumi stack output` failed: %w; run it by hand to see more", err)
}
