package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/components/migration"
	"github.com/flowcomply/infrastructure/components/snapshot"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// kind is what an update is about, by what the stack file asks for beside what was proven last.
type kind string

const (
	fresh   kind = "a new release"    // every step is made
	settled kind = "the same release" // no step is made; what was proven stands
	pinned  kind = "an earlier one"   // goes back: nothing is built, snapshotted or migrated
)

// question is all that a release is decided by. It is asked of nothing else, so that an update that is run again decides
// as before.
type question struct {
	release  stacks.Release
	services []string // all of the stack, sorted
	database string   // identifier of what is snapshotted
	keep     int      // releases in the ledger

	before outputs.Outputs // of this stack, as last proven
	gate   outputs.Outputs // of the stack that has to have proven the version; empty without a gate

	sources map[string]source // by service; of a release that was proven, those that are here
	set     migration.Set     // of a fresh release
	commit  string
	held    map[string]string // digests that the registry has under this version, by service
}

// source is what an image would be built from.
type source struct{ content, arguments string }

// kind tells a release from the same one again and from going back.
func (q question) kind() kind {
	switch {
	case q.release.Version == q.before.Version && q.before.Release.Number > 0:
		return settled
	case q.release.Pinned() != nil:
		return pinned
	}
	return fresh
}

// plan is the decision table of a release: which of its steps are new, and what is known of it.
func plan(q question) (release, error) {
	planned := release{kind: q.kind(), before: q.before, version: q.release.Version}
	last := q.before.Release
	planned.Release = last // what is not decided anew below stands
	switch planned.kind {
	case settled:
		planned.here, planned.from = map[string]bool{}, map[string]string{}
		for name, one := range last.Images {
			planned.here[name] = one.Content != "" && q.sources[name].content == one.Content
			planned.from[name] = q.before.Services[name].ImageRepository // its step is not made again
		}
		return planned, planned.covers(q.services)
	case pinned:
		pins := q.release.Pinned()
		planned.First, planned.Number, planned.Commit = false, last.Number+1, pins.Commit
		planned.Images = map[string]outputs.Image{}
		for name, digest := range pins.Digests {
			planned.Images[name] = q.recorded(name, digest)
		}
		return planned, planned.covers(q.services)
	}
	planned.First, planned.Number, planned.Commit = q.before.Version == "", last.Number+1, q.commit
	if !planned.First {
		planned.SnapshotID = snapshot.ID(q.database, q.release.Version, planned.Number)
	}
	planned.Schema = schemaOf(q.set, last.Schema)
	planned.Schema.TaskDefinitionArn = last.Schema.TaskDefinitionArn
	if err := q.gated(); err != nil {
		return planned, err
	}
	planned.Images, planned.from = map[string]outputs.Image{}, map[string]string{}
	for _, name := range q.services {
		planned.Images[name], planned.from[name] = q.image(name), q.gate.Services[name].ImageRepository
	}
	return planned, nil
}

// recorded is an image that is gone back to, with what the ledger has of it: what it was built from is neither what the
// last one was nor unknown.
func (q question) recorded(name, digest string) outputs.Image {
	for _, one := range slices.Backward(q.before.Releases) {
		if there := one.Images[name]; one.Number == q.release.Pins.Number || there.Digest == digest {
			there.Digest, there.Origin = digest, outputs.Pinned
			return there
		}
	}
	return outputs.Image{Digest: digest, Origin: outputs.Pinned}
}

// image decides where one service's image comes from.
func (q question) image(name string) outputs.Image {
	made := outputs.Image{Content: q.sources[name].content, Arguments: q.sources[name].arguments, Origin: outputs.Built}
	there := q.gate.Release.Images[name]
	switch {
	case q.release.Images == stacks.Promote && there.Arguments == made.Arguments:
		made.Origin, made.Digest = outputs.Promoted, there.Digest
	case q.held[name] != "":
		made.Origin, made.Digest = outputs.Held, q.held[name]
	}
	return made
}

// gated refuses what the stack of the gate has not proven: another version, or the same with other content.
//
//runbook:1.1#4 wants staging to have proven the same version with the same content.
func (q question) gated() error {
	gate := q.release.Gate
	if gate == "" || q.before.Version == "" { // staging is in production's zone, so that production comes first
		return nil
	}
	if q.gate.Version != q.release.Version {
		return fmt.Errorf("release.gate: stack %s has not proven %s: its last proven release is %s; release it there first, or take release.gate out",
			gate, q.release.Version, orNone(q.gate.Version))
	}
	var differ []string
	for _, name := range q.services {
		if there := q.gate.Release.Images[name].Content; there != q.sources[name].content {
			differ = append(differ, fmt.Sprintf("%s has %s here and %s there", name, q.sources[name].content, orNone(there)))
		}
	}
	if len(differ) > 0 {
		return fmt.Errorf("release.gate: stack %s has proven %s with other content: %s; check the tag %s out in release.source",
			gate, q.release.Version, strings.Join(differ, "; "), q.release.Version)
	}
	return nil
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// covers wants an image for each of the stack's services.
func (r release) covers(services []string) error {
	for _, name := range services {
		if r.Images[name].Digest == "" {
			return fmt.Errorf("release %s has no image of service %s, only of %s; a service that it does not know needs a new release",
				r.version, name, strings.Join(slices.Sorted(maps.Keys(r.Images)), ", "))
		}
	}
	return nil
}

// schemaOf is what the release's migrations make of the database. What the release before had is as it was judged then: a
// lint that has learnt more since must not make a rollback over them look like one over something new.
func schemaOf(set migration.Set, before outputs.Schema) outputs.Schema {
	schema := outputs.Schema{Hash: set.Hash(), Names: set.Names(), Destructive: append([]string{}, before.Destructive...)}
	for _, found := range set.LintSince(before.Names) {
		if found.Kind.Breaks() && !slices.Contains(schema.Destructive, found.Migration) {
			schema.Destructive = append(schema.Destructive, found.Migration)
		}
	}
	return schema
}
