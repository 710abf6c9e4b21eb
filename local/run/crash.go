package run

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/harness"
	"github.com/flowcomply/infrastructure/local/sampleapp"
	"github.com/flowcomply/infrastructure/local/tests/crash"
)

// Crash brings a stack up, releases a version, and kills so many of the next releases at moments taken by chance.
func (r Run) Crash(ctx context.Context, count int, seed uint64) error {
	if count < 1 {
		return fmt.Errorf("-n %d: at least 1 kill", count)
	}
	return r.Fresh(ctx, func(ctx context.Context, stack engine.Stack) error {
		if _, err := stack.Up(ctx); err != nil {
			return err
		}
		running, err := harness.Open(ctx, stack)
		if err != nil {
			return err
		}
		if err := running.Populate(ctx); err != nil {
			return err
		}
		next := Releases(r.Root, stack)
		if _, err := next(ctx, 0); err != nil { // a whole one, to know how long that takes
			return err
		}
		if _, err := stack.Up(ctx); err != nil {
			return err
		}
		program, err := harness.Build(ctx, r.Root, "./cmd/flowcomply", stack.Run)
		if err != nil {
			return err
		}
		return crash.Run(ctx, stack, crash.Settings{Count: count, Seed: seed, Prepare: next, Program: program, Out: r.Out})
	})
}

// migrationSeconds is how long the migration of each of these releases takes: long enough to be hit.
const migrationSeconds = 3

// Releases prepares releases v2.0.0, v2.1.0 and so on of the stand-in application: source and version. Each has a migration
// of its own, and all those of the releases before, after the ones that the options bring.
func Releases(root string, stack engine.Stack, options ...sampleapp.Option) func(context.Context, int) (string, error) {
	return func(ctx context.Context, n int) (string, error) {
		version, all := fmt.Sprintf("v2.%d.0", n), slices.Clone(options)
		for i := range n + 1 {
			all = append(all, sampleapp.Migration(fmt.Sprintf("20260101%06d_add_column_%d", i, i),
				fmt.Sprintf(`SELECT pg_sleep(%d); ALTER TABLE "Asset" ADD COLUMN "column%d" TEXT;`, migrationSeconds, i)))
		}
		folder := filepath.Join(stack.Run, "app")
		if err := sampleapp.Release(ctx, root, folder, version, all...); err != nil {
			return "", err
		}
		return version, stack.Set(ctx, "flowcomply:release.version", version, false)
	}
}
