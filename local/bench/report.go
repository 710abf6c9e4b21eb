package bench

import (
	"fmt"
	"strings"
)

// report is everything that one run of the bench found.
type report struct {
	machine        []string
	rounds         int
	resources      int    // in the stack's state
	instances      int    // in the twin's
	terraform      string // its version; empty where there is none
	reading, state pair
	compile        *contender
	points         []point
}

// pair is a preview and the plan that does the same.
type pair struct{ pulumi, terraform *contender }

func (r report) render() string {
	page := opened("Measurements", r.machine)
	line := page.line
	line("\n## A preview of unchanged production\n")
	r.comparison(line)
	line("\n## The program alone\n")
	growth(line, r.points)
	return page.String()
}

func (r report) comparison(line func(string, ...any)) {
	line("Production is applied to a fresh emulated AWS: %d resources in the state, components included.", r.resources)
	rows := []*contender{r.reading.pulumi, r.reading.terraform, r.state.pulumi, r.state.terraform, r.compile}
	if r.terraform == "" {
		line("There is no `terraform` on this machine, so only the previews are measured.")
		rows = []*contender{r.reading.pulumi, r.state.pulumi, r.compile}
	} else {
		line("The twin is its %d AWS resources for Terraform %s: the same inputs, the same order between them, the same", r.instances, r.terraform)
		line("provider file and the same AWS. Both say that nothing would change, and each plan with refresh reads all %d.", r.instances)
	}
	line("%d counted runs of each, by turns, after one that is not counted. Seconds:\n", r.rounds)
	line("| command | least | median | most | peak memory, MiB |\n| --- | ---: | ---: | ---: | ---: |")
	for _, one := range rows {
		took := one.seconds()
		line("| `%s` | %.1f | %.1f | %.1f | %s |", one.name, took.min, took.median, took.max, mebibytes(one.memory().median))
	}
	line("")
	if r.terraform != "" {
		line("- with everything read from AWS: preview / plan = **%.2f**", r.reading.ratio())
		line("- from the state alone: preview / plan = **%.2f**", r.state.ratio())
		line("- A preview also hashes the image contexts and asks for a registry login, which the twin does not.")
	}
	line("- A preview compiles the program first; the last row is that by itself, with nothing to compile anew.")
	line("- Memory is the highest sum of the resident memory of the command and all processes below it, looked at five times a")
	line("  second, the median of the runs. What processes share counts once for each. The emulated AWS is not in it.")
}

// ratio is that of the medians.
func (p pair) ratio() float64 { return p.pulumi.seconds().median / p.terraform.seconds().median }

func mebibytes(bytes uint64) string {
	if bytes == 0 {
		return "not measured"
	}
	return fmt.Sprintf("%d", bytes>>20)
}

func growth(line func(string, ...any), points []point) {
	first := points[0]
	line("`BenchmarkProgram` runs it as production with copies of the two services, under a recorder in the engine's place.")
	line("Memory is all that is allocated in a run, not what is held at once.\n")
	line("| services | resources | ms | MB | × resources | × time | × memory |\n| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
	for _, one := range points {
		line("| %d | %.0f | %.0f | %.0f | %.1f | %.1f | %.1f |", one.services, one.resources, one.seconds*1e3, one.bytes/1e6,
			one.resources/first.resources, one.seconds/first.seconds, one.bytes/first.bytes)
	}
	line("\nWhat one more service costs, from each size to the next:\n")
	line("| | %s | growth |\n| --- |%s --- |", strings.Join(ranges(points), " | "), strings.Repeat(" ---: |", len(points)-1))
	row := func(name, format string, cost func(point) float64) {
		each, cells := steps(points, cost), []string{}
		for _, step := range each {
			cells = append(cells, fmt.Sprintf(format, step))
		}
		verdict := "linear"
		if !linear(each) {
			verdict = "**faster than linear**"
		}
		line("| %s | %s | %s |", name, strings.Join(cells, " | "), verdict)
	}
	row("resources", "%.1f", func(p point) float64 { return p.resources })
	row("time, ms", "%.2f", func(p point) float64 { return p.seconds * 1e3 })
	row("memory, MB", "%.2f", func(p point) float64 { return p.bytes / 1e6 })
	line("\nGrowth is linear where the last step is at most %.1f times the first. Where time or memory has a larger factor than", tolerance)
	line("the resources and yet even steps, a service's resources cost more than the shared ones, but later services no more.")
}

func ranges(points []point) []string {
	var out []string
	for i := 1; i < len(points); i++ {
		out = append(out, fmt.Sprintf("%d to %d", points[i-1].services, points[i].services))
	}
	return out
}
