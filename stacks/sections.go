package stacks

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/components/secret"
	"github.com/flowcomply/infrastructure/components/validate"
)

// Account says which AWS account and region everything is in. The provider refuses any other account, whatever
// credentials it finds.
type Account struct {
	// ID is the account's 12 digits, in quotes: without them YAML reads a number and loses leading zeros. Changing
	// this makes everything anew in another account.
	ID string `json:"id"`
	// Region is the AWS region, such as ap-southeast-2. Changing this replaces everything.
	Region string `json:"region"`
}

var (
	accountForm = regexp.MustCompile(`[0-9]{12}`)
	regionForm  = regexp.MustCompile(`[a-z]{2}(-[a-z]+)+-[0-9]`)
)

// Validate returns every problem of the section.
func (a Account) Validate() error {
	return validate.All(
		validate.Match("id", a.ID, accountForm, "12 digits in quotes"),
		validate.Match("region", a.Region, regionForm, "a region such as ap-southeast-2"),
	)
}

// Naming is what physical names start with; type Names has all of them. The runbook's commands use them.
type Naming struct {
	// Stack prefixes what is unique in an account: cluster, database, cache, secrets, alarms, key aliases. Changing
	// this replaces the database.
	Stack string `json:"stack"`
	// Family prefixes image repositories, task families and the services' log groups. No two environments of an
	// account share it. Changing this replaces the repositories, with all images that could be rolled back to.
	Family string `json:"family"`
}

var prefixForm = regexp.MustCompile(`[a-z][a-z0-9]*(-[a-z0-9]+)*`)

// Validate returns every problem of the section; whether AWS takes the names that follow is checked by Names.Check.
func (n Naming) Validate() error {
	const allowed = "lower-case letters and digits, separated by single -, a letter first"
	return validate.All(
		validate.Match("stack", n.Stack, prefixForm, allowed),
		validate.Match("family", n.Family, prefixForm, allowed),
	)
}

// Protection says whether an environment holds data that matters.
type Protection string

// The two kinds of environment.
const (
	Full Protection = "full" // nothing with data can be destroyed: Pulumi protect, deletion protection, final snapshots
	None Protection = "none" // `pulumi destroy` leaves nothing behind
)

// Validate returns every problem of the section.
func (p Protection) Validate() error { return validate.OneOf("protection", p, Full, None) }

// Release is the version of the application that runs. Its keys are written as keys of their own
// (`pulumi config set flowcomply:release.version v1.1.0`), because each release changes the first.
type Release struct {
	// Version is the release as it is tagged in Git, v1.2.3 or v1.2.3-rc.1: the images' only tag. Changing this makes a
	// release: preflight, images and a snapshot, migrations, services, verification. A version whose images the registry
	// holds is not built again; to go back to an earlier one, use `make rollback`, which migrates nothing.
	Version string `json:"version"`
	// Source is the folder with the release's source, a Git checkout, with forward slashes and relative to this
	// repository's root. An absolute one would make every machine build other images.
	Source string `json:"source"`
	// Images says where images come from: build builds them from the source; promote copies the very images that the
	// gate's stack runs, and builds only those whose build arguments differ there.
	Images ImageSource `json:"images"`
	// Gate is the stack that has to have proven this version, with the same content, before this one takes it, such as
	// staging; default none. A stack's first release has no gate.
	Gate string `json:"gate,omitempty"`
	// OnFailure is what `make release` does about a release that does not prove itself: rollback goes back to the one
	// before, keep leaves it to a person, ask asks one at the terminal and keeps it where there is none.
	OnFailure OnFailure `json:"onFailure"`
	// Pins are the images of an earlier release to go back to. `make rollback` writes them, and they hold only as long as
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

// OnFailure says what becomes of a release that does not prove itself.
type OnFailure string

// The three ways.
const (
	GoBack OnFailure = "rollback"
	Keep   OnFailure = "keep"
	Ask    OnFailure = "ask"
)

// Pins is an earlier release as the stack's ledger has it: enough to run it again without its source.
type Pins struct {
	// Version is the release that is gone back to; with another release.version nothing is pinned.
	Version string `json:"version"`
	// Number is the release's in the ledger.
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
	}
	if p.Commit != "" {
		errs = append(errs, validate.Match("commit", p.Commit, commitForm, "a commit of 40 hex digits"))
	}
	if len(p.Digests) == 0 {
		errs = append(errs, validate.Fail("digests", "is empty", "an image for each service"))
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
		validate.Match("source", r.Source, sourceForm, "a relative path in its shortest spelling, such as ../flowcomply"),
		validate.OneOf("images", r.Images, Build, Promote),
		validate.OneOf("onFailure", r.OnFailure, GoBack, Keep, Ask),
	}
	if r.Gate != "" {
		errs = append(errs, validate.Match("gate", r.Gate, prefixForm, "another stack's name, such as staging"))
	}
	if r.Images == Promote && r.Gate == "" {
		errs = append(errs, validate.Fail("gate", "is empty, and images are to be promoted", "the stack to promote from, such as staging"))
	}
	if r.Pins != nil {
		errs = append(errs, validate.Nested("pins", r.Pins.Validate()))
	}
	if len(r.Version) > longestVersion {
		errs = append(errs, validate.Fail("version", fmt.Sprintf("has %d characters", len(r.Version)), fmt.Sprintf("%d", longestVersion)))
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
	// Skip names checks that are not made, each for a reason that its comment in the stack file gives: checkout, secrets,
	// certificate, mail, alarms, deployments; default none. The account is always checked.
	Skip []string `json:"skip"`
}

// skippable are the checks that preflight can do without.
var skippable = []string{"checkout", "secrets", "certificate", "mail", "alarms", "deployments"}

// Validate returns every problem of the section.
func (p Preflight) Validate() error {
	return validate.Each("skip", p.Skip, func(field, name string) error { return validate.OneOf(field, name, skippable...) })
}

// Site is where people and programs find the application. Both names are in the DNS zone and on the certificate.
type Site struct {
	// Domain is the website's full name, such as flowcomply.com. Changing this replaces the certificate.
	Domain string `json:"domain"`
	// APIDomain is the API's full name, such as api.flowcomply.com. The website's build contains it. Changing this
	// replaces the certificate, and takes a new release.
	APIDomain string `json:"apiDomain"`
}

var domainForm = regexp.MustCompile(`([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}`)

// Validate returns every problem of the section.
func (s Site) Validate() error {
	const allowed = "a full domain name in lower case, such as api.flowcomply.com"
	errs := []error{
		validate.Match("domain", s.Domain, domainForm, allowed),
		validate.Match("apiDomain", s.APIDomain, domainForm, allowed),
	}
	if s.Domain == s.APIDomain {
		errs = append(errs, validate.Fail("apiDomain", "is the website's", "a name of its own, as the firewall's limit counts the API's requests only"))
	}
	return validate.All(errs...)
}

// URL is the website's address, without a path.
func (s Site) URL() string { return "https://" + s.Domain }

// APIURL is the API's address, without a path.
func (s Site) APIURL() string { return "https://" + s.APIDomain }

// Secrets are the application's secrets by environment variable.
type Secrets map[string]secret.Spec

var variableForm = regexp.MustCompile(`[A-Z][A-Z0-9_]{0,63}`)

// Validate returns every problem of the section.
func (s Secrets) Validate() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(s)) {
		errs = append(errs,
			validate.Match(name, name, variableForm, "an environment variable's name in capitals, 64 characters at most"),
			validate.Nested(name, s[name].Validate()))
	}
	return validate.All(errs...)
}

func (s Secrets) operators() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if s[name].Source == secret.FromOperator {
			names = append(names, name)
		}
	}
	return names
}
