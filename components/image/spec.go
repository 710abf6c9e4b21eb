package image

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/components/validate"
)

// Spec is how one service's image is built; part of the service's configuration.
type Spec struct {
	// Context is the build's folder, relative to the release's source.
	Context string `json:"context"`
	// Dockerfile is relative to the context; `Dockerfile` when left out.
	Dockerfile string `json:"dockerfile,omitempty"`
	// Args are build arguments. They are readable in the image for ever and are no place for a secret. Changing
	// one rebuilds the image. None when left out.
	Args map[string]string `json:"args,omitempty"`
	// Target is the Dockerfile's stage to build; the last one when left out.
	Target string `json:"target,omitempty"`
}

var (
	argPattern    = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)
	targetPattern = regexp.MustCompile(`[A-Za-z][A-Za-z0-9_.-]*`)
	secretPattern = regexp.MustCompile(`(?i)SECRET|PASSWORD|PASSWD|TOKEN|PRIVATE|CREDENTIAL|API_?KEY|DATABASE_URL|REDIS_URL`)
)

// publicPrefix marks what Next.js puts into the pages it serves, whatever else the name says.
const publicPrefix = "NEXT_PUBLIC_"

// Validate returns every problem of the spec.
func (s Spec) Validate() error {
	errs := []error{
		inside("context", s.Context), inside("dockerfile", s.DockerfileName()),
		validate.Demand(s.Dockerfile != ".", "dockerfile", "is a folder", "a file in the context"),
	}
	if s.Target != "" {
		errs = append(errs, validate.Match("target", s.Target, targetPattern, "a stage's name"))
	}
	for _, name := range sorted(s.Args) {
		field := "args." + name
		errs = append(errs,
			validate.Match(field, name, argPattern, "a name of letters, digits and _"),
			validate.Demand(name != ReleaseArg && name != ContentArg, field, "is set by the program", "leave it out"),
			validate.Demand(!secretPattern.MatchString(name) || strings.HasPrefix(name, publicPrefix),
				field, "looks like a secret, and build arguments stay readable in the image", "a secret of the running service"))
	}
	return validate.All(errs...)
}

// DockerfileName is the Dockerfile, relative to the context.
func (s Spec) DockerfileName() string {
	return cmp.Or(s.Dockerfile, "Dockerfile")
}

// inside wants a path in its shortest spelling that stays in the folder it is relative to: the provider compares
// paths as text, so a second spelling of a folder would rebuild the image.
func inside(field, v string) error {
	const allowed = "a relative path in its shortest spelling that does not leave the folder, such as backend"
	switch {
	case v == "":
		return validate.Fail(field, "is empty", allowed)
	case path.IsAbs(v) || strings.Contains(v, `\`) || strings.Contains(v, ":"):
		return validate.Fail(field, fmt.Sprintf("%q is not a relative path", v), allowed)
	case v == ".." || strings.HasPrefix(v, "../"):
		return validate.Fail(field, fmt.Sprintf("%q leaves the folder", v), allowed)
	case path.Clean(v) != v:
		return validate.Fail(field, fmt.Sprintf("%q can be written as %q", v, path.Clean(v)), allowed)
	}
	return nil
}

func sorted(values map[string]string) []string { return slices.Sorted(maps.Keys(values)) }
