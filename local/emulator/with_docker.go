package emulator

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// WithDocker runs a command that finds a Docker daemon at DOCKER_HOST or at Docker's default place: the machine's own
// where it answers, else the checkout's, which ends with the last of its users. The context's end is passed on to the
// command. The error is the command's, or why there is no daemon.
func WithDocker(ctx context.Context, root string, command ...string) error {
	if len(command) == 0 {
		return errors.New("say which command is to have a Docker daemon")
	}
	docker, err := acquireDocker(ctx, root)
	if err != nil {
		return err
	}
	defer docker.release()
	return docker.run(ctx, command)
}

func (d *daemon) run(ctx context.Context, command []string) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // so that it can tidy up
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Env = os.Stdin, os.Stdout, os.Stderr, d.environment()
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", command[0], err)
	}
	return nil
}
