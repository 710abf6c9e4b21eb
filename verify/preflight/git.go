package preflight

import (
	"context"
	"errors"

	"github.com/flowcomply/infrastructure/internal/git"
)

// gitFolder runs git in the folder, whatever the environment says.
type gitFolder struct{ folder string }

// ask returns what git wrote, without the last line's end. A *git.Error means that
// git refused.
func (g gitFolder) ask(ctx context.Context, args ...string) (string, error) {
	wrote, err := git.Ask(ctx, g.folder, args...)
	if errors.Is(err, git.ErrMissing) {
		return "", refused("install git, or name checkout in flowcomply:preflight.skip", "git is not on PATH, so nobody can tell what would be built")
	}
	return wrote, err
}
