// Package image builds one service's container image and pushes it under its release version.
//
// Services run the image by digest: a tag says what somebody called an image, a digest says what it is, and a new
// image changes the task definition by itself. A digest that is missing, malformed or of another repository stops
// the update before any task definition is written (pulumi-docker issues 778, 812 and 1015 are such digests).
//
// The builder is the daemon's first-generation one. It needs nothing beside the daemon, while BuildKit needs a
// session or buildx, which Debian's docker.io does not bring. And what it pushes is always the manifest of one
// platform, never an index with attestations whose digest is not the one a task reports as running.
//
// A preview never builds or pushes. Where an input of the build has changed, the digest is unknown in a preview.
package image

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/validate"
)

// ReleaseArg is the build argument that every build gets, with the version as its value. A Dockerfile ends with
//
//	ARG RELEASE
//	LABEL org.opencontainers.image.version=$RELEASE
//
// so that two releases with the same content are still two manifests: ECR's lifecycle rules go by the age of the
// manifest, and a release that is identical to an old one would be removed as if it were old.
const ReleaseArg = "RELEASE"

var (
	versionPattern = regexp.MustCompile(`^v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z][0-9A-Za-z.-]{0,62})?$`)
	digestPattern  = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
)

// Wiring is what infra and other components supply.
type Wiring struct {
	// RepositoryURL is the repository's address without a tag.
	RepositoryURL pulumi.StringInput
	// Version is the release, v1.2.3, the image's only tag. A new version builds and pushes a new image. An
	// earlier one does so as well, and cannot be gone back to in this way: the repository refuses a tag that it
	// has, also for the same content.
	Version string
	// Source is the folder of the release's source, relative to the program's folder. An absolute path is
	// refused: the provider compares paths as text, and another checkout would rebuild every image.
	Source string
	// Platform is linux/amd64 or linux/arm64 and equals the task's runtime platform; the provider's default is
	// that of the machine that builds.
	Platform string
	// Args are build arguments that infra knows and an operator should not repeat, such as the API's address.
	// A name that the spec has as well is an error.
	Args map[string]string
	// Registry is where and as whom to push.
	Registry Registry
}

// Registry is a login. Changing it builds nothing.
type Registry struct {
	Server, Username pulumi.StringInput
	// Password is kept as a secret, whether or not it comes as one.
	Password pulumi.StringInput
}

// Image is one pushed image.
type Image struct {
	pulumi.ResourceState

	// Digest is the manifest's digest, sha256:<64 hex digits>.
	Digest pulumi.StringOutput `pulumi:"digest"`
	// Ref is what a container definition runs: <repository>@<digest>.
	Ref pulumi.StringOutput `pulumi:"ref"`
}

// New declares the build. The image stays in the registry when it is replaced or no longer declared: it is what a
// rollback runs.
func New(ctx *pulumi.Context, name string, spec Spec, in Wiring, opts ...pulumi.ResourceOption) (*Image, error) {
	args, err := arguments(spec, in)
	if err != nil {
		return nil, fmt.Errorf("image %q: %w", name, err)
	}
	image := &Image{}
	if err := ctx.RegisterComponentResource("flowcomply:image:Image", name, image, opts...); err != nil {
		return nil, fmt.Errorf("image %q: %w", name, err)
	}
	folder := path.Join(in.Source, spec.Context)
	build := docker.DockerBuildArgs{
		Context:        pulumi.String(folder),
		Dockerfile:     pulumi.String(path.Join(folder, spec.dockerfile())),
		Platform:       pulumi.String(in.Platform),
		Args:           pulumi.ToStringMap(args),
		BuilderVersion: docker.BuilderVersionBuilderV1,
	}
	if spec.Target != "" {
		build.Target = pulumi.String(spec.Target)
	}
	built, err := docker.NewImage(ctx, name, &docker.ImageArgs{
		ImageName: pulumi.Sprintf("%s:%s", in.RepositoryURL, in.Version),
		Build:     build,
		Registry: docker.RegistryArgs{
			Server:   in.Registry.Server.ToStringOutput().ToStringPtrOutput(),
			Username: in.Registry.Username.ToStringOutput().ToStringPtrOutput(),
			Password: pulumi.ToSecret(in.Registry.Password.ToStringOutput()).(pulumi.StringOutput).ToStringPtrOutput(),
		},
	}, pulumi.Parent(image), pulumi.RetainOnDelete(true))
	if err != nil {
		return nil, fmt.Errorf("image %q: build: %w", name, err)
	}
	image.Digest = pulumi.All(built.RepoDigest, in.RepositoryURL).ApplyT(func(all []any) (string, error) {
		digest, err := Digest(fmt.Sprint(all[0]), fmt.Sprint(all[1]))
		if err != nil {
			return "", fmt.Errorf("image %q: digest: %w", name, err)
		}
		return digest, nil
	}).(pulumi.StringOutput)
	image.Ref = pulumi.Sprintf("%s@%s", in.RepositoryURL, image.Digest)
	return image, ctx.RegisterResourceOutputs(image, pulumi.Map{"digest": image.Digest, "ref": image.Ref})
}

// Digest is the digest in what the provider reports after a push, <repository>@sha256:<64 hex digits>. Anything else
// is an error, also the digest of another repository: the same image may have another one there.
func Digest(reported, repository string) (string, error) {
	const cure = "look at the push in the update's log, and run the update again"
	from, digest, found := strings.Cut(reported, "@")
	switch {
	case !found || !digestPattern.MatchString(digest):
		return "", fmt.Errorf("the registry reported %q instead of <repository>@sha256:<64 hex digits>; %s", reported, cure)
	case from != repository:
		return "", fmt.Errorf("%q is of another repository than %q; %s", reported, repository, cure)
	}
	return digest, nil
}

// CheckVersion wants a release version, v1.2.3 or v1.2.3-rc.1. Nothing else may become a tag: the repository's
// lifecycle policy keeps release versions, and would count or remove other tags as it should not.
func CheckVersion(version string) error {
	return validate.Match("version", version, versionPattern, "a release such as v1.2.3 or v1.2.3-rc.1")
}

// arguments checks the wiring and joins the build arguments.
func arguments(spec Spec, in Wiring) (map[string]string, error) {
	args := map[string]string{ReleaseArg: in.Version}
	errs := []error{
		spec.Validate(),
		CheckVersion(in.Version),
		validate.OneOf("platform", in.Platform, "linux/amd64", "linux/arm64"),
	}
	if in.Source == "" || path.IsAbs(in.Source) {
		errs = append(errs, validate.Fail("source", fmt.Sprintf("%q is not a relative path", in.Source), "a path relative to the program's folder"))
	}
	for name, value := range spec.Args {
		args[name] = value
	}
	for _, name := range sorted(in.Args) {
		if _, taken := args[name]; taken {
			errs = append(errs, validate.Fail("args."+name, "is set by the program", "leave it out"))
		}
		args[name] = in.Args[name]
	}
	if err := validate.All(errs...); err != nil {
		return nil, err
	}
	if in.RepositoryURL == nil || in.Registry.Server == nil || in.Registry.Username == nil || in.Registry.Password == nil {
		return nil, errors.New("wiring: repository or registry is missing")
	}
	return args, nil
}
