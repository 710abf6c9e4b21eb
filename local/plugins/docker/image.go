package docker

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/flowcomply/infrastructure/local/plugins/provider"
)

// made is an image's place in the state.
type made struct {
	id         string
	properties *structpb.Struct
}

// image builds and pushes. A preview builds only where it is told to, and pushes never.
func (p *Provider) image(ctx context.Context, urn resource.URN, properties *structpb.Struct, preview bool) (*made, error) {
	inputs, err := provider.Read(properties)
	if err != nil {
		return nil, err
	}
	var s spec
	if err := provider.Decode(inputs, &s); err != nil {
		return nil, fmt.Errorf("image %q: %w", urn.Name(), err)
	}
	if preview && (!s.BuildOnPreview || inputs.ContainsUnknowns()) {
		return &made{properties: properties}, nil
	}
	s.Build = s.Build.withDefaults()
	cli := &docker{env: os.Environ(), show: p.status(ctx, urn)}
	digest, err := s.make(ctx, cli, s.SkipPush || preview)
	if err != nil {
		return nil, fmt.Errorf("image %q: %w", urn.Name(), err)
	}
	outputs := resource.PropertyMap{}
	for name, value := range map[resource.PropertyKey]string{
		"baseImageName": s.ImageName, "context": s.Build.Context, "dockerfile": s.Build.dockerfileInContext(),
		"imageName": s.ImageName, "platform": s.Build.Platform, "registryServer": s.Registry.Server, "repoDigest": digest,
	} {
		outputs[name] = resource.NewStringProperty(value)
	}
	written, err := provider.Write(outputs)
	return &made{id: s.ImageName, properties: written}, err
}

func (b build) dockerfileInContext() string {
	relative, err := filepath.Rel(b.Context, b.Dockerfile)
	if err != nil {
		return filepath.ToSlash(b.Dockerfile)
	}
	return filepath.ToSlash(relative)
}

// make returns what pins the image: its reference by digest once it is in the registry, its local id otherwise.
func (s spec) make(ctx context.Context, cli *docker, local bool) (string, error) {
	if err := s.Build.locate(); err != nil {
		return "", err
	}
	if err := s.build(ctx, cli); err != nil {
		return "", fmt.Errorf("build: %w", err)
	}
	if local {
		out, err := cli.run(ctx, nil, "image", "inspect", "--format", "{{.Id}}", s.ImageName)
		if err != nil {
			return "", fmt.Errorf("inspect: %w", err)
		}
		return strings.TrimSpace(out), nil
	}
	digest, err := s.push(ctx, cli)
	if err != nil {
		return "", fmt.Errorf("push: %w", err)
	}
	return digest, nil
}

func (s spec) build(ctx context.Context, cli *docker) error {
	if s.Build.BuilderVersion == buildKit {
		return s.buildWithKit(ctx, cli)
	}
	args := []string{"build", "--tag", s.ImageName, "--platform", s.Build.Platform}
	for _, name := range slices.Sorted(maps.Keys(s.Build.Args)) {
		args = append(args, "--build-arg", name+"="+s.Build.Args[name])
	}
	for _, option := range []struct {
		flag   string
		values []string
	}{
		{"--target", []string{s.Build.Target}},
		{"--network", []string{s.Build.Network}},
		{"--add-host", s.Build.AddHosts},
		{"--cache-from", s.Build.CacheFrom.Images},
	} {
		for _, value := range option.values {
			if value != "" {
				args = append(args, option.flag, value)
			}
		}
	}
	packed, err := s.Build.archive()
	if err != nil {
		return err
	}
	_, err = cli.run(ctx, packed.reader, append(args, "--file", packed.dockerfile, "-")...)
	if archiveErr := packed.close(); archiveErr != nil {
		return archiveErr // the builder only saw that its input ended too early
	}
	return err
}

var pushed = regexp.MustCompile(`digest: (sha256:[0-9a-f]{64})`)

// push takes the digest from what the registry answered; the local store may know another one.
func (s spec) push(ctx context.Context, cli *docker) (string, error) {
	name, err := reference.ParseNormalizedNamed(s.ImageName)
	if err != nil {
		return "", err
	}
	if s.Registry.Username != "" && s.Registry.Password != "" {
		loggedIn, remove, err := cli.login(ctx, reference.Domain(name), s.Registry.Username, s.Registry.Password)
		if err != nil {
			return "", fmt.Errorf("registry %q: login: %w", reference.Domain(name), err)
		}
		defer remove()
		cli = loggedIn
	} else if s.Registry.Username != "" || s.Registry.Password != "" {
		cli.show("registry: user name and password come together; using this machine's own docker login")
	}
	out, err := cli.run(ctx, nil, "push", s.ImageName)
	if err != nil {
		return "", err
	}
	found := pushed.FindStringSubmatch(out)
	if found == nil {
		return "", fmt.Errorf("the registry reported no digest; docker push said: %s", lastLines(out))
	}
	return reference.TrimNamed(name).String() + "@" + found[1], nil
}

// lastLines is the end of a program's output, where the reason is.
func lastLines(out string) string {
	const enough = 4096
	if len(out) > enough {
		out = "…" + out[len(out)-enough:]
	}
	return string(bytes.TrimSpace([]byte(out)))
}
