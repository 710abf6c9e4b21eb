package bench

import (
	"time"

	"github.com/flowcomply/infrastructure/release/deploylog"
)

// releases is what was found of a release and of going back from it, and of the runbook's scripts beside them.
type releases struct {
	machine           []string
	rounds            int
	release, rollback logged
	typed, typedBack  *contender
}

func (r releases) render() string {
	page := opened("How long a release takes", r.machine)
	line := page.line
	line("\nThe stack `local` on the emulated AWS, its services running, v1.0.0 proven. %d counted rounds, after one that is not", r.rounds)
	line("counted; in each a release, the way back from it, the runbook as a script, and its way back. Every release has new")
	line("content in both images and one migration more. Injected, for all four: %d ms on each call of AWS's, and a snapshot takes", int(callSeconds*1e3))
	line("%d s. Seconds:\n", snapshotSeconds)
	page.seconds(1, r.release.contender, r.typed, r.rollback.contender, r.typedBack)
	r.ratios(line)
	r.parts(line)
	r.scripts(line)
	return page.String()
}

// runbookRolling is how long the runbook's fast way back takes, nearly all of it ECS's time.
const runbookRolling = 5 * time.Minute

// ratios are within each round, and of them the median.
func (r releases) ratios(line func(string, ...any)) {
	release, back := r.release.timings(), r.rollback.timings()
	overPath := func(t timing) (time.Duration, time.Duration) { return t.wall, t.path }
	onTop := func(t timing) time.Duration { return t.wall - t.rolling }
	line("\n- release / its critical path, which is the limit, = **%.2f**: %.1f s of %.1f s are on top of it",
		share(release, overPath), medianOf(release, func(t timing) time.Duration { return t.wall - t.path }), medianOf(release, wall))
	script := against(r.release.contender, r.typed)
	line("- release / the runbook = **%.2f** (%.2f to %.2f)", script.median, script.min, script.max)
	line("- rollback: **%.1f s** on top of the %.1f s in which ECS rolled services; rollback / rolling = **%.2f**",
		medianOf(back, onTop), medianOf(back, rolling), share(back, func(t timing) (time.Duration, time.Duration) { return t.wall, t.rolling }))
	line("- rollback / the runbook's rollback = **%.2f**: that one looks at nothing, before or after",
		against(r.rollback.contender, r.typedBack).median)
	line("- What is on top depends on this machine and on how many calls are made, not on how long AWS takes for a snapshot or for")
	line("  services, which is minutes there and seconds here. Over the 5 minutes that the runbook gives ECS, the rollback's would be")
	line("  **%.0f %%**.", 100*medianOf(back, onTop)/runbookRolling.Seconds())
}

// against is one contender's time in terms of another's, in the same round.
func against(one, other *contender) spread[float64] {
	ratios := make([]float64, len(one.samples))
	for i, sample := range one.samples {
		ratios[i] = sample.wall.Seconds() / other.samples[i].wall.Seconds()
	}
	return spreadOf(ratios)
}

func wall(t timing) time.Duration    { return t.wall }
func rolling(t timing) time.Duration { return t.rolling }

// parts is where the time went, by the deployment logs.
func (r releases) parts(line func(string, ...any)) {
	release, back := r.release.timings(), r.rollback.timings()
	line("\n## Where the time goes\n\nBy the deployment logs, medians in seconds; they need not add up.\n")
	line("| | release | rollback |\n| --- | ---: | ---: |")
	row := func(name string, part func(timing) time.Duration) {
		line("| %s | %.1f | %.1f |", name, medianOf(release, part), medianOf(back, part))
	}
	row("before the update: history, registry, preview", func(t timing) time.Duration { return t.asking })
	row("the update until its first step: compiled, declared", func(t timing) time.Duration { return t.starting })
	row("**critical path**", func(t timing) time.Duration { return t.path })
	for _, phase := range deploylog.Phases() {
		took := func(t timing) time.Duration { return t.phases[phase] }
		if medianOf(release, took) > 0 || medianOf(back, took) > 0 { // not on the path, where another step took longer
			row("its "+string(phase), took)
		}
	}
	row("its other resources", func(t timing) time.Duration { return t.rest })
	row("between its steps: the engine", func(t timing) time.Duration { return t.between })
	row("after its last step: outputs, log, notification", func(t timing) time.Duration { return t.ending })
	row("**whole command**", wall)
	row("in which ECS rolled services", rolling)
	line("\nImages are built beside the snapshot, and services roll side by side: what takes less time is not on the path. Each step")
	line("is a Go program that `go run` compiles or finds compiled, which is in its time. Verify has ten seconds in which it watches")
	line("the alarms.")
}

func (r releases) scripts(line func(string, ...any)) {
	line("\n## What the scripts are\n")
	line("- `local/bench/runbook-release.sh` and `runbook.sh` are the runbook's phases 1 to 6 with `aws`, docker and curl, one command")
	line("  after another; `runbook-rollback.sh` is its first option of rollback. Nobody reads what they print, nobody waits an hour")
	line("  between phases, and a command that fails is all that stops them.")
	line("- `aws … wait` looks every 30 s at a snapshot, every 6 s at a task and every 15 s at services, which is a part of what")
	line("  they take.")
	line("- Images are built by the same Docker, with the same layers in its cache and by the same BuildKit: `local build`, as")
	line("  the docker command would need buildx for it.")
	line("  Source, tag and task definitions are made beforehand, off the clock.")
	line("- They leave out the staging suite, `latest` (the repositories refuse it), and a look at the tables through a bastion.")
	line("  The program's release has more: preflight, a preview, verification with its waits, a log and a notification.")
	line("- The scripts mostly wait, and the program computes: other work on the machine costs the program more.")
}
