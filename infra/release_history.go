package main

import (
	"slices"

	"github.com/flowcomply/infrastructure/components/image"
	"github.com/flowcomply/infrastructure/verify/outputs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// output is the release as the stack exports it.
func (r release) output(workloads *workloads) pulumi.Map {
	return pulumi.Map{
		"first":      pulumi.Bool(r.First),
		"number":     pulumi.Int(r.Number),
		"commit":     pulumi.String(r.Commit),
		"snapshotId": pulumi.String(r.SnapshotID),
		"images":     r.images(workloads),
		"schema": pulumi.Map{
			"hash":              pulumi.String(r.Schema.Hash),
			"names":             pulumi.ToStringArray(r.Schema.Names),
			"destructive":       pulumi.ToStringArray(r.Schema.Destructive),
			"taskDefinitionArn": workloads.migratedBy,
		},
	}
}

// origin is where a service's image comes from. An image that was built is declared so again where its source is here, as
// the engine has the build in its state; elsewhere it is the digest alone, and the build is no longer declared, which
// deletes nothing.
func (r release) origin(name string) image.Origin {
	made := r.Images[name]
	switch {
	case made.Origin == outputs.Built && r.kind == fresh:
		return image.Built{}
	case made.Origin == outputs.Built && r.here[name]:
		return image.Settled{Digest: made.Digest}
	case made.Origin == outputs.Held:
		return image.Held{Digest: made.Digest}
	case made.Origin == outputs.Promoted:
		return image.Promoted{From: r.from[name] + "@" + made.Digest}
	}
	return image.Pinned{Digest: made.Digest}
}

// images are those that the services run: a digest that is built is known once it is.
func (r release) images(workloads *workloads) pulumi.Map {
	images := pulumi.Map{}
	for name, made := range r.Images {
		images[name] = pulumi.Map{
			"digest": workloads.services[name].ImageDigest, "content": pulumi.String(made.Content),
			"arguments": pulumi.String(made.Arguments), "origin": pulumi.String(made.Origin),
		}
	}
	return images
}

// ledger is every release that was proven, oldest first, with this one at its end: what there is to go back to. The
// registry's policy removes the images of older ones than it keeps. A release is entered once, however often it is applied.
func (r release) ledger(workloads *workloads) pulumi.Array {
	kept := slices.Clone(r.before.Releases)
	if last := len(kept) - 1; r.kind != settled {
		kept = kept[max(0, len(kept)+1-r.keep):]
	} else if last >= 0 {
		kept[last] = configuredAnew(kept[last], r.config)
	}
	entries := pulumi.Array{}
	for _, one := range kept {
		entries = append(entries, recorded(one, images(one.Images)))
	}
	if r.kind == settled {
		return entries
	}
	return append(entries, recorded(outputs.Record{
		Version: r.version, Number: r.Number, Commit: r.Commit, SnapshotID: r.SnapshotID,
		Schema:         outputs.Mark{Hash: r.Schema.Hash, Destructive: r.Schema.Destructive},
		Configurations: []string{r.config},
	}, r.images(workloads)))
}

// configurationsKept are how many configurations of one release are remembered.
const configurationsKept = 20

// configuredAnew is a release that is verified with a configuration, which may be another than the last or an earlier one:
// it is the last now.
func configuredAnew(one outputs.Record, configuration string) outputs.Record {
	others := slices.DeleteFunc(slices.Clone(one.Configurations), func(other string) bool { return other == configuration })
	one.Configurations = append(others[max(0, len(others)+1-configurationsKept):], configuration)
	return one
}

func recorded(one outputs.Record, images pulumi.Map) pulumi.Map {
	return pulumi.Map{
		"version": pulumi.String(one.Version), "number": pulumi.Int(one.Number), "commit": pulumi.String(one.Commit),
		"snapshotId": pulumi.String(one.SnapshotID), "images": images,
		"schema":         pulumi.Map{"hash": pulumi.String(one.Schema.Hash), "destructive": pulumi.ToStringArray(one.Schema.Destructive)},
		"configurations": pulumi.ToStringArray(one.Configurations),
	}
}

func images(by map[string]outputs.Image) pulumi.Map {
	images := pulumi.Map{}
	for name, one := range by {
		images[name] = pulumi.Map{
			"digest": pulumi.String(one.Digest), "content": pulumi.String(one.Content),
			"arguments": pulumi.String(one.Arguments), "origin": pulumi.String(one.Origin),
		}
	}
	return images
}
