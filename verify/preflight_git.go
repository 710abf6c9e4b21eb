package verify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	gitbinary "github.com/flowcomply/infrastructure/internal/git"
)

// git asks about the repository of a folder, whatever the environment says.
type git struct{ folder string }

// gitError is what git said when it refused.
type gitError struct{ command, said string }

func (e *gitError) Error() string {
	first, _, _ := strings.Cut(e.said, "\n")
	return fmt.Sprintf("git %s: %s", e.command, strings.TrimPrefix(first, "fatal: "))
}

// ask returns what git wrote, without the last line's end. A gitError means that
// git refused.
func (g git) ask(ctx context.Context, args ...string) (string, error) {
	wrote, err := gitbinary.Ask(ctx, g.folder, args...)
	var said *gitbinary.Error
	switch {
	case errors.Is(err, gitbinary.ErrMissing):
		return "", refused("install git, or name checkout in flowcomply:preflight.skip", "git is not on PATH, so nobody can tell what would be built")
	case errors.As(err, &said):
		return "", &gitError{said.Command, said.Said}
	}
	return wrote, err
}
