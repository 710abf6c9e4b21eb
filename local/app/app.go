// Package app builds the stand-in application's image contexts: for each service a folder with its Dockerfile and
// a static binary.
package app

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Services are the stand-in's parts: each folder here that has a Dockerfile.
func Services(root string) ([]string, error) {
	folders, err := os.ReadDir(filepath.Join(root, "local", "app"))
	var names []string
	for _, folder := range folders {
		if _, missing := os.Stat(filepath.Join(root, "local", "app", folder.Name(), "Dockerfile")); missing == nil {
			names = append(names, folder.Name())
		}
	}
	return names, err
}

// Build writes the contexts into the folder. The same sources give the same bytes, so that an unchanged service
// keeps its image.
func Build(ctx context.Context, root, folder string) error {
	services, err := Services(root)
	if err != nil {
		return err
	}
	for _, service := range services {
		target := filepath.Join(folder, service)
		if err := os.MkdirAll(target, 0o755); err != nil {
			return err
		}
		source := filepath.Join(root, "local", "app", service)
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", filepath.Join(target, "server"), ".")
		cmd.Dir = source
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("stand-in application: build %s: %w\n%s", service, err, out)
		}
		dockerfile, err := os.ReadFile(filepath.Join(source, "Dockerfile"))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(target, "Dockerfile"), dockerfile, 0o644); err != nil {
			return err
		}
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
