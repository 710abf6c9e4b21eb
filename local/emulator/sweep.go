package emulator

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/flowcomply/infrastructure/local/dockernet"
	"github.com/flowcomply/infrastructure/local/toolchain"
)

// sweep removes what is left of a run folder in Docker, and the checkout's own daemon where a kill left it without a
// user. The serving process does both at its end, unless it was killed.
func sweep(run string) error {
	own := ownDaemon(filepath.Dir(filepath.Dir(run))) // <checkout>/.local/<run>
	defer own.abandoned()
	if !dockernet.Used(run) {
		return nil
	}
	// Which of the two it was, only the killed process knew for certain.
	var problems []error
	if own.process().Alive() {
		problems = append(problems, dockernet.Sweep(own.command, run))
	}
	if toolchain.DockerAnswers(context.Background()) == nil {
		problems = append(problems, dockernet.Sweep((&daemon{}).command, run))
	}
	return errors.Join(problems...)
}
