package main

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/image"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// releaseOutput is the release as the stack exports it.
func (e *environment) releaseOutput() pulumi.Map {
	return exported(e.release.Release, pulumi.Map{
		"images": e.imageOutputs(),
		"schema": exported(e.release.Schema, pulumi.Map{"taskDefinitionArn": e.migratedBy}),
	})
}

// origin is where a service's image comes from. The build of a verified image is declared again where its source is here.
// Elsewhere the image is a digest alone; the build, no longer declared, deletes nothing.
func (r release) origin(name string) image.Origin {
	decided := r.Images[name]
	switch {
	case decided.Origin == outputs.Built && r.kind == releaseNew:
		return image.Built{}
	case decided.Origin == outputs.Built && r.sourcePresent[name]:
		return image.Frozen{Digest: decided.Digest}
	case decided.Origin == outputs.Existing:
		return image.Existing{Digest: decided.Digest}
	case decided.Origin == outputs.Promoted:
		return image.Promoted{From: r.promotedFrom[name] + "@" + decided.Digest}
	}
	return image.Pinned{Digest: decided.Digest}
}

// imageOutputs are the images that the services run. The digest of one that is built is known once it is.
func (e *environment) imageOutputs() pulumi.Map {
	images := pulumi.Map{}
	for name, one := range e.release.Images {
		images[name] = exported(one, pulumi.Map{"digest": e.services[name].ImageDigest})
	}
	return images
}

// releaseHistory is every verified release, oldest first, with this one at its end: what there is to go back to. It is as
// long as the registry keeps images. A release is entered once, however often it is applied.
func (e *environment) releaseHistory() pulumi.Array {
	r := e.release
	kept := slices.Clone(r.previous.Releases)
	if last := len(kept) - 1; r.kind != releaseUnchanged {
		kept = kept[max(0, len(kept)+1-r.keepReleases):]
	} else if last >= 0 {
		kept[last] = withConfiguration(kept[last], r.fingerprint)
	}
	entries := pulumi.Array{}
	for _, one := range kept {
		entries = append(entries, exported(one, nil))
	}
	if r.kind == releaseUnchanged {
		return entries
	}
	return append(entries, exported(outputs.Record{
		Version: r.version, Number: r.Number, Commit: r.Commit, SnapshotID: r.SnapshotID,
		Schema:         outputs.Mark{Hash: r.Schema.Hash, Destructive: r.Schema.Destructive},
		Configurations: []string{r.fingerprint},
	}, pulumi.Map{"images": e.imageOutputs()}))
}

// configurationsKept are how many configurations of one release are remembered.
const configurationsKept = 20

// withConfiguration puts a configuration at the end of those that the release was verified with.
func withConfiguration(one outputs.Record, configuration string) outputs.Record {
	others := slices.DeleteFunc(slices.Clone(one.Configurations), func(other string) bool { return other == configuration })
	others = append(others, configuration)
	one.Configurations = others[max(0, len(others)-configurationsKept):]
	return one
}
