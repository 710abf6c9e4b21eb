package image

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/flowcomply/infrastructure/internal/buildcontext"
	"github.com/flowcomply/infrastructure/internal/dockerfile"
)

// VersionLabel is the label that holds an image's release, as ReleaseArg gives it.
const VersionLabel = "org.opencontainers.image.version"

// Newer is a line of a Dockerfile that only a builder from Docker 23 on reads.
type Newer = dockerfile.Newer

// required are the labels that an image must have.
var required = []dockerfile.Label{
	{Name: VersionLabel, Arg: ReleaseArg, MayBeEmpty: true,
		Why: "a release whose image is an earlier one's would be expired with it (" + VersionLabel + `="" says that it may)`},
	{Name: ContentLabel, Arg: ContentArg, Why: "nobody could tell what the version was built from, so that it could be neither used again nor promoted"},
}

// Inspect reads the Dockerfile that an image of the version would be built with, in the folder that is its context. Its
// errors name file and line: what is no Dockerfile, takes files that are not sent or stages that are not there, or makes an
// image without the labels that are shown at ContentArg. Shown is what errors call the file. It also returns the lines that
// only a builder from Docker 23 on reads. Without is as Content's.
func Inspect(folder, shown string, spec Spec, version, content string, without ...string) ([]Newer, error) {
	context := buildcontext.Context{Folder: folder, Dockerfile: spec.DockerfileName(), Without: without}
	rules, err := context.Rules()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(spec.DockerfileName())))
	if err != nil {
		return nil, err
	}
	args, err := arguments(spec, Args{Version: version, Content: content})
	if err != nil {
		return nil, err
	}
	return dockerfile.Check(text, dockerfile.Build{
		File: shown, Target: spec.Target, Args: args, Labels: required,
		Sends: func(name string) bool { return sends(folder, rules, name) },
	})
}

// sends tells whether a file, or something in a folder, is sent to the builder. What leads through a link out of the context
// is for the builder to judge.
func sends(folder string, rules buildcontext.Rules, name string) bool {
	_, target, err := buildcontext.Follow(folder, name)
	var out *buildcontext.LeadsOutError
	switch {
	case errors.As(err, &out):
		return true
	case err != nil:
		return false
	}
	found := errors.New("found")
	err = filepath.WalkDir(filepath.Join(folder, filepath.FromSlash(target)), func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil // Content has read what is sent; what cannot be read is not
		}
		inside, err := filepath.Rel(folder, file)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		inside = path.Clean(filepath.ToSlash(inside))
		switch {
		case entry.IsDir() && inside != "." && !rules.Enters(inside):
			return fs.SkipDir
		case !entry.IsDir() && rules.Sends(inside):
			return found
		}
		return nil
	})
	return errors.Is(err, found)
}
