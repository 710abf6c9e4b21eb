package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// point is one line of BenchmarkProgram: what one run of the program costs with that many services.
type point struct {
	services  int
	resources float64
	seconds   float64
	bytes     float64 // allocated during the run, not held at once
}

// program runs the program's own benchmark, several times, and keeps the fastest of each size: what disturbs a run
// only ever makes it slower.
func program(ctx context.Context, root string) ([]point, error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^BenchmarkProgram$", "-benchmem", "-count", "3", "./infra")
	cmd.Dir, cmd.Env = root, append(os.Environ(), "GOWORK=off")
	cmd.WaitDelay = waitDelay
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go test -bench ./infra: %w\n%s", err, said.String())
	}
	return parseBenchmark(said.String())
}

var benchmarkLine = regexp.MustCompile(`^BenchmarkProgram/services=(\d+)(?:-\d+)?\s+\d+\s+(.*)$`)

// parseBenchmark reads `go test -bench` output; sorted by services.
func parseBenchmark(text string) ([]point, error) {
	fastest := map[int]point{}
	for line := range strings.Lines(text) {
		match := benchmarkLine.FindStringSubmatch(strings.TrimSpace(line))
		if match == nil {
			continue
		}
		one, err := parsePoint(match[1], strings.Fields(match[2]))
		if err != nil {
			return nil, fmt.Errorf("benchmark line %q: %w", strings.TrimSpace(line), err)
		}
		if known, seen := fastest[one.services]; !seen || one.seconds < known.seconds {
			fastest[one.services] = one
		}
	}
	var points []point
	for _, one := range fastest {
		points = append(points, one)
	}
	slices.SortFunc(points, func(a, b point) int { return a.services - b.services })
	if len(points) < 3 {
		return nil, fmt.Errorf("benchmark: %d sizes in its output, and it takes three to tell a line from a curve:\n%s", len(points), text)
	}
	return points, nil
}

func parsePoint(services string, pairs []string) (point, error) {
	count, err := strconv.Atoi(services)
	if err != nil {
		return point{}, err
	}
	units := map[string]float64{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if units[pairs[i+1]], err = strconv.ParseFloat(pairs[i], 64); err != nil {
			return point{}, err
		}
	}
	for _, unit := range []string{"ns/op", "B/op", "resources"} {
		if units[unit] <= 0 {
			return point{}, fmt.Errorf("%s is missing", unit)
		}
	}
	return point{services: count, resources: units["resources"], seconds: units["ns/op"] / 1e9, bytes: units["B/op"]}, nil
}

// steps are what each further service costs between two sizes that follow each other. A program whose costs grow in
// a straight line, from wherever it starts, has equal steps.
func steps(points []point, cost func(point) float64) []float64 {
	var out []float64
	for i := 1; i < len(points); i++ {
		out = append(out, (cost(points[i])-cost(points[i-1]))/float64(points[i].services-points[i-1].services))
	}
	return out
}

// tolerance is how much dearer a later service may be before growth counts as faster than linear. With costs that
// grow as the square, one between 20 and 100 services would cost more than five times one between 2 and 20.
const tolerance = 1.5

// linear tells whether the last step is no dearer than the first.
func linear(steps []float64) bool {
	return len(steps) > 1 && steps[len(steps)-1] <= tolerance*steps[0]
}
