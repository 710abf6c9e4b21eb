package stacks

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/components/validate"
)

// Release is the version of the application that runs. Its keys are written as keys of their own
// (`pulumi config set flowcomply:release.version v1.1.0`), because each release changes the first.
type Release struct {
	// Version is the release as it is tagged in Git, v1.2.3 or v1.2.3-rc.1: the images' only tag. Changing this makes a
	// release: preflight, images and a snapshot, migrations, services, verification. A version whose images the registry
	// holds is not built again; to go back to an earlier one, use `flowcomply rollback`, which migrates nothing.
	Version string `json:"version"`
	// Source is the folder with the release's source, a Git checkout, with forward slashes and relative to this
	// repository's root. An absolute one would make every machine build other images.
	Source string `json:"source"`
	// Images says where images come from: build builds them from the source; promote copies the very images that the
	// gate's stack runs, and builds only those whose build arguments differ there.
	Images ImageSource `json:"images"`
	// Gate is the stack that has to have verified this version, with the same content, before this one takes it, such as
	// staging; default none. A stack's first release has no gate.
	Gate string `json:"gate,omitempty"`
	// OnFailure is what `flowcomply release` does about a release that fails: rollback goes back to the one
	// before, keep leaves it to a person, ask asks one at the terminal and keeps it where there is none.
	OnFailure OnFailure `json:"onFailure"`
	// Pins are the images of an earlier release to go back to. `flowcomply rollback` writes them, and they hold only as long as
	// the version is theirs; default none.
	Pins *Pins `json:"pins,omitempty"`
}

// ImageSource says where a release's images come from.
type ImageSource string

// The two sources.
const (
	Build   ImageSource = "build"
	Promote ImageSource = "promote"
)

// OnFailure says what becomes of a release that fails.
type OnFailure string

// The three ways.
const (
	GoBack OnFailure = "rollback"
	Keep   OnFailure = "keep"
	Ask    OnFailure = "ask"
)

// Pins is an earlier release as the release history has it: enough to run it again without its source.
type Pins struct {
	// Version is the release that is gone back to; with another release.version nothing is pinned.
	Version string `json:"version"`
	// Number is the release's in the release history.
	Number int `json:"number"`
	// Commit is the source's, 40 hex digits; default none.
	Commit string `json:"commit,omitempty"`
	// Digests are the images by service, sha256:<64 hex digits>.
	Digests map[string]string `json:"digests"`
}

var (
	commitForm = regexp.MustCompile(`[0-9a-f]{40}|[0-9a-f]{64}`)
	digestForm = regexp.MustCompile(`sha256:[0-9a-f]{64}`)
)

// Validate returns every problem of the section.
func (p Pins) Validate() error {
	errs := []error{
		validate.Match("version", p.Version, versionForm, "the version that is gone back to"),
		validate.Range("number", p.Number, 1, 1_000_000),
		validate.Demand(len(p.Digests) > 0, "digests", "is empty", "an image for each service"),
	}
	if p.Commit != "" {
		errs = append(errs, validate.Match("commit", p.Commit, commitForm, "a commit of 40 hex digits"))
	}
	for _, name := range slices.Sorted(maps.Keys(p.Digests)) {
		errs = append(errs, validate.Match("digests."+name, p.Digests[name], digestForm, "sha256: and 64 hex digits"))
	}
	return validate.All(errs...)
}

var (
	// Semantic versioning without build metadata: an image's tag has no +.
	versionForm = regexp.MustCompile(`v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?`)
	sourceForm  = regexp.MustCompile(`(\.\./)*\.?[A-Za-z0-9_][A-Za-z0-9._-]*(/\.?[A-Za-z0-9_][A-Za-z0-9._-]*)*`)
)

// longestVersion leaves room for prefixes in an image's tag of 128 characters.
const longestVersion = 64

// Validate returns every problem of the section.
func (r Release) Validate() error {
	errs := []error{
		validate.Match("version", r.Version, versionForm, "a version such as v1.2.3; no moving name such as latest"),
		validate.Demand(len(r.Version) <= longestVersion, "version",
			fmt.Sprintf("has %d characters", len(r.Version)), fmt.Sprint(longestVersion)),
		validate.Match("source", r.Source, sourceForm, "a relative path in its shortest spelling, such as ../flowcomply"),
		validate.OneOf("images", r.Images, Build, Promote),
		validate.Demand(r.Images != Promote || r.Gate != "", "gate",
			"is empty, and images are to be promoted", "the stack to promote from, such as staging"),
		validate.OneOf("onFailure", r.OnFailure, GoBack, Keep, Ask),
	}
	if r.Gate != "" {
		errs = append(errs, validate.Match("gate", r.Gate, prefixForm, "another stack's name, such as staging"))
	}
	if r.Pins != nil {
		errs = append(errs, validate.Nested("pins", r.Pins.Validate()))
	}
	return validate.All(errs...)
}

// Pinned are the pins in force: none where they are another version's.
func (r Release) Pinned() *Pins {
	if r.Pins == nil || r.Pins.Version != r.Version {
		return nil
	}
	return r.Pins
}

// Folder is the source relative to the program's folder, infra, where the engine starts the program and its plugins.
func (r Release) Folder() string { return path.Join("..", r.Source) }

// Candidate tells whether the version is a pre-release, such as v1.2.3-rc.1.
func (r Release) Candidate() bool { return strings.Contains(r.Version, "-") }

// Preflight is what is looked at before a release changes anything.
type Preflight struct {
	// Skip names checks that are not made, each for a reason that its comment in the stack file gives: quota, checkout,
	// secrets, certificate, mail, alarms, deployments; default none. The account is always checked.
	Skip []string `json:"skip"`
}

// skippable are the checks that preflight can do without.
var skippable = []string{"quota", "checkout", "secrets", "certificate", "mail", "alarms", "deployments"}

// Validate returns every problem of the section.
func (p Preflight) Validate() error {
	return validate.Each("skip", p.Skip, func(field, name string) error { return validate.OneOf(field, name, skippable...) })
}
