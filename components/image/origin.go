package image

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/step"
	"github.com/flowcomply/infrastructure/components/validate"
)

// Origin is where an image comes from: Built, Frozen, Existing, Promoted or Pinned. Which one it is, infra decides from what
// the stack had and what the registry holds; none of them asks anybody in a preview.
type Origin interface {
	// String is the origin as the stack exports it: built, held, promoted or pinned.
	String() string
	// check returns what the origin lacks.
	check(spec Spec, args Args) error
	// declare makes the resources.
	declare(ctx *pulumi.Context, name string, spec Spec, args Args, opts ...pulumi.ResourceOption) (result, error)
}

// result is an image's digest, the resources that it waits for, and what of it an update has left out; empty: nothing.
type result struct {
	digest  pulumi.StringOutput
	done    []pulumi.Resource
	leftOut pulumi.StringOutput
}

// nothingLeftOut is for an image that no update leaves out.
func nothingLeftOut() pulumi.StringOutput { return pulumi.String("").ToStringOutput() }

// Existing is a version that the registry holds already, built from the content that is asked for: nothing is built. That it
// still is that digest, and of that content, is checked when it is applied; where it is of another content, the error
// names both.
type Existing struct {
	// Digest is what the registry holds, as Lookup says.
	Digest string
}

// Promoted is an image that another stack has verified, copied from registry to registry under this stack's version. The
// digest stays the same: what runs here is what ran there.
type Promoted struct {
	// From is the image there, <repository>@sha256:<64 hex digits>, as that stack exports it.
	From string
}

// Pinned is an image that this stack has run before, as in a rollback: nothing is built, copied or asked, and the source
// need not be here.
type Pinned struct {
	// Digest is the image's in this stack's repository.
	Digest string
}

func (Existing) String() string { return "held" }
func (Promoted) String() string { return "promoted" }
func (Pinned) String() string   { return "pinned" }

const aDigest = "sha256: and 64 hex digits, in lower case"

func (o Existing) check(_ Spec, args Args) error {
	return validate.All(
		validate.Match("existing.digest", o.Digest, digestPattern, aDigest),
		validate.Match("content", args.Content, digestPattern, "what Content returns"),
		region(args),
	)
}

// imagePattern is an image by digest. The registry checks the repository's name.
var imagePattern = regexp.MustCompile(`[^@\s]+@(sha256:[0-9a-f]{64})`)

func (o Promoted) check(_ Spec, args Args) error {
	errs := []error{validate.Match("promoted.from", o.From, imagePattern, "<repository>@sha256:<64 hex digits>"), region(args)}
	if args.Content != "" {
		errs = append(errs, validate.Match("content", args.Content, digestPattern, "what Content returns, or nothing"))
	}
	return validate.All(errs...)
}

func (o Pinned) check(Spec, Args) error {
	return validate.Match("pinned.digest", o.Digest, digestPattern, aDigest)
}

func region(args Args) error {
	if args.Region == "" {
		return errors.New("region: is empty; allowed: the registry's AWS region")
	}
	return nil
}

func (o Existing) declare(ctx *pulumi.Context, name string, _ Spec, args Args, opts ...pulumi.ResourceOption) (result, error) {
	return publish(ctx, name, args, o.Digest, pulumi.StringArray{pulumi.String("--digest"), pulumi.String(o.Digest)}, opts...)
}

func (o Promoted) declare(ctx *pulumi.Context, name string, _ Spec, args Args, opts ...pulumi.ResourceOption) (result, error) {
	digest := imagePattern.FindStringSubmatch(o.From)[1]
	return publish(ctx, name, args, digest, pulumi.StringArray{pulumi.String("--from"), pulumi.String(o.From)}, opts...)
}

//nolint:unparam // declaring any other origin can fail
func (o Pinned) declare(*pulumi.Context, string, Spec, Args, ...pulumi.ResourceOption) (result, error) {
	return result{digest: pulumi.String(o.Digest).ToStringOutput(), leftOut: nothingLeftOut()}, nil
}

// publish declares the step that checks or copies an image. It runs again for another version, content or image, and for
// nothing else. The digest is known in a preview; in an update, whatever uses it waits for the step. Both come from making
// the output of the step's URN, which the engine gives at once in a preview, and after the step in an update.
func publish(
	ctx *pulumi.Context, name string, args Args, digest string, how pulumi.StringArray, opts ...pulumi.ResourceOption,
) (result, error) {
	tag := pulumi.Sprintf("%s:%s", args.RepositoryURL, args.Version)
	arguments := append(pulumi.StringArray{
		pulumi.String("--region"), pulumi.String(args.Region), pulumi.String("--platform"), pulumi.String(args.Platform), pulumi.String("--to"), tag,
	}, how...)
	if args.Content != "" {
		arguments = append(arguments, pulumi.String("--content"), pulumi.String(args.Content))
	}
	program := step.Program{
		Command: "./cmd/step publish", Arguments: arguments,
		Triggers: pulumi.Array{tag, how[1], pulumi.String(args.Content)}, Frozen: args.Frozen,
	}
	done, err := step.New(ctx, name, program, opts...)
	if err != nil {
		return result{}, fmt.Errorf("publish: %w", err)
	}
	return result{digest: digestAfter(done, digest), done: []pulumi.Resource{done}, leftOut: step.LeftOut(name, done, program)}, nil
}

// digestAfter is a known digest as an output that waits for the resource.
func digestAfter(resource pulumi.Resource, digest string) pulumi.StringOutput {
	return resource.URN().ApplyT(func(pulumi.URN) string { return digest }).(pulumi.StringOutput)
}
