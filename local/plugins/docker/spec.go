package docker

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/distribution/reference"
)

// The builders. The official provider takes BuildKit where none is named.
const (
	classic  = "BuilderV1"
	buildKit = "BuilderBuildKit"
)

// spec is an Image's inputs.
type spec struct {
	ImageName      string `json:"imageName"` // with registry and, where one is wanted, tag
	Build          build  `json:"build"`
	Registry       login  `json:"registry"`
	SkipPush       bool   `json:"skipPush"`
	BuildOnPreview bool   `json:"buildOnPreview"`
}

type login struct {
	Server   string `json:"server"`
	Username string `json:"username"`
	Password string `json:"password"`
}

type build struct {
	Context        string            `json:"context"`    // default: the program's folder
	Dockerfile     string            `json:"dockerfile"` // relative to the program's folder; default: in the context
	Args           map[string]string `json:"args"`
	Target         string            `json:"target"`
	Platform       string            `json:"platform"` // default: linux on this machine's architecture
	Network        string            `json:"network"`
	AddHosts       []string          `json:"addHosts"`
	BuilderVersion string            `json:"builderVersion"` // default: BuilderBuildKit
	CacheFrom      struct {
		Images []string `json:"images"`
	} `json:"cacheFrom"`
}

func (b build) withDefaults() build {
	if b.Context == "" {
		b.Context = "."
	}
	if b.Dockerfile == "" {
		b.Dockerfile = path.Join(filepath.ToSlash(b.Context), "Dockerfile")
	}
	if b.BuilderVersion == "" {
		b.BuilderVersion = buildKit
	}
	return b
}

// validate; a preview may not know the image's name yet.
func (s spec) validate(nameUnknown bool) error {
	var problems []error
	switch {
	case nameUnknown:
	case s.ImageName == "":
		problems = append(problems, errors.New("imageName: required"))
	default:
		problems = append(problems, s.validateName())
	}
	switch s.Build.BuilderVersion {
	case "", classic, buildKit:
	default:
		problems = append(problems, fmt.Errorf("build.builderVersion: %q is unknown; it is one of BuilderV1, BuilderBuildKit",
			s.Build.BuilderVersion))
	}
	return errors.Join(problems...)
}

// validateName: where an image is pushed to must not depend on whose machine it is built on.
func (s spec) validateName() error {
	parse := reference.ParseNamed // wants the registry's name
	if s.SkipPush && len(s.Build.CacheFrom.Images) == 0 {
		parse = reference.ParseNormalizedNamed
	}
	if _, err := parse(s.ImageName); err != nil {
		return fmt.Errorf("imageName %q: %w; an image that is pushed is named in full, such as docker.io/library/name:tag",
			s.ImageName, err)
	}
	return nil
}

// locate finds the Dockerfile, whose path is relative to the program's folder and not to the context.
func (b build) locate() error {
	stat, err := os.Stat(b.Dockerfile)
	if err == nil && stat.Mode().IsRegular() {
		return nil
	}
	if err == nil {
		return fmt.Errorf("build.dockerfile %q: is no file; name the Dockerfile itself", b.Dockerfile)
	}
	inside := path.Join(filepath.ToSlash(b.Context), filepath.ToSlash(b.Dockerfile))
	if _, err := os.Stat(inside); err == nil {
		return fmt.Errorf("build.dockerfile %q: no such file; the path is relative to the program's folder: set it to %q",
			b.Dockerfile, inside)
	}
	return fmt.Errorf("build.dockerfile %q: %w; the path is relative to the program's folder", b.Dockerfile, errors.Unwrap(err))
}
