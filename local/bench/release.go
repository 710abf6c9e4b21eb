package bench

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/flowcomply/infrastructure/local/harness"
	"github.com/flowcomply/infrastructure/local/sampleapp"
)

//go:embed runbook-release.sh
var runbookRelease string

//go:embed runbook-rollback.sh
var runbookRollback string

// The latencies that are injected, whoever asks: each call of AWS's takes that much longer, and a snapshot that long.
// Without them a call takes a few milliseconds and a snapshot 2 s.
const (
	callSeconds     = 0.05
	snapshotSeconds = 25
)

// latencies is the emulated AWS's scenario of them.
var latencies = map[string]any{
	"faults":    []any{map[string]any{"match": ".*", "times": 1 << 40, "delaySeconds": callSeconds}}, // without a status it only waits
	"snapshots": map[string]any{"seconds": snapshotSeconds},
}

// Release measures a release and going back from it, beside the runbook as shell scripts, and writes the page to the file.
// Rounds is how many of each are counted; b.Rounds is for what takes seconds.
func (b Bench) Release(ctx context.Context, page string, rounds int) error {
	found := releases{rounds: rounds}
	err := b.alive(ctx, "bench-release", func(ctx context.Context, stack *harness.Stack) error { return b.release(ctx, stack, &found) })
	if err != nil {
		return err
	}
	text := found.render()
	fmt.Fprintln(b.Out, "\n"+text)
	return os.WriteFile(page, []byte(text), 0o644)
}

// release makes a round of each of the four. Every round begins and ends with the first release running: what the
// command released it goes back from, and what the script released, the other script.
func (b Bench) release(ctx context.Context, stack *harness.Stack, found *releases) error {
	program, err := harness.Build(ctx, b.Root, "./cmd/flowcomply", stack.Tools.Bin())
	if err != nil {
		return err
	}
	names, err := variables(ctx, stack)
	if err != nil {
		return err
	}
	if err := stack.Scenario(latencies); err != nil {
		return err
	}
	ours := &command{stack: stack, program: program, folder: filepath.Join(stack.Run, "app")}
	typed := &script{stack: stack, names: names, folder: filepath.Join(stack.Run, "typed")}
	made := &sources{root: b.Root}
	found.release.contender = &contender{
		name:    "make release",
		ready:   func(ctx context.Context) error { return ours.next(ctx, made) },
		command: ours.run("release"), check: ours.read(&found.release),
	}
	found.rollback.contender = &contender{
		name: "make rollback", ready: ours.logs, command: ours.run("rollback"), check: ours.read(&found.rollback),
	}
	found.typed = &contender{
		name:    "the runbook, phases 1 to 6",
		ready:   func(ctx context.Context) error { return typed.next(ctx, made) },
		command: typed.run(runbookRelease + runbook),
	}
	found.typedBack = &contender{name: "the runbook's rollback", command: typed.run(runbookRollback)}
	found.machine = describe()
	defer func() { found.machine = append(found.machine, meanwhile()...) }()
	return race(ctx, found.rounds, []*contender{found.release.contender, found.rollback.contender, found.typed, found.typedBack}, b.say)
}

// sources makes the application's next version, whoever releases it: other content in both images, and one migration
// more than the version before, which the code before survives.
type sources struct {
	root       string
	migrations []sampleapp.Option
}

func (s *sources) next(ctx context.Context, folder string) (version string, err error) {
	n := len(s.migrations) + 1
	s.migrations = append(s.migrations, sampleapp.Migration(
		fmt.Sprintf("20251101%06d_add_note_%d", n, n), fmt.Sprintf(`ALTER TABLE "Asset" ADD COLUMN "note_%d" TEXT;`, n)))
	version = fmt.Sprintf("v1.%d.0", n)
	if err := sampleapp.Build(ctx, s.root, folder, append(slices.Clone(s.migrations), sampleapp.Version(version))...); err != nil {
		return "", err
	}
	return version, sampleapp.Tag(ctx, folder, version)
}
