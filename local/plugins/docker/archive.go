package docker

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	clibuild "github.com/docker/cli/cli/command/image/build"
	"github.com/moby/go-archive"
)

// archived is the build context as the builder reads it.
type archived struct {
	dockerfile string // its name in the archive
	reader     io.ReadCloser
	// close ends the archive. It may be called again.
	close func() error
}

// archive packs the context as the official provider does, with the libraries that it has: github.com/moby/go-archive, and
// the docker command's own package. Everything in it is root's. A Dockerfile outside of the context, or one that a link
// leads out to, is added under a name that nothing else has.
func (b build) archive() (*archived, error) {
	ignored, err := b.ignored()
	if err != nil {
		return nil, err
	}
	if _, err := filepath.EvalSymlinks(b.Context); err != nil {
		return nil, fmt.Errorf("build.context %q: %w; the path is relative to the program's folder", b.Context, errors.Unwrap(err))
	}
	folder, dockerfile, err := clibuild.GetContextFromLocalDir(b.Context, b.Dockerfile)
	if err != nil {
		return nil, fmt.Errorf("build.context %q: %w", b.Context, err)
	}
	if err := clibuild.ValidateContextDirectory(folder, ignored); err != nil {
		return nil, fmt.Errorf("build.context %q: %w", b.Context, err)
	}
	reader, err := archive.TarWithOptions(folder, &archive.TarOptions{
		ExcludePatterns: clibuild.TrimBuildFilesFromExcludes(ignored, dockerfile, false),
		ChownOpts:       &archive.ChownOpts{UID: 0, GID: 0},
	})
	if err != nil {
		return nil, fmt.Errorf("build.context %q: %w", b.Context, err)
	}
	if strings.HasPrefix(dockerfile, ".."+string(filepath.Separator)) {
		file, err := os.Open(b.Dockerfile)
		if err != nil {
			return nil, errors.Join(err, reader.Close())
		}
		if reader, dockerfile, err = clibuild.AddDockerfileToBuildContext(file, reader); err != nil {
			return nil, err
		}
	}
	return &archived{dockerfile: filepath.ToSlash(dockerfile), reader: reader, close: func() error {
		_, err := io.Copy(io.Discard, reader) // the library complains on standard error of who does not read to the end
		if errors.Is(err, io.ErrClosedPipe) { // whoever sent it has closed it, and has had what went wrong with it
			err = nil
		}
		return errors.Join(err, reader.Close())
	}}, nil
}
