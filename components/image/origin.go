package image

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
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
	// declare makes the resources, and sets what the image has of them.
	declare(b *component.Builder, image *Image, spec Spec, args Args, opts ...pulumi.ResourceOption) error
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
		content(args, true),
		region(args),
	)
}

// imagePattern is an image by digest. The registry checks the repository's name.
var imagePattern = regexp.MustCompile(`[^@\s]+@(sha256:[0-9a-f]{64})`)

func (o Promoted) check(_ Spec, args Args) error {
	from := validate.Match("promoted.from", o.From, imagePattern, "<repository>@sha256:<64 hex digits>")
	return validate.All(from, region(args), content(args, false))
}

func (o Pinned) check(Spec, Args) error {
	return validate.Match("pinned.digest", o.Digest, digestPattern, aDigest)
}

func content(args Args, needed bool) error {
	switch {
	case needed:
		return validate.Match("content", args.Content, digestPattern, "what Content returns")
	case args.Content == "":
		return nil
	}
	return validate.Match("content", args.Content, digestPattern, "what Content returns, or nothing")
}

func region(args Args) error {
	return validate.Demand(args.Region != "", "region", "is empty", "the registry's AWS region")
}

func (o Existing) declare(b *component.Builder, image *Image, _ Spec, args Args, opts ...pulumi.ResourceOption) error {
	return publish(b, image, args, o.Digest, []string{"--digest", o.Digest}, opts...)
}

func (o Promoted) declare(b *component.Builder, image *Image, _ Spec, args Args, opts ...pulumi.ResourceOption) error {
	return publish(b, image, args, imagePattern.FindStringSubmatch(o.From)[1], []string{"--from", o.From}, opts...)
}

//nolint:unparam // declaring any other origin can fail
func (o Pinned) declare(_ *component.Builder, image *Image, _ Spec, _ Args, _ ...pulumi.ResourceOption) error {
	image.Digest, image.LeftOut = pulumi.String(o.Digest).ToStringOutput(), nothingLeftOut()
	return nil
}

// publish declares the step that checks or copies an image. It runs again for another version, content or image, and for
// nothing else. The digest is known in a preview; in an update, whatever uses it waits for the step. Both come from making
// the output of the step's URN, which the engine gives at once in a preview, and after the step in an update.
func publish(b *component.Builder, image *Image, args Args, digest string, how []string, opts ...pulumi.ResourceOption) error {
	tag := pulumi.Sprintf("%s:%s", args.RepositoryURL, args.Version)
	if args.Content != "" {
		how = append(how, "--content", args.Content)
	}
	arguments := append(pulumi.ToStringArray([]string{"--region", args.Region, "--platform", args.Platform, "--to"}), tag)
	program := step.Program{
		Command: "./cmd/step publish", Arguments: append(arguments, pulumi.ToStringArray(how)...),
		Triggers: pulumi.Array{tag, pulumi.String(how[1]), pulumi.String(args.Content)}, Frozen: args.Frozen,
	}
	done, err := step.New(b.Ctx, b.Name, program, opts...)
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	image.Digest, image.Done, image.LeftOut = digestAfter(done, digest), []pulumi.Resource{done}, step.LeftOut(b.Name, done, program)
	return nil
}

// digestAfter is a known digest as an output that waits for the resource.
func digestAfter(resource pulumi.Resource, digest string) pulumi.StringOutput {
	return resource.URN().ApplyT(func(pulumi.URN) string { return digest }).(pulumi.StringOutput)
}
