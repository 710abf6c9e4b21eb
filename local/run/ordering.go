package run

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/sampleapp"
	"github.com/flowcomply/infrastructure/local/tests/ordering"
	"github.com/flowcomply/infrastructure/local/toolchain"
)

// Ordering releases versions on simulated providers with random latencies, and holds that the parts of a release come in
// their order. ORDERING_SEED runs that one schedule alone. What a bad one leaves stays until the next run.
func (r Run) Ordering(ctx context.Context, count int, seed uint64) error {
	if text := os.Getenv("ORDERING_SEED"); text != "" {
		alone, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return fmt.Errorf("ORDERING_SEED: %q is no seed; a schedule's line names one", text)
		}
		count, seed = 1, alone
	}
	if count < 1 {
		return fmt.Errorf("-n %d: at least 1 schedule", count)
	}
	held, err := r.lock()
	if err != nil {
		return err
	}
	defer held.Close()
	defer os.Remove(held.Name()) // while it is held: afterwards it may be somebody else's
	if err := os.RemoveAll(r.folder()); err != nil {
		return err
	}
	tools, err := toolchain.PrepareEngine(ctx, r.Root, r.Out)
	if err != nil {
		return err
	}
	laid, err := ordering.NewProject(ctx, tools, r.Stack, r.folder())
	if err != nil {
		return err
	}
	folders, err := contexts(r.file())
	if err != nil {
		return err
	}
	// The project is like a checkout, with a run folder of its own.
	inside := Run{Root: laid.Root, Name: "stack", Stack: r.Stack, Out: r.Out}
	stack := engine.Stack{Tools: laid, Name: r.Stack, Run: inside.folder(), Out: r.Out}
	source := ordering.Source(filepath.Join(laid.Root, inside.source()))
	if err := errors.Join(source.Write(r.Root, folders), sampleapp.Tag(ctx, string(source), "v1.0.0")); err != nil {
		return err
	}
	if err := inside.configure(ctx, stack); err != nil {
		return err
	}
	next := func(ctx context.Context) error {
		if err := errors.Join(source.Migrate(), sampleapp.Tag(ctx, string(source), "v1.1.0")); err != nil {
			return err
		}
		return stack.Set(ctx, "flowcomply:release.version", "v1.1.0", false)
	}
	if err := ordering.Run(ctx, stack, next, ordering.Settings{
		Count: count, Seed: seed, Services: slices.Sorted(maps.Keys(folders)), Out: r.Out,
	}); err != nil {
		return err
	}
	return os.RemoveAll(r.folder())
}
