package buildcontext

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/moby/patternmatcher"
)

// shownProblems is how many things that cannot be read are named.
const shownProblems = 10

// reading looks for what the library could not read.
type reading struct {
	Rules
	sockets  []string // patterns that leave each of them out
	problems []error
}

// read makes sure that all can be read that is sent, before it is. It returns patterns that leave out the sockets, which
// the library leaves out too, but as an error on standard error. What changes later, a second reading has to find.
func (r Rules) read() (sockets []string, err error) {
	reading := &reading{Rules: r}
	reading.look(".", patternmatcher.MatchInfo{})
	if more := len(reading.problems) - shownProblems; more > 0 {
		reading.problems = append(reading.problems[:shownProblems], fmt.Errorf("and %d more", more))
	}
	if err := errors.Join(reading.problems...); err != nil {
		return nil, fmt.Errorf("%w; next: make it readable, or name it in .dockerignore", err)
	}
	return reading.sockets, nil
}

func (r *reading) look(folder string, above patternmatcher.MatchInfo) {
	entries, err := os.ReadDir(r.path(folder))
	r.failed(folder, err)
	for _, entry := range entries {
		name := path.Join(folder, entry.Name())
		ignored, info := r.ignores(name, above)
		switch {
		case entry.IsDir():
			if !ignored || r.enters(name) {
				r.look(name, info)
			}
		case !ignored:
			r.open(name)
		}
	}
}

// open opens what is opened to be sent.
func (r *reading) open(name string) {
	info, err := os.Lstat(r.path(name))
	switch {
	case err != nil:
	case info.Mode().Type() == fs.ModeSocket:
		r.sockets = append(r.sockets, literal(name))
	case info.Mode().IsRegular():
		var file *os.File
		if file, err = os.Open(r.path(name)); err == nil {
			err = file.Close()
		}
	}
	r.failed(name, err)
}

func (r *reading) failed(name string, err error) {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err // the path is this machine's
	}
	if err != nil {
		r.problems = append(r.problems, fmt.Errorf("%s cannot be read: %w", name, err))
	}
}

func (r *reading) path(name string) string { return filepath.Join(r.folder, filepath.FromSlash(name)) }
