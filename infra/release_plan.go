package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/migration"
	"github.com/flowcomply/infrastructure/components/snapshot"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// releaseKind is what an update does, by the version in the stack file and the one that was verified last.
type releaseKind string

const (
	releaseNew       releaseKind = "new"       // every step is made
	releaseUnchanged releaseKind = "unchanged" // the verified version again: no step is made
	releaseRollback  releaseKind = "rollback"  // an earlier version: nothing is built, snapshotted or migrated
)

// release is the decision about this update: the release that it makes, and which of its steps are new.
type release struct {
	outputs.Release
	kind     releaseKind
	version  string
	previous previousOutputs // of the last release that was verified; empty before the first

	fingerprint   string            // of the stack file
	keepReleases  int               // entries in the release history
	promotedFrom  map[string]string // repositories that promoted images come from, by service
	sourcePresent map[string]bool   // services whose source here is what the verified image was built from

	databaseChanged bool // the services get a restored database, or return from one
}

// newRelease decides what is new, from the stack file, the previous outputs, the source and the registry. A preview prints
// the decision too.
func newRelease(ctx *pulumi.Context, spec stacks.Spec, fingerprint string, aws pulumi.InvokeOption) (release, error) {
	in := releaseInputs{release: spec.Release, services: spec.Images(), database: spec.DatabaseIdentifier()}
	previous, err := loadPreviousOutputs(ctx, ctx.Stack())
	if err != nil {
		return release{}, err
	}
	in.previous = previous.Outputs
	if err := errors.Join(checkActiveDatabase(in.previous, spec), rejectDuringRestore(in.kind(), spec), rejectPortChange(in.previous, spec)); err != nil {
		return release{}, err
	}
	switch in.kind() {
	case releaseNew:
		err = in.load(ctx, spec, aws)
	case releaseUnchanged:
		in.loadHashes(spec)
	case releaseRollback: // its images are in the release history
	}
	if err != nil {
		return release{}, err
	}
	decided, err := decide(in)
	if err != nil {
		return release{}, err
	}
	decided.previous.all, decided.fingerprint, decided.keepReleases = previous.all, fingerprint, spec.Registry.KeepReleases
	decided.databaseChanged = databaseChanged(in.previous, spec)
	for _, line := range decided.summary(in) {
		if err := ctx.Log.Info(line, nil); err != nil {
			return release{}, err
		}
	}
	return decided, decided.checkBuildArgs(spec)
}

// kind tells a new release from the same one again and from a rollback.
func (in releaseInputs) kind() releaseKind {
	switch {
	case in.release.Version == in.previous.Version && in.previous.Release.Number > 0:
		return releaseUnchanged
	case in.release.Pinned() != nil:
		return releaseRollback
	}
	return releaseNew
}

// decide is the decision table of a release: which of its steps are new, and what is known of it. It is a pure function,
// so that an update that is run again decides as before.
func decide(in releaseInputs) (release, error) {
	decided := release{kind: in.kind(), version: in.release.Version, previous: previousOutputs{Outputs: in.previous}}
	last := in.previous.Release
	decided.Release = last // what is not decided anew below stays
	switch decided.kind {
	case releaseUnchanged:
		decided.sourcePresent, decided.promotedFrom = map[string]bool{}, map[string]string{}
		for name, one := range last.Images {
			decided.sourcePresent[name] = one.Content != "" && in.sources[name].content == one.Content
			decided.promotedFrom[name] = in.previous.Services[name].ImageRepository // its step is not made again
		}
		return decided, decided.checkImages(in.services)
	case releaseRollback:
		pins := in.release.Pinned()
		decided.First, decided.Number, decided.Commit = false, last.Number+1, pins.Commit
		decided.Images = map[string]outputs.Image{}
		for name, digest := range pins.Digests {
			decided.Images[name] = in.recordedImage(name, digest)
		}
		return decided, decided.checkImages(in.services)
	case releaseNew: // decided below
	}
	decided.First, decided.Number, decided.Commit = in.previous.Version == "", last.Number+1, in.commit
	if !decided.First {
		decided.SnapshotID = snapshot.ID(in.database, in.release.Version, decided.Number)
	}
	decided.Schema = schemaAfter(in.migrations, last.Schema)
	if err := in.checkGate(); err != nil {
		return decided, err
	}
	decided.Images, decided.promotedFrom = map[string]outputs.Image{}, map[string]string{}
	for _, name := range in.services {
		decided.Images[name], decided.promotedFrom[name] = in.image(name), in.gate.Services[name].ImageRepository
	}
	return decided, nil
}

// recordedImage is an image of a rollback, with what the release history has of it.
func (in releaseInputs) recordedImage(name, digest string) outputs.Image {
	for _, one := range slices.Backward(in.previous.Releases) {
		if recorded := one.Images[name]; one.Number == in.release.Pins.Number || recorded.Digest == digest {
			recorded.Digest, recorded.Origin = digest, outputs.Pinned
			return recorded
		}
	}
	return outputs.Image{Digest: digest, Origin: outputs.Pinned}
}

// image decides where one service's image comes from: the gate's stack, this registry, or a build.
func (in releaseInputs) image(name string) outputs.Image {
	decided := outputs.Image{Content: in.sources[name].content, Arguments: in.sources[name].arguments, Origin: outputs.Built}
	gate := in.gate.Release.Images[name]
	switch {
	case in.release.Images == stacks.Promote && gate.Arguments == decided.Arguments:
		decided.Origin, decided.Digest = outputs.Promoted, gate.Digest
	case in.registry[name] != "":
		decided.Origin, decided.Digest = outputs.Existing, in.registry[name]
	}
	return decided
}

// checkGate refuses what the gate's stack has not verified: another version, or the same with other content. A stack's
// first release has no gate: staging is in production's zone, so that production comes first.
//
//runbook:1.1#4 wants staging to have verified the same version with the same content.
func (in releaseInputs) checkGate() error {
	gate, version := in.release.Gate, in.release.Version
	if gate == "" || in.previous.Version == "" {
		return nil
	}
	if in.gate.Version != version {
		return fmt.Errorf("release.gate: stack %s has not verified %s: its last verified release is %s; release it there first, or take release.gate out",
			gate, version, orNone(in.gate.Version))
	}
	var differ []string
	for _, name := range in.services {
		if there := in.gate.Release.Images[name].Content; there != in.sources[name].content {
			differ = append(differ, fmt.Sprintf("%s has %s here and %s there", name, in.sources[name].content, orNone(there)))
		}
	}
	if len(differ) > 0 {
		return fmt.Errorf("release.gate: stack %s has verified %s with other content: %s; check the tag %s out in release.source",
			gate, version, strings.Join(differ, "; "), version)
	}
	return nil
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// checkImages wants an image for each of the stack's services.
func (r release) checkImages(services []string) error {
	for _, name := range services {
		if r.Images[name].Digest == "" {
			return fmt.Errorf("release %s has no image of service %s, only of %s; a service that it does not know needs a new release",
				r.version, name, strings.Join(slices.Sorted(maps.Keys(r.Images)), ", "))
		}
	}
	return nil
}

// schemaAfter is the database's schema after these migrations. Which earlier ones are destructive stays as it was decided
// then: otherwise a lint that has learnt more would make a rollback over them look like one over something new.
func schemaAfter(migrations migration.Set, previous outputs.Schema) outputs.Schema {
	schema := outputs.Schema{
		Hash: migrations.Hash(), Names: migrations.Names(),
		Destructive: append([]string{}, previous.Destructive...), TaskDefinitionArn: previous.TaskDefinitionArn,
	}
	for _, found := range migrations.LintSince(previous.Names) {
		if found.Kind.Breaks() && !slices.Contains(schema.Destructive, found.Migration) {
			schema.Destructive = append(schema.Destructive, found.Migration)
		}
	}
	return schema
}

// migrates tells whether there are migrations that the stack's database may not have. A rollback finds its schema in the
// data.
func (r release) migrates() bool {
	return r.previous.Release.Schema.Hash != r.Schema.Hash || r.databaseChanged && r.kind != releaseRollback
}

// skipsMigration tells whether nothing is migrated, whatever has changed.
func (r release) skipsMigration() bool {
	return r.kind == releaseRollback || r.kind == releaseUnchanged && !r.databaseChanged
}

// migratedBy is the task definition that migrates. Without new migrations it is the one that did, so that another image
// alone changes nothing of the migration.
func (r release) migratedBy(revision pulumi.StringOutput) pulumi.StringOutput {
	if r.migrates() {
		return revision
	}
	return pulumi.String(r.previous.Release.Schema.TaskDefinitionArn).ToStringOutput()
}
