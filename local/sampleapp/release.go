package sampleapp

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/flowcomply/infrastructure/local/sampleapp/internal/faults"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/image"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/migrate"
)

// release is what is built of one service.
type release struct {
	image.Image
	architecture string
	migrations   map[string]string // SQL by name
}

// Option changes what is built. One that names no service is for all.
type Option func(map[string]*release) error

func newReleases(services []string, options []Option) (map[string]*release, error) {
	releases := map[string]*release{}
	for _, service := range services {
		releases[service] = &release{
			Image:        image.Image{Version: "dev", Faults: map[string]any{}},
			architecture: "amd64", migrations: map[string]string{},
		}
	}
	for _, option := range options {
		if err := option(releases); err != nil {
			return nil, err
		}
	}
	return releases, nil
}

// each returns the releases that an option is for: those of the named services, or all.
func each(releases map[string]*release, services []string) ([]*release, error) {
	if len(services) == 0 {
		services = slices.Sorted(maps.Keys(releases))
	}
	var found []*release
	for _, service := range services {
		one, known := releases[service]
		if !known {
			return nil, fmt.Errorf("there is no service %q; there are %v", service, slices.Sorted(maps.Keys(releases)))
		}
		found = append(found, one)
	}
	return found, nil
}

// Version is the version that the services say they are; default "dev".
func Version(version string, services ...string) Option {
	return func(releases map[string]*release) error {
		named, err := each(releases, services)
		for _, one := range named {
			one.Version = version
		}
		return err
	}
}

// Architecture is Go's name of the processor that the services are built for; default amd64.
func Architecture(architecture string, services ...string) Option {
	return func(releases map[string]*release) error {
		named, err := each(releases, services)
		for _, one := range named {
			one.architecture = architecture
		}
		return err
	}
}

// Faults builds a service broken, in the ways that the table in package faults lists. Values are those that PUT /faults
// takes.
func Faults(service string, values map[string]any) Option {
	return func(releases map[string]*release) error {
		named, err := each(releases, []string{service})
		if err != nil {
			return err
		}
		text, err := json.Marshal(values)
		if err != nil {
			return fmt.Errorf("faults: %w", err)
		}
		read := map[string]any{}
		if err := json.Unmarshal(text, &read); err != nil { // as the service will read them: an int becomes a float64
			return fmt.Errorf("faults: %w", err)
		}
		named[0].Faults, err = faults.Parse(service, read)
		return err
	}
}

// migrationName is how Prisma names the folder of a migration: when it was made, and what for.
var migrationName = regexp.MustCompile(`^[0-9]{14}_[a-z0-9_]+$`)

// Migration adds a migration to the backend's release, or replaces the one of that name.
func Migration(name, sql string) Option {
	return func(releases map[string]*release) error {
		if !migrationName.MatchString(name) {
			return fmt.Errorf("migration %q: want 14 digits of a time, an underscore and a name of lower-case letters, such as 20251007090000_add_status", name)
		}
		named, err := each(releases, []string{"backend"})
		for _, one := range named {
			one.migrations[name] = sql
		}
		return err
	}
}

// write writes a context's files beside the binary.
func (r *release) write(source, service, target string) error {
	dockerfile, err := os.ReadFile(filepath.Join(source, service, "Dockerfile"))
	if err != nil {
		return err
	}
	files, err := r.Files()
	if err != nil {
		return err
	}
	files["Dockerfile"] = dockerfile
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(target, name), text, 0o644); err != nil {
			return err
		}
	}
	if service != "backend" {
		return nil
	}
	folder := filepath.Join(target, "prisma", image.Migrations)
	if err := os.RemoveAll(folder); err != nil { // a migration of the build before is not one of this
		return err
	}
	if err := os.CopyFS(folder, os.DirFS(filepath.Join(source, image.Migrations))); err != nil {
		return err
	}
	for name, sql := range r.migrations {
		if err := os.MkdirAll(filepath.Join(folder, name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, name, migrate.File), []byte(sql), 0o644); err != nil {
			return err
		}
	}
	return nil
}
