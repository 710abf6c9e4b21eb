package bench

import (
	"context"
	"errors"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests prove the arithmetic, the parsing and the page. They do not prove any number on it.

const benchmarkText = `goos: linux
BenchmarkProgram/services=2-2    	 39	  30000000 ns/op	 267.0 resources	 17000000 B/op	 214496 allocs/op
BenchmarkProgram/services=20-2   	  7	 160000000 ns/op	 933.0 resources	 93000000 B/op	1060838 allocs/op
BenchmarkProgram/services=20-2   	  7	 150000000 ns/op	 933.0 resources	 93500000 B/op	1060838 allocs/op
BenchmarkProgram/services=100    	  2	 750000000 ns/op	3893.0 resources	433000000 B/op	4821050 allocs/op
PASS
`

func TestParseBenchmark_KeepsTheFastestOfEachSize(t *testing.T) {
	points, err := parseBenchmark(benchmarkText)
	require.NoError(t, err)
	assert.Equal(t, []point{{2, 267, 0.03, 17e6}, {20, 933, 0.15, 93.5e6}, {100, 3893, 0.75, 433e6}}, points)
}

func TestParseBenchmark_RefusesLessThanItNeeds(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"two sizes":    {"BenchmarkProgram/services=2 1 5 ns/op 2 resources 3 B/op\nBenchmarkProgram/services=20 1 5 ns/op 2 resources 3 B/op\n", "2 sizes"},
		"no memory":    {"BenchmarkProgram/services=2 1 5 ns/op 2 resources\n", "B/op is missing"},
		"not a number": {"BenchmarkProgram/services=2 1 x ns/op\n", "invalid syntax"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseBenchmark(tc.text)
			assert.ErrorContains(t, err, tc.want)
		})
	}
}

func TestLinear_TellsALineFromACurve(t *testing.T) {
	sized := func(cost func(n float64) float64) []float64 {
		var points []point
		for _, n := range []int{2, 20, 100} {
			points = append(points, point{services: n, seconds: cost(float64(n))})
		}
		return steps(points, func(p point) float64 { return p.seconds })
	}
	assert.True(t, linear(sized(func(n float64) float64 { return 10 + 3*n })), "a line that does not start at nothing")
	assert.False(t, linear(sized(func(n float64) float64 { return n * n })))
	assert.False(t, linear(sized(func(n float64) float64 { return 100 + 10*n + n*n/10 })), "a curve below a large fixed part")
}

func TestSpread_IsLeastMiddleAndMost(t *testing.T) {
	assert.Equal(t, spread[float64]{1, 2, 9}, spreadOf([]float64{9, 1, 2}))
	assert.Equal(t, spread[float64]{1, 2.5, 9}, spreadOf([]float64{9, 3, 1, 2}))
	assert.Zero(t, spreadOf([]float64(nil)))
}

func TestBelow_AddsUpAProcessAndItsDescendants(t *testing.T) {
	all := map[int]status{1: {0, 1}, 10: {1, 10}, 11: {10, 100}, 12: {11, 1000}, 20: {1, 10000}, 30: {31, 1}, 31: {30, 1}}
	assert.EqualValues(t, 1110, below(all, 10))
	assert.Zero(t, below(all, 99), "a process that has ended")
}

func TestParseStat_IsNotMisledByTheName(t *testing.T) {
	text := []byte("42 (a) b (c) S 7 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 1000 2000 300 18446744073709551615")
	parsed, ok := parseStat(text, 4096)
	assert.True(t, ok)
	assert.Equal(t, status{parent: 7, resident: 300 * 4096}, parsed)
	_, ok = parseStat([]byte("42 (a) S 7"), 4096)
	assert.False(t, ok)
}

func TestRace_CountsTheRoundsAfterTheFirst(t *testing.T) {
	var order []string
	contestant := func(name string) *contender {
		return &contender{name: name, command: func(ctx context.Context) *exec.Cmd {
			order = append(order, name)
			return exec.CommandContext(ctx, "true")
		}}
	}
	one, other := contestant("one"), contestant("other")
	require.NoError(t, race(t.Context(), 2, []*contender{one, other}, func(string, ...any) {}))
	assert.Equal(t, []string{"one", "other", "one", "other", "one", "other"}, order)
	assert.Len(t, one.samples, 2)
	assert.Len(t, other.samples, 2)
}

func TestRace_StopsAtARunThatDoesNotCount(t *testing.T) {
	said := func(args ...string) func(context.Context) *exec.Cmd {
		return func(ctx context.Context) *exec.Cmd { return exec.CommandContext(ctx, args[0], args[1:]...) }
	}
	for name, tc := range map[string]struct {
		run  contender
		want string
	}{
		"it failed":               {contender{name: "x", command: said("sh", "-c", "echo why; exit 2")}, "x: exit status 2\nwhy"},
		"it did not read it all":  {contender{name: "x", command: said("echo", "some"), check: func(string) error { return errors.New("too little") }}, "x: too little\nsome"},
		"it could not be started": {contender{name: "x", command: said("/nonexistent")}, "x: fork/exec /nonexistent: no such file or directory"},
	} {
		t.Run(name, func(t *testing.T) {
			err := race(t.Context(), 1, []*contender{&tc.run}, func(string, ...any) {})
			assert.EqualError(t, err, tc.want)
		})
	}
}

func TestReport_IsAPage(t *testing.T) {
	took := func(name string, seconds ...float64) *contender {
		made := &contender{name: name}
		for _, one := range seconds {
			made.samples = append(made.samples, sample{time.Duration(one * 1e9), 512 << 20})
		}
		return made
	}
	found := report{
		machine: []string{"a machine"}, rounds: 3, resources: 270, instances: 221, terraform: "1.2.3",
		reading: pair{took("preview --refresh", 14, 10, 12), took("plan", 8, 8, 8)},
		state:   pair{took("preview", 9, 9, 9), took("plan -refresh=false", 6, 6, 6)}, compile: took("build", 1),
		points: []point{{2, 200, 0.03, 17e6}, {20, 866, 0.15, 93e6}, {100, 3826, 3, 433e6}},
	}
	page := found.render()
	for _, line := range []string{
		"| `preview --refresh` | 10.0 | 12.0 | 14.0 | 512 |\n",
		"preview / plan = **1.50**\n",
		"| 100 | 3826 | 3000 | 433 | 19.1 | 100.0 | 25.5 |\n",
		"| time, ms | 6.67 | 35.62 | **faster than linear** |\n",
		"| memory, MB | 4.22 | 4.25 | linear |\n",
	} {
		assert.Contains(t, page, line)
	}

	found.terraform, found.reading.terraform, found.state.terraform = "", nil, nil
	page = found.render()
	assert.Contains(t, page, "There is no `terraform` on this machine, so only the previews are measured.\n")
	assert.Contains(t, page, "| `preview` |")
	assert.NotContains(t, page, "preview / plan")
}
