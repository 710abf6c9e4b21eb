// Package sampleapp builds the stand-in application's image contexts: for each service a folder with its Dockerfile, a
// static binary, its version and its faults, and for the backend its migrations.
//
// Decisions: version, faults and migrations are files beside the binary, so that releases that differ in them only are
// made without compiling anew; the backend says "unhealthy" with status 200 while a dependency is away
// (package api tells why).
package sampleapp

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Services are the stand-in's parts: each folder here that has a Dockerfile.
func Services(root string) ([]string, error) {
	folders, err := os.ReadDir(filepath.Join(root, "local", "sampleapp"))
	var names []string
	for _, folder := range folders {
		if _, missing := os.Stat(filepath.Join(root, "local", "sampleapp", folder.Name(), "Dockerfile")); missing == nil {
			names = append(names, folder.Name())
		}
	}
	return names, err
}

// Build writes the contexts into the folder. The same sources and options give the same bytes, so that an unchanged
// service keeps its image. Without options it is version "dev" without faults.
func Build(ctx context.Context, root, folder string, options ...Option) error {
	services, err := Services(root)
	if err != nil {
		return fmt.Errorf("stand-in application: %w", err)
	}
	releases, err := newReleases(services, options)
	if err != nil {
		return fmt.Errorf("stand-in application: %w", err)
	}
	for _, service := range services {
		target := filepath.Join(folder, service)
		if err := os.MkdirAll(target, 0o755); err != nil {
			return err
		}
		if err := compile(ctx, filepath.Join(root, "local", "sampleapp", service), target, releases[service]); err != nil {
			return fmt.Errorf("stand-in application: build %s: %w", service, err)
		}
		if err := releases[service].write(filepath.Join(root, "local", "sampleapp"), service, target); err != nil {
			return fmt.Errorf("stand-in application: %s: %w", service, err)
		}
	}
	return nil
}

func compile(ctx context.Context, source, target string, release *release) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", filepath.Join(target, "server"), ".")
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+release.architecture, "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// Change makes one service's next image another one, by adding a file to its context and the image.
func Change(folder, service, content string) error {
	if err := os.WriteFile(filepath.Join(folder, service, "change.txt"), []byte(content), 0o644); err != nil {
		return err
	}
	dockerfile := filepath.Join(folder, service, "Dockerfile")
	out, err := os.OpenFile(dockerfile, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if _, err := out.WriteString("COPY change.txt /change.txt\n"); err != nil {
		return err
	}
	return out.Close()
}
