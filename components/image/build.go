package image

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"strings"

	"github.com/pulumi/pulumi-docker/sdk/v4/go/docker"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/validate"
)

// Built is an image built from the source and pushed. A changed input of the build, the version included, builds and
// pushes again.
type Built struct{}

// Frozen is an image that was built for this version already, from the same content and arguments, and that this stack has
// verified. It is declared like Built, but all changes of its inputs are ignored: a newer program may declare the same
// build with other inputs, which is no reason to build the version again. The context is copied (Args.Staging), so that
// the provider's hash of it stays the same.
//
// It does not push. If the build is in the state, nothing happens. If it is not, because an update removed it and then
// failed, the image is built on this machine only: the registry already has the version.
type Frozen struct {
	// Digest is the image that was verified.
	Digest string
}

func (Built) String() string { return "built" }

// String is the same as Built's: verifying an image does not change how it was made.
func (Frozen) String() string { return Built{}.String() }

func (o Frozen) check(spec Spec, args Args) error {
	return validate.All(
		validate.Match("frozen.digest", o.Digest, digestPattern, aDigest),
		content(args, true), Built{}.check(spec, args))
}

func (Built) check(spec Spec, args Args) error {
	_, err := arguments(spec, args)
	const notRelative, relative = "%q is not a relative path", "a path relative to the program's folder"
	err = validate.All(
		err, content(args, false),
		validate.Demand(args.Source != "" && !path.IsAbs(args.Source), "source", fmt.Sprintf(notRelative, args.Source), relative),
		validate.Demand(!path.IsAbs(args.Staging), "staging", fmt.Sprintf(notRelative, args.Staging), relative),
	)
	switch {
	case err != nil:
		return err
	case args.RepositoryURL == nil || args.Registry.Server == nil || args.Registry.Username == nil || args.Registry.Password == nil:
		return errors.New("args: repository or registry is missing")
	case args.AccountID == "":
		return errors.New("args: the registry's account is missing")
	}
	return nil
}

// arguments joins the build arguments.
func arguments(spec Spec, args Args) (map[string]string, error) {
	inputs := map[string]string{ReleaseArg: args.Version}
	if args.Content != "" {
		inputs[ContentArg] = args.Content
	}
	maps.Copy(inputs, spec.Args)
	var errs []error
	for _, name := range sorted(args.BuildArgs) {
		_, taken := inputs[name]
		errs = append(errs, validate.Demand(!taken && name != ContentArg, "args."+name, "is set by the program", "leave it out"))
		inputs[name] = args.BuildArgs[name]
	}
	return inputs, validate.All(errs...)
}

func (o Frozen) declare(b *component.Builder, image *Image, spec Spec, args Args, opts ...pulumi.ResourceOption) error {
	built, err := build(b, spec, args, true, append(opts, pulumi.IgnoreChanges([]string{"build", "imageName", "registry", "skipPush"}))...)
	if err != nil {
		return err
	}
	image.Digest, image.Done, image.LeftOut = digestAfter(built, o.Digest), []pulumi.Resource{built}, nothingLeftOut()
	return nil
}

// declare has the service's Dockerfile built and pushed.
//
//runbook:2.1#1-4,2.1#6,2.2#1-3,2.2#5 builds each service's Dockerfile, which installs and compiles in stages of its own.
//runbook:2.1#9,2.2#6,2.3#2,2.3#4 pushes it under the version, its only tag, before anything of the release runs.
//runbook:pre.1#2,2.3#6 ends the update where it does not compile, or is not in the registry by its digest.
func (Built) declare(b *component.Builder, image *Image, spec Spec, args Args, opts ...pulumi.ResourceOption) error {
	built, err := build(b, spec, args, false, opts...)
	if err != nil {
		return err
	}
	image.Digest, image.Done, image.LeftOut = pushed(b, built, args), []pulumi.Resource{built}, leftOut(b.Name, built, args)
	return nil
}

// pushed is the digest of what was built, looked up in the registry by tag after the push. It depends on the provider's
// repoDigest only to run after the push, and to be unknown in a preview of a build; it does not use its value.
func pushed(b *component.Builder, built *docker.Image, args Args) pulumi.StringOutput {
	return pulumi.All(built.RepoDigest, built.ImageName, args.RepositoryURL).ApplyT(func(all []any) (string, error) {
		image, url := fmt.Sprint(all[1]), fmt.Sprint(all[2])
		tag, is := strings.CutPrefix(image, url+":")
		_, repository, named := strings.Cut(url, "/")
		if !is || !named {
			return "", b.Errorf("digest: %s is of another repository than %s; run the update again without --target and --exclude", image, url)
		}
		digest, held, err := Lookup(b.Ctx, repository, tag, args.AccountID, args.Ask...)
		switch {
		case err != nil:
			return "", b.Errorf("digest: %w", err)
		case !held:
			return "", b.Errorf("digest: the registry holds no %s, although it was pushed; look at the push in the update's log, "+
				"and run the update again", image)
		}
		return digest, nil
	}).(pulumi.StringOutput)
}

// leftOut says when the last build is still another release's, because an update was limited to other resources.
func leftOut(name string, built *docker.Image, args Args) pulumi.StringOutput {
	return pulumi.All(built.ImageName, args.RepositoryURL).ApplyT(func(all []any) string {
		if was, wanted := fmt.Sprint(all[0]), fmt.Sprintf("%s:%s", all[1], args.Version); was != wanted {
			return fmt.Sprintf("%s is a build of %s and not of %s", name, was, wanted)
		}
		return ""
	}).(pulumi.StringOutput)
}

func build(b *component.Builder, spec Spec, args Args, local bool, opts ...pulumi.ResourceOption) (*docker.Image, error) {
	folder, err := folderOf(spec, args)
	if err != nil {
		return nil, err
	}
	inputs, err := arguments(spec, args)
	if err != nil {
		return nil, err
	}
	build := docker.DockerBuildArgs{
		Context:        pulumi.String(folder),
		Dockerfile:     pulumi.String(path.Join(folder, spec.DockerfileName())),
		Platform:       pulumi.String(args.Platform),
		Args:           pulumi.ToStringMap(inputs),
		BuilderVersion: docker.BuilderVersionBuilderBuildKit,
	}
	if spec.Target != "" {
		build.Target = pulumi.String(spec.Target)
	}
	built, err := docker.NewImage(b.Ctx, b.Name, &docker.ImageArgs{
		ImageName: pulumi.Sprintf("%s:%s", args.RepositoryURL, args.Version),
		Build:     build,
		SkipPush:  pulumi.Bool(local),
		Registry: docker.RegistryArgs{
			Server:   args.Registry.Server.ToStringOutput().ToStringPtrOutput(),
			Username: args.Registry.Username.ToStringOutput().ToStringPtrOutput(),
			Password: pulumi.ToSecret(args.Registry.Password.ToStringOutput()).(pulumi.StringOutput).ToStringPtrOutput(),
		},
	}, append(opts, pulumi.RetainOnDelete(true))...)
	if err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	return built, nil
}

// folderOf is what to build from: the source, or its copy. A copy of another content than the one the update was decided
// on would be pushed under a label that is not true.
func folderOf(spec Spec, args Args) (string, error) {
	source := path.Join(args.Source, spec.Context)
	if args.Staging == "" {
		return source, nil
	}
	folder, content, err := Stage(source, spec.DockerfileName(), args.Staging)
	if err != nil {
		return "", fmt.Errorf("%s: %w", source, err)
	}
	if args.Content != "" && content != args.Content {
		return "", fmt.Errorf("%s: a file has changed since its content was %s: it is %s now; run the command again", source, args.Content, content)
	}
	return folder, nil
}
