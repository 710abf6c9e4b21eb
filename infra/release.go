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
	"strings"

	"github.com/flowcomply/infrastructure/components/image"
	"github.com/flowcomply/infrastructure/components/migration"
	"github.com/flowcomply/infrastructure/internal/git"
	"github.com/flowcomply/infrastructure/internal/shell"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/outputs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// release is what the stack file asks for, beside what the stack has: which of its steps are new.
type release struct {
	outputs.Release
	kind    kind
	version string
	before  outputs.Outputs   // of the last release that was verified; empty before the first
	all     map[string]any    // the same, with what this program does not know
	config  string            // fingerprint of what the stack file says
	keep    int               // releases in the ledger
	from    map[string]string // repositories that promoted images come from, by service
	here    map[string]bool   // services whose source is what the proven image was built from

	otherData bool // the services get a restored database, or return from one
}

// newRelease decides what is new, from the stack file, what was proven before, the source and the registry. It says in a
// preview too what will be done.
func newRelease(ctx *pulumi.Context, spec stacks.Spec, aws pulumi.InvokeOption) (release, error) {
	q := question{release: spec.Release, services: spec.Images(), database: spec.DatabaseIdentifier()}
	was, err := previousOutputs(ctx, ctx.Stack())
	if err != nil {
		return release{}, err
	}
	q.before = was.Outputs
	if err := errors.Join(keepsData(q.before, spec), holdsStill(q.kind(), spec)); err != nil {
		return release{}, err
	}
	switch q.kind() {
	case fresh:
		err = q.look(ctx, spec, aws)
	case settled:
		q.glance(spec)
	}
	if err != nil {
		return release{}, err
	}
	planned, err := plan(q)
	if err != nil {
		return release{}, err
	}
	planned.all, planned.keep, planned.otherData = was.all, spec.Registry.KeepReleases, otherData(q.before, spec)
	for _, line := range planned.summary(q) {
		if err := ctx.Log.Info(line, nil); err != nil {
			return release{}, err
		}
	}
	return planned, planned.argumentsStand(spec)
}

// look reads what only a new release needs: its source, its migrations and Dockerfiles, the gate's stack, the registry.
func (q *question) look(ctx *pulumi.Context, spec stacks.Spec, aws pulumi.InvokeOption) error {
	folder := path.Join(spec.Release.Folder(), spec.Migration.Folder)
	var err error
	if q.set, err = migration.Read(os.DirFS(folder)); err != nil {
		return fmt.Errorf("%s: %w; migration.folder is relative to release.source, which is %s from this repository's root", folder, err, spec.Release.Source)
	}
	checked := make(chan error, 1)
	go func() { checked <- q.mayMigrate(spec.Migration) }() // SQL that this machine has not seen takes 3 s, as AWS and its provider do
	if err = q.lookElsewhere(ctx, spec, aws); err == nil {
		err = q.dockerfiles(ctx.Context(), spec)
	}
	return errors.Join(<-checked, err)
}

// mayMigrate refuses new migrations that the running version may not survive, or that cannot be applied.
func (q *question) mayMigrate(spec migration.Spec) error {
	if q.before.Version == "" { // an empty database has nothing to lose
		return q.set.Runs()
	}
	return spec.Check(q.set, q.before.Release.Schema.Names...)
}

// lookElsewhere reads the gate's stack, the images' sources and the registry.
func (q *question) lookElsewhere(ctx *pulumi.Context, spec stacks.Spec, aws pulumi.InvokeOption) error {
	var err error
	if q.release.Gate != "" {
		gate, err := previousOutputs(ctx, q.release.Gate)
		if err != nil {
			return fmt.Errorf("release.gate: %w", err)
		}
		q.gate = gate.Outputs
	}
	q.sources, q.held = map[string]source{}, map[string]string{}
	for _, name := range q.services {
		if q.sources[name], err = sourceOfImage(spec, name); err != nil {
			return fmt.Errorf("service %s: %w", name, err)
		}
		digest, held, err := image.Lookup(ctx, spec.Names().Repository(name), spec.Release.Version, spec.Account.ID, aws)
		if err != nil {
			return fmt.Errorf("service %s: %w", name, err)
		}
		if held {
			q.held[name] = digest
		}
	}
	var warning string
	if q.commit, warning = commitOf(ctx.Context(), spec.Release.Folder()); warning != "" {
		return ctx.Log.Warn(warning, nil)
	}
	return nil
}

// glance reads what is here of the source of a release that was proven. It need not be: a change of an alarm takes no
// checkout of the application, nor one of the version that runs.
func (q *question) glance(spec stacks.Spec) {
	q.sources = map[string]source{}
	for _, name := range q.services {
		if one, err := sourceOfImage(spec, name); err == nil {
			q.sources[name] = one
		}
	}
}

// sourceOfImage is what a service's image is made of.
func sourceOfImage(spec stacks.Spec, name string) (source, error) {
	one := spec.Services[name].Image
	content, err := image.Content(path.Join(spec.Release.Folder(), one.Context), one.DockerfileName(), staging)
	return source{content, argumentsHash(one)}, err
}

// argumentsHash is sha256 over all that a build is given beside its context.
func argumentsHash(spec image.Spec) string {
	text, _ := json.Marshal([]any{spec.Args, spec.Target}) // maps are written in the order of their keys
	return fmt.Sprintf("sha256:%x", sha256.Sum256(text))
}

// commitOf is the commit that a Git checkout is at; nothing for a folder that is none, and, with a warning, where git does
// not tell. That the checkout is clean and at the release's tag is preflight's to see.
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

// argumentsStand refuses build arguments that could not take effect: the images of this version are there, and are not
// built again.
func (r release) argumentsStand(spec stacks.Spec) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(r.Images)) {
		one, there := spec.Services[name]
		if was := r.Images[name].Arguments; there && was != "" && was != argumentsHash(one.Image) {
			errs = append(errs, fmt.Errorf("services.%s.image.args: %s was built with others, and its image is not built again; "+
				"put them back, or set another release.version", name, r.version))
		}
	}
	return errors.Join(errs...)
}

// changes tells whether the release's steps are made in this update.
func (r release) changes() bool { return r.kind != settled }

// migrates tells whether there are migrations that the stack, or the database that it gets, may not have. An earlier
// release that is gone back to finds its schema in the data.
func (r release) migrates() bool {
	return r.before.Release.Schema.Hash != r.Schema.Hash || r.otherData && r.kind != pinned
}

// migratedBy is the task definition that migrates: the one that did, where nothing is new, so that another image alone
// is no change of the migration.
func (r release) migratedBy(revision pulumi.StringOutput) pulumi.StringOutput {
	if r.migrates() {
		return revision
	}
	return pulumi.String(r.before.Release.Schema.TaskDefinitionArn).ToStringOutput()
}

// summary is what a reviewer wants to know of the release.
func (r release) summary(q question) []string {
	switch r.kind {
	case settled:
		if r.otherData {
			return []string{fmt.Sprintf("release %s: the one that was proven last; migrations: run, as the services get another database", r.version)}
		}
		return []string{fmt.Sprintf("release %s: the one that was proven last; no step is made", r.version)}
	case pinned:
		return []string{fmt.Sprintf("release %s: gone back to; images: pinned, snapshot: skipped, migrations: skipped", r.version)}
	}
	snapshot := "snapshot: " + r.SnapshotID
	if r.First {
		snapshot = "snapshot: skipped; the database is new"
	}
	var origins []string
	for _, name := range q.services {
		origins = append(origins, name+" "+r.Images[name].Origin)
	}
	return append([]string{
		fmt.Sprintf("release %s: number %d of this stack", r.version, r.Number),
		"images: " + strings.Join(origins, ", "), snapshot, r.migrations(q.set),
	}, r.does(q.set)...)
}

//runbook:1.4#3 names in the preview the migrations that will run, or says that they are skipped.
func (r release) migrations(set migration.Set) string {
	added := set.Without(r.before.Release.Schema.Names).Names()
	switch {
	case !r.migrates():
		return fmt.Sprintf("migrations: skipped; the %d of this release are those of the last one", len(set))
	case len(added) == 0:
		return "migrations: run, as one that was applied before has another text now"
	default:
		return fmt.Sprintf("migrations: run; new are %v", added)
	}
}

// does names the statements of new migrations that do more than expand: those that keep the running version waiting, which
// refuse nothing, as a reviewer knows whether a table is large; and those that are allowed.
func (r release) does(set migration.Set) []string {
	if r.First || !r.migrates() {
		return nil
	}
	var lines []string
	for _, found := range set.LintSince(r.before.Release.Schema.Names) {
		lines = append(lines, "migrations: "+found.String())
	}
	return lines
}
