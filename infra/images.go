package main

import (
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/image"
	"github.com/flowcomply/infrastructure/components/registry"
	"github.com/flowcomply/infrastructure/components/service"
	"github.com/flowcomply/infrastructure/internal/docker"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// programFolder is where the engine runs this program, from the repository's root.
const programFolder = "infra"

// staging is where build contexts are copied to, from the program's folder: the same place in every checkout.
const staging = "../.local/contexts"

// declareImages declares a repository for each service, and the image in it.
func (e *environment) declareImages() error {
	login := e.ecrLogin()
	for _, name := range e.spec.Images() {
		repository, err := registry.New(e.ctx, name+"-repository", e.spec.Registry, registry.Args{
			RepositoryName: e.names.Repository(name), KeyArn: e.keys.data.Arn, Protected: e.spec.Protected(),
		}, e.aws)
		if err != nil {
			return fmt.Errorf("service %s: %w", name, err)
		}
		e.repositories[name] = repository
		e.images[name], err = image.New(e.ctx, name+"-image", e.spec.Services[name].Image, image.Args{
			RepositoryURL: repository.URL, Version: e.spec.Release.Version, Source: e.spec.Release.Folder(), Staging: staging,
			Platform: service.Platform, Registry: login, Region: e.spec.Account.Region, Content: e.release.Images[name].Content,
			Origin: e.release.origin(name), Frozen: e.release.kind == releaseUnchanged,
			AccountID: e.spec.Account.ID, Ask: []pulumi.InvokeOption{pulumi.Provider(e.provider)},
		})
		if err != nil {
			return fmt.Errorf("service %s: %w", name, err)
		}
	}
	return nil
}

// checkDockerfiles reads the Dockerfiles that this release builds from. What cannot be built is refused before anything
// changes, and not after a snapshot was taken.
func (in *releaseInputs) checkDockerfiles(ctx context.Context, spec stacks.Spec) error {
	var errs []error
	for _, name := range in.services {
		if in.image(name).Origin != outputs.Built {
			continue
		}
		one := spec.Services[name].Image
		shown := path.Join(spec.Release.Source, one.Context, one.DockerfileName())
		newer, err := image.Inspect(path.Join(spec.Release.Folder(), one.Context), shown, one, spec.Release.Version, in.sources[name].content, staging)
		if err != nil {
			errs = append(errs, fmt.Errorf("service %s: it cannot be built:\n%w", name, err))
		}
		errs = append(errs, checkDaemon(ctx, shown, newer))
	}
	return errors.Join(errs...)
}

// checkDaemon refuses lines that the Docker daemon is too old to read. A daemon that does not answer is no error: a preview
// needs none, and preflight asks for it before anything changes.
func checkDaemon(ctx context.Context, shown string, lines []image.Newer) error {
	if len(lines) == 0 {
		return nil
	}
	daemon, err := docker.Command{}.Ask(ctx)
	if err != nil || daemon.ReadsHeredocs() {
		return nil
	}
	var errs []error
	for _, line := range lines {
		errs = append(errs, fmt.Errorf("%s:%d: %s cannot be built by %s, as Docker reads it from version 23 on; "+
			"next: update Docker here, or begin the file with # syntax=docker/dockerfile:1", shown, line.Line, line.What, daemon.Server))
	}
	return errors.Join(errs...)
}
