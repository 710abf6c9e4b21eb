package sampleapp

import (
	"context"
	"slices"

	"github.com/flowcomply/infrastructure/local/checkout"
)

// Release writes the contexts into the folder as a clean Git checkout of the version.
func Release(ctx context.Context, root, folder, version string, options ...Option) error {
	if err := Build(ctx, root, folder, append(slices.Clone(options), Version(version))...); err != nil {
		return err
	}
	return Tag(ctx, folder, version)
}

// Tag makes the folder a clean Git checkout of the version: what is in it is committed, and the commit has the version's
// tag, wherever that was before.
func Tag(ctx context.Context, folder, version string) error {
	if err := checkout.Commit(ctx, folder, version); err != nil {
		return err
	}
	_, err := checkout.Git(ctx, folder, "tag", "--force", "--annotate", "--message", "release "+version, version)
	return err
}
