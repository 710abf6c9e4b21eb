package ordering

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/flowcomply/infrastructure/local/plugins/aws"
	"github.com/flowcomply/infrastructure/local/plugins/command"
	"github.com/flowcomply/infrastructure/local/plugins/docker"
	"github.com/flowcomply/infrastructure/local/toolchain"
)

// plugins are the providers whose places are taken.
var plugins = map[string]string{"aws": aws.Version, "command": command.Version, "docker": docker.Version}

// NewProject makes a project in the folder that is the checkout's but for what makes it quick: the same program, compiled once,
// the same stack file, and simulated plugins. The tools that it returns are for use with engine.Stack.
func NewProject(ctx context.Context, tools toolchain.Tools, stack, folder string) (toolchain.Tools, error) {
	project := filepath.Join(folder, "project")
	laid := toolchain.Tools{Root: project, Dir: tools.Dir, Pulumi: tools.Pulumi, Home: filepath.Join(folder, "home")}
	program, plugin := filepath.Join(folder, "bin", "program"), filepath.Join(folder, "bin", "plugin")
	if err := errors.Join(
		build(ctx, tools.Root, "./infra", program),
		build(ctx, filepath.Join(tools.Root, "local"), "./cmd/pulumi-resource-simulated", plugin),
		os.MkdirAll(filepath.Join(project, "infra"), 0o755), // where the engine starts the program, and paths begin
	); err != nil {
		return laid, err
	}
	// The option is Pulumi's own, of its Go language host.
	text := fmt.Sprintf("name: flowcomply\nruntime:\n  name: go\n  options:\n    binary: %q\nmain: infra\n", program)
	if err := os.WriteFile(filepath.Join(project, "Pulumi.yaml"), []byte(text), 0o644); err != nil {
		return laid, err
	}
	// The module's files tell the language host which plugins the program wants, and in which versions.
	for _, name := range []string{"go.mod", "go.sum", "Pulumi." + stack + ".yaml"} {
		content, err := os.ReadFile(filepath.Join(tools.Root, name))
		if err != nil {
			return laid, fmt.Errorf("ordering: %w", err)
		}
		if err := os.WriteFile(filepath.Join(project, name), content, 0o644); err != nil {
			return laid, err
		}
	}
	for name, version := range plugins {
		place := filepath.Join(laid.Home, "plugins", "resource-"+name+"-v"+version)
		if err := errors.Join(os.MkdirAll(place, 0o755), os.Symlink(plugin, filepath.Join(place, "pulumi-resource-"+name))); err != nil {
			return laid, err
		}
	}
	return laid, nil
}

func build(ctx context.Context, module, pkg, target string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", target, pkg)
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ordering: go build %s: %w\n%s", pkg, err, out)
	}
	return nil
}

// dockerfile is what every image needs.
const dockerfile = `FROM scratch
ARG RELEASE
ARG CONTENT
LABEL org.opencontainers.image.version=$RELEASE com.flowcomply.content=$CONTENT
`

// Source is the application's: nothing of it is built, so that a Dockerfile and the migrations are all it needs.
type Source string

// Write makes the folder: each service with its Dockerfile, and the migrations of the stand-in application.
func (s Source) Write(checkout string, contexts map[string]string) error {
	for _, service := range contexts {
		if err := os.MkdirAll(filepath.Join(string(s), service), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(string(s), service, "Dockerfile"), []byte(dockerfile), 0o644); err != nil {
			return err
		}
	}
	return os.CopyFS(s.migrations(), os.DirFS(filepath.Join(checkout, "local", "sampleapp", "migrations")))
}

func (s Source) migrations() string {
	return filepath.Join(string(s), "backend", "prisma", "migrations")
}

// Migrate adds a migration, which nothing that runs has to fear.
func (s Source) Migrate() error {
	folder := filepath.Join(s.migrations(), "20991231235959_add_note")
	return errors.Join(os.MkdirAll(folder, 0o755),
		os.WriteFile(filepath.Join(folder, "migration.sql"), []byte("ALTER TABLE \"Asset\" ADD COLUMN \"note\" TEXT;\n"), 0o644))
}
