// Package image is one service's container image, pushed under its release version. It is built, or it exists already:
// see Origin.
//
// Decisions:
//   - Services run the image by digest: a tag can say anything, a digest says what the image is, and a new digest changes
//     the task definition.
//   - The digest is looked up in the registry by the version's tag. The provider reports the first digest that the daemon
//     knows, which may be another repository's, or none (pulumi-docker issues 778, 812, 967 and 1015).
//   - The builder is BuildKit: today's Node images need cache mounts and more that the classic builder refuses. The daemon
//     has it; buildx is not needed.
//   - A preview never builds, pushes or copies. If an input of the build has changed, the digest is unknown in a preview;
//     the digest of an image that exists is known.
//   - A version is pushed once. If the registry has it and it was built from the same content, it is used again. Any other
//     content under that version is an error here, as ECR refuses to move a tag only after everything was built
//     (aws/containers-roadmap issue 2380).
package image

import (
	"errors"
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/validate"
)

// ReleaseArg is the build argument that every build gets, with the version as its value; the label that a Dockerfile makes
// of it is shown at ContentArg. It makes two releases with the same content two manifests: ECR's lifecycle rules go by
// the age of the manifest, and a release that is identical to an old one would be removed as if it were old.
const ReleaseArg = "RELEASE"

var (
	versionPattern = regexp.MustCompile(`^v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z][0-9A-Za-z.-]{0,62})?$`)
	digestPattern  = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
)

// Args are what infra and other components supply.
type Args struct {
	// RepositoryURL is the repository's address without a tag.
	RepositoryURL pulumi.StringInput
	// Version is the release, v1.2.3, the image's only tag. The repository refuses a tag that it has, so each version is
	// built or copied to it once.
	Version string
	// Platform is linux/amd64 or linux/arm64 and equals the task's runtime platform; the provider's default is
	// that of the machine that builds. An image that exists is checked for it before a task is made of it.
	Platform string
	// Origin is where the image comes from; Built when nil.
	Origin Origin
	// Content is what the image is built from, as function Content says; empty where nobody knows, as of a release whose
	// source is not here. A build gets it as the argument CONTENT, and an image that exists has to have it as its label.
	Content string
	// Frozen: the version was verified before, and a step that checked or copied it is not made again.
	Frozen bool
	// After is what must have succeeded before anything is built, checked or copied; nothing when nil.
	After []pulumi.Resource

	// Source is the folder of the release's source, relative to the program's folder. An absolute path is
	// refused: the provider compares paths as text, and another checkout would rebuild every image. Built and Frozen
	// need it, and what follows.
	Source string
	// Staging is the folder, relative to the program's, below which the build context is copied and built from (see
	// Stage), so that no checkout's umask or place is a change. When empty, the source itself is built from.
	Staging string
	// Args are build arguments that infra knows and an operator should not repeat, such as the API's address.
	// A name that the spec has as well is an error.
	BuildArgs map[string]string
	// Registry is where and as whom to push.
	Registry Registry

	// AccountID is the AWS account of the registry, and Ask names the provider to ask it with: for the digest of what Built
	// has pushed. The program's default provider when nothing.
	AccountID string
	Ask       []pulumi.InvokeOption

	// Region is the AWS region of the registry, which Existing and Promoted ask for a login of their own.
	Region string
}

// Registry is a login. Changing it builds nothing.
//
//runbook:2.3#1 is ECR's own login, asked for by the update and kept as a secret.
type Registry struct {
	Server, Username pulumi.StringInput
	// Password is kept as a secret, whether or not it comes as one.
	Password pulumi.StringInput
}

// Image is one image in the registry.
type Image struct {
	pulumi.ResourceState

	// Digest is the manifest's digest, sha256:<64 hex digits>.
	Digest pulumi.StringOutput `pulumi:"digest"`
	// Ref is what a container definition runs: <repository>@<digest>.
	Ref pulumi.StringOutput `pulumi:"ref"`
	// Done are the resources after which the image is in the registry and checked; none for one that nothing is done
	// with. Digest and Ref wait for them as well: this is for what uses neither.
	Done []pulumi.Resource
	// LeftOut says that the image is still that of another release; empty where it is this one's.
	LeftOut pulumi.StringOutput
}

// New declares what makes the image be there. The image stays in the registry when it is replaced or no longer declared:
// it is what a rollback runs.
func New(ctx *pulumi.Context, name string, spec Spec, args Args, opts ...pulumi.ResourceOption) (*Image, error) {
	if args.Origin == nil {
		args.Origin = Built{}
	}
	image := &Image{}
	b, err := component.New(ctx, "flowcomply:image:Image", name, image, struct{}{}, opts, check(spec, args))
	if err != nil {
		return nil, err
	}
	if err := args.Origin.declare(b, image, spec, args, b.Parent, pulumi.DependsOn(args.After)); err != nil {
		return nil, b.Errorf("%w", err)
	}
	image.Ref = pulumi.Sprintf("%s@%s", args.RepositoryURL, image.Digest)
	return image, b.Done()
}

// CheckVersion wants a release version, v1.2.3 or v1.2.3-rc.1. Nothing else may become a tag: the repository's
// lifecycle policy keeps release versions, and would count or remove other tags as it should not.
func CheckVersion(version string) error {
	return validate.Match("version", version, versionPattern, "a release such as v1.2.3 or v1.2.3-rc.1")
}

// check returns every problem of the spec and the args.
func check(spec Spec, args Args) error {
	err := validate.All(
		spec.Validate(),
		CheckVersion(args.Version),
		validate.OneOf("platform", args.Platform, "linux/amd64", "linux/arm64"),
		args.Origin.check(spec, args),
	)
	if err == nil && args.RepositoryURL == nil {
		return errors.New("args: repository is missing")
	}
	return err
}
