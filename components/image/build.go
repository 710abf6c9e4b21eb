package image

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/validate"
)

// Built is an image built from the source and pushed. A changed input of the build, the version included, builds and
// pushes again.
type Built struct{}

// Settled is an image that this program has built before, and whose version this stack has proven with the very content
// and arguments that are asked for. It is declared as Built is, and no change of its inputs is one: a newer program may
// say the same build in other words, and a version that has been proven is not built again for that. Copying the context
// (Wiring.Staging) keeps the provider's own hash of it what it was.
//
// It does not push. Where the state has the build, that changes nothing; where it has not, as after an update that took it
// out and failed, it is built here alone, and the registry is not asked to take a version that it holds.
type Settled struct {
	// Digest is the image that was proven.
	Digest string
}

func (Built) String() string { return "built" }

// String is that of Built: how an image came about does not change when it is proven.
func (Settled) String() string { return Built{}.String() }

func (o Settled) check(spec Spec, in Wiring) error {
	return validate.All(
		validate.Match("settled.digest", o.Digest, digestPattern, aDigest),
		validate.Match("content", in.Content, digestPattern, "what Content returns"), Built{}.check(spec, in))
}

func (Built) check(spec Spec, in Wiring) error {
	_, err := arguments(spec, in)
	errs := []error{err}
	if in.Content != "" {
		errs = append(errs, validate.Match("content", in.Content, digestPattern, "what Content returns, or nothing"))
	}
	for _, folder := range []struct {
		field, value string
		needed       bool
	}{{"source", in.Source, true}, {"staging", in.Staging, false}} {
		if path.IsAbs(folder.value) || folder.needed && folder.value == "" {
			errs = append(errs, validate.Fail(folder.field, fmt.Sprintf("%q is not a relative path", folder.value), "a path relative to the program's folder"))
		}
	}
	if err := validate.All(errs...); err != nil {
		return err
	}
	if in.RepositoryURL == nil || in.Registry.Server == nil || in.Registry.Username == nil || in.Registry.Password == nil {
		return errors.New("wiring: repository or registry is missing")
	}
	if in.AccountID == "" {
		return errors.New("wiring: the registry's account is missing")
	}
	return nil
}

// arguments joins the build arguments.
func arguments(spec Spec, in Wiring) (map[string]string, error) {
	args := map[string]string{ReleaseArg: in.Version}
	if in.Content != "" {
		args[ContentArg] = in.Content
	}
	for name, value := range spec.Args {
		args[name] = value
	}
	var errs []error
	for _, name := range sorted(in.Args) {
		if _, taken := args[name]; taken || name == ContentArg {
			errs = append(errs, validate.Fail("args."+name, "is set by the program", "leave it out"))
		}
		args[name] = in.Args[name]
	}
	return args, validate.All(errs...)
}

func (o Settled) declare(ctx *pulumi.Context, name string, spec Spec, in Wiring, opts ...pulumi.ResourceOption) (made, error) {
	built, err := build(ctx, name, spec, in, true, append(opts, pulumi.IgnoreChanges([]string{"build", "imageName", "registry", "skipPush"}))...)
	if err != nil {
		return made{}, err
	}
	return made{digest: known(built, o.Digest), done: []pulumi.Resource{built}, leftOut: nothing()}, nil
}

// declare has the service's Dockerfile built and pushed.
//
//runbook:2.1#1-4,2.1#6,2.2#1-3,2.2#5 builds each service's Dockerfile, which installs and compiles in stages of its own.
//runbook:2.1#9,2.2#6,2.3#2,2.3#4 pushes it under the version, its only tag, before anything of the release runs.
//runbook:pre.1#2,2.3#6 ends the update where it does not compile, or is not in the registry by its digest.
func (Built) declare(ctx *pulumi.Context, name string, spec Spec, in Wiring, opts ...pulumi.ResourceOption) (made, error) {
	built, err := build(ctx, name, spec, in, false, opts...)
	if err != nil {
		return made{}, err
	}
	return made{digest: pushed(ctx, name, built, in), done: []pulumi.Resource{built}, leftOut: leftOut(name, built, in)}, nil
}

// pushed is the digest of what was built, read back from the registry by its tag once it is there. It waits for the
// provider's own repoDigest, which a preview of a build does not know, and makes nothing of it.
func pushed(ctx *pulumi.Context, name string, built *docker.Image, in Wiring) pulumi.StringOutput {
	return pulumi.All(built.RepoDigest, built.ImageName, in.RepositoryURL).ApplyT(func(all []any) (string, error) {
		image, url := fmt.Sprint(all[1]), fmt.Sprint(all[2])
		tag, is := strings.CutPrefix(image, url+":")
		_, repository, named := strings.Cut(url, "/")
		if !is || !named {
			return "", fmt.Errorf("image %q: digest: %s is of another repository than %s; run the update again without --target and --exclude", name, image, url)
		}
		digest, held, err := Lookup(ctx, repository, tag, in.AccountID, in.Ask...)
		switch {
		case err != nil:
			return "", fmt.Errorf("image %q: digest: %w", name, err)
		case !held:
			return "", fmt.Errorf("image %q: digest: the registry holds no %s, although it was pushed; look at the push in the update's log, "+
				"and run the update again", name, image)
		}
		return digest, nil
	}).(pulumi.StringOutput)
}

// leftOut says that the last build is still that of another release, because an update was limited to other resources.
func leftOut(name string, built *docker.Image, in Wiring) pulumi.StringOutput {
	return pulumi.All(built.ImageName, in.RepositoryURL).ApplyT(func(all []any) string {
		if was, wanted := fmt.Sprint(all[0]), fmt.Sprintf("%s:%s", all[1], in.Version); was != wanted {
			return fmt.Sprintf("%s is a build of %s and not of %s", name, was, wanted)
		}
		return ""
	}).(pulumi.StringOutput)
}

func build(ctx *pulumi.Context, name string, spec Spec, in Wiring, local bool, opts ...pulumi.ResourceOption) (*docker.Image, error) {
	folder, err := folderOf(spec, in)
	if err != nil {
		return nil, err
	}
	args, err := arguments(spec, in)
	if err != nil {
		return nil, err
	}
	build := docker.DockerBuildArgs{
		Context:        pulumi.String(folder),
		Dockerfile:     pulumi.String(path.Join(folder, spec.DockerfileName())),
		Platform:       pulumi.String(in.Platform),
		Args:           pulumi.ToStringMap(args),
		BuilderVersion: docker.BuilderVersionBuilderBuildKit,
	}
	if spec.Target != "" {
		build.Target = pulumi.String(spec.Target)
	}
	built, err := docker.NewImage(ctx, name, &docker.ImageArgs{
		ImageName: pulumi.Sprintf("%s:%s", in.RepositoryURL, in.Version),
		Build:     build,
		SkipPush:  pulumi.Bool(local),
		Registry: docker.RegistryArgs{
			Server:   in.Registry.Server.ToStringOutput().ToStringPtrOutput(),
			Username: in.Registry.Username.ToStringOutput().ToStringPtrOutput(),
			Password: pulumi.ToSecret(in.Registry.Password.ToStringOutput()).(pulumi.StringOutput).ToStringPtrOutput(),
		},
	}, append(opts, pulumi.RetainOnDelete(true))...)
	if err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	return built, nil
}

// folderOf is what to build from: the source, or its copy. A copy of another content than the one the update was decided
// on would be pushed under a label that is not true.
func folderOf(spec Spec, in Wiring) (string, error) {
	source := path.Join(in.Source, spec.Context)
	if in.Staging == "" {
		return source, nil
	}
	folder, content, err := Stage(source, spec.DockerfileName(), in.Staging)
	if err != nil {
		return "", fmt.Errorf("%s: %w", source, err)
	}
	if in.Content != "" && content != in.Content {
		return "", fmt.Errorf("%s: a file has changed since its content was %s: it is %s now; run the command again", source, in.Content, content)
	}
	return folder, nil
}
