package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/image"
	"github.com/flowcomply/infrastructure/components/migration"
	"github.com/flowcomply/infrastructure/internal/git"
	"github.com/flowcomply/infrastructure/internal/shell"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// releaseInputs are all that a release is decided by.
type releaseInputs struct {
	release  stacks.Release
	services []string // all of the stack, sorted
	database string   // identifier of what is snapshotted

	previous outputs.Outputs // of this stack's last verified release
	gate     outputs.Outputs // of the stack that has to have verified the version; empty without a gate

	sources    map[string]source // by service; of an unchanged release those that are here
	migrations migration.Set     // of a new release
	commit     string
	registry   map[string]string // digests that the registry has under this version, by service
}

// source is what an image would be built from, as hashes.
type source struct{ content, arguments string }

// load reads what only a new release needs: its source, its migrations and Dockerfiles, the gate's stack, the registry.
func (in *releaseInputs) load(ctx *pulumi.Context, spec stacks.Spec, aws pulumi.InvokeOption) error {
	folder := path.Join(spec.Release.Folder(), spec.Migration.Folder)
	var err error
	if in.migrations, err = migration.Read(os.DirFS(folder)); err != nil {
		return fmt.Errorf("%s: %w; migration.folder is relative to release.source, which is %s from this repository's root", folder, err, spec.Release.Source)
	}
	checked := make(chan error, 1)
	go func() { checked <- in.checkMigrations(spec.Migration) }() // 3 s for new SQL, as long as asking AWS takes
	if err = in.loadImages(ctx, spec, aws); err == nil {
		err = in.checkDockerfiles(ctx.Context(), spec)
	}
	return errors.Join(<-checked, err)
}

// checkMigrations refuses new migrations that the running version may not survive, or that cannot be applied.
func (in *releaseInputs) checkMigrations(spec migration.Spec) error {
	if in.previous.Version == "" { // an empty database has nothing to lose
		return in.migrations.Runs()
	}
	return spec.Check(in.migrations, in.previous.Release.Schema.Names...)
}

// loadImages reads the gate's stack, the images' sources and the registry.
func (in *releaseInputs) loadImages(ctx *pulumi.Context, spec stacks.Spec, aws pulumi.InvokeOption) error {
	if in.release.Gate != "" {
		gate, err := loadPreviousOutputs(ctx, in.release.Gate)
		if err != nil {
			return fmt.Errorf("release.gate: %w", err)
		}
		in.gate = gate.Outputs
	}
	in.sources, in.registry = map[string]source{}, map[string]string{}
	for _, name := range in.services {
		var err error
		if in.sources[name], err = hashSource(spec, name); err != nil {
			return fmt.Errorf("service %s: %w", name, err)
		}
		digest, found, err := image.Lookup(ctx, spec.Names().Repository(name), spec.Release.Version, spec.Account.ID, aws)
		if err != nil {
			return fmt.Errorf("service %s: %w", name, err)
		}
		if found {
			in.registry[name] = digest
		}
	}
	commit, warning := commitOf(ctx.Context(), spec.Release.Folder())
	in.commit = commit
	if warning != "" {
		return ctx.Log.Warn(warning, nil)
	}
	return nil
}

// loadHashes hashes the source of an unchanged release where it is here. It need not be: a change of an alarm takes no
// checkout of the application.
func (in *releaseInputs) loadHashes(spec stacks.Spec) {
	in.sources = map[string]source{}
	for _, name := range in.services {
		if one, err := hashSource(spec, name); err == nil {
			in.sources[name] = one
		}
	}
}

func hashSource(spec stacks.Spec, service string) (source, error) {
	one := spec.Services[service].Image
	content, err := image.Content(path.Join(spec.Release.Folder(), one.Context), one.DockerfileName(), staging)
	return source{content, hashArguments(one)}, err
}

// hashArguments is sha256 over all that a build is given beside its context.
func hashArguments(spec image.Spec) string {
	text, _ := json.Marshal([]any{spec.Args, spec.Target}) // maps are written in the order of their keys
	return fmt.Sprintf("sha256:%x", sha256.Sum256(text))
}

// checkBuildArgs refuses build arguments that could not take effect: the images of this version exist, and are not built
// again.
func (r release) checkBuildArgs(spec stacks.Spec) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(r.Images)) {
		one, known := spec.Services[name]
		if was := r.Images[name].Arguments; known && was != "" && was != hashArguments(one.Image) {
			errs = append(errs, fmt.Errorf("services.%s.image.args: %s was built with others, and its image is not built again; "+
				"put them back, or set another release.version", name, r.version))
		}
	}
	return errors.Join(errs...)
}

// commitOf is the commit that a Git checkout is at; empty for another folder, and, with a warning, where git fails. Preflight
// checks that the checkout is clean and at the release's tag.
func commitOf(ctx context.Context, folder string) (commit, warning string) {
	commit, err := git.Commit(ctx, folder)
	if err == nil {
		return commit, ""
	}
	next := fmt.Sprintf("see what is wrong: `git -C %s status`", shell.Quote(folder))
	var refused *git.Error
	switch {
	case errors.Is(err, git.ErrMissing):
		next = "install git"
	case errors.As(err, &refused):
		if fix, untrusted := refused.Untrusted(); untrusted {
			next = "run as the owner of " + folder + ", or, if that is as it should be: `" + fix + "`"
		}
	}
	return "", fmt.Sprintf("the commit of %s is not known, and the release is recorded without one: %v\nnext: %s", folder, err, next)
}
