package main

import (
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/flowcomply/infrastructure/components/image"
	"github.com/flowcomply/infrastructure/internal/docker"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// dockerfiles reads those that this release will build from: an update that takes a snapshot and then cannot build, or builds
// what it could not use again, is refused before.
func (q *question) dockerfiles(ctx context.Context, spec stacks.Spec) error {
	var errs []error
	for _, name := range q.services {
		if q.image(name).Origin != outputs.Built {
			continue
		}
		one := spec.Services[name].Image
		shown := path.Join(spec.Release.Source, one.Context, one.DockerfileName())
		newer, err := image.Inspect(path.Join(spec.Release.Folder(), one.Context), shown, one, spec.Release.Version, q.sources[name].content, staging)
		if err != nil {
			errs = append(errs, fmt.Errorf("service %s: it cannot be built:\n%w", name, err))
		}
		errs = append(errs, tooNew(ctx, shown, newer))
	}
	return errors.Join(errs...)
}

// tooNew refuses what the daemon's own BuildKit does not read. A daemon that does not answer is no error here: a preview
// needs none, and preflight wants it before anything changes.
func tooNew(ctx context.Context, shown string, lines []image.Newer) error {
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
