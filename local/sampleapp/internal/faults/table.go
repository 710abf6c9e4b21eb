// Package faults holds the ways in which the stand-in application can be broken, and breaks it.
//
// Decisions: a fault is never a simulation of a finding. It changes what the application does (answers 500, burns CPU,
// asks Redis for keys that are not there), so that whoever looks sees it where an operator would. The same names are
// built into an image or switched on at run time. PUT replaces the whole set, as PUT means: an empty object clears all.
package faults

import (
	"fmt"
	"maps"
	"slices"
)

// The faults. Each row of the table says what a name means.
const (
	LoginRefused      = "login-refused"
	TokenRejected     = "token-rejected"
	AssetsEmpty       = "assets-empty"
	BrokenBody        = "broken-body"
	Unhealthy         = "unhealthy"
	NeverHealthy      = "never-healthy"
	ExitAtStart       = "exit-at-start"
	ErrorRate         = "error-rate"
	LatencyMs         = "latency-ms"
	BurnCPU           = "burn-cpu"
	HoldMemoryMiB     = "hold-memory-mib"
	HoldConnections   = "hold-connections"
	CacheMisses       = "cache-misses"
	QueueStuck        = "queue-stuck"
	LogErrors         = "log-errors"
	WrongAPI          = "wrong-api"
	MissingAssets     = "missing-assets"
	NoSecurityHeaders = "no-security-headers"
)

// The services that have faults.
const (
	Backend  = "backend"
	Frontend = "frontend"
)

// kind is what a fault's value is.
type kind int

const (
	flag   kind = iota // true or false
	number             // from 0 to max; true stands for the row's preset
	text               // a string; true stands for the row's preset
)

// Fault is a row of the table.
type Fault struct {
	Name    string
	Meaning string
	// Services that know it.
	Services []string
	// BuiltIn is for what only a start can do: such a fault is in the image or not at all.
	BuiltIn bool

	kind       kind
	max        float64
	whole      bool // only whole numbers
	preset     float64
	presetText string
}

var (
	both    = []string{Backend, Frontend}
	backend = []string{Backend}
	site    = []string{Frontend}
)

// Table is every fault there is.
var Table = []Fault{
	{Name: LoginRefused, Services: backend, Meaning: "every login is answered 401"},
	{Name: TokenRejected, Services: backend, Meaning: "every bearer token is answered 401"},
	{Name: AssetsEmpty, Services: backend, Meaning: "the list of assets is empty, whatever the table holds"},
	{Name: BrokenBody, Services: backend, Meaning: "the health check answers 200 with JSON cut off in the middle"},
	{Name: Unhealthy, Services: both, Meaning: "the health check answers 503"},
	{Name: NeverHealthy, Services: both, BuiltIn: true, Meaning: "the process runs and never opens its port"},
	{Name: ExitAtStart, Services: both, BuiltIn: true, kind: number, max: 255, whole: true, preset: 1, Meaning: "the process ends at once; value: its exit code"},
	{Name: ErrorRate, Services: both, kind: number, max: 1, preset: 1, Meaning: "this fraction of requests, health checks not among them, is answered 500"},
	{Name: LatencyMs, Services: both, kind: number, max: 600_000, preset: 1000, Meaning: "every answer, the health check's too, comes so many milliseconds later"},
	{Name: BurnCPU, Services: both, kind: number, max: 64, preset: 1, Meaning: "so many cores are kept busy; a fraction is a share of one"},
	{Name: HoldMemoryMiB, Services: both, kind: number, max: 65_536, whole: true, preset: 256, Meaning: "so much memory is held and touched"},
	{Name: HoldConnections, Services: backend, kind: number, max: 1000, whole: true, preset: 50, Meaning: "so many database connections are held beside the pool"},
	{Name: CacheMisses, Services: backend, kind: number, max: 10_000, whole: true, preset: 100, Meaning: "cached values are not found, and so many more keys a second are looked for in vain"},
	{Name: QueueStuck, Services: backend, kind: number, max: 604_800, whole: true, preset: 3600, Meaning: "the worker finishes no jobs, and there is one that is so many seconds old"},
	{Name: LogErrors, Services: both, kind: number, max: 10_000, whole: true, preset: 1, Meaning: "so many error lines are written to the log, once"},
	{Name: WrongAPI, Services: site, kind: text, presetText: "https://api.another.example", Meaning: "the page's script names this API instead of its own"},
	{Name: MissingAssets, Services: site, Meaning: "the page's script and stylesheet are answered 404"},
	{Name: NoSecurityHeaders, Services: both, Meaning: "answers carry no security headers"},
}

// find returns the row of a fault that the service knows.
func find(service, name string) (Fault, error) {
	var known []string
	for _, row := range Table {
		if !slices.Contains(row.Services, service) {
			continue
		}
		if row.Name == name {
			return row, nil
		}
		known = append(known, row.Name)
	}
	return Fault{}, fmt.Errorf("fault %q: the %s has none of this name; it has %v", name, service, known)
}

// value checks what was given and returns what is kept: nil for a fault that is off.
func (f Fault) value(given any) (any, error) {
	switch given {
	case nil, false, 0.0, "":
		if f.Name == ExitAtStart && given == 0.0 {
			return 0.0, nil // ending at once with exit code 0 is a fault too
		}
		return nil, nil
	case true:
		return f.switchedOn(), nil
	}
	switch got := given.(type) {
	case float64:
		if f.kind == number && got > 0 && got <= f.max && (!f.whole || got == float64(int64(got))) {
			return got, nil
		}
	case string:
		if f.kind == text {
			return got, nil
		}
	}
	return nil, fmt.Errorf("fault %q: %v (%T) is not a value of it; allowed: %s", f.Name, given, given, f.allowed())
}

// switchedOn is the value that true stands for.
func (f Fault) switchedOn() any {
	switch f.kind {
	case number:
		return f.preset
	case text:
		return f.presetText
	default:
		return true
	}
}

func (f Fault) allowed() string {
	switch f.kind {
	case number:
		what := "a number"
		if f.whole {
			what = "a whole number"
		}
		return fmt.Sprintf("true for %v, or %s up to %v", f.preset, what, f.max)
	case text:
		return fmt.Sprintf("true for %q, or a text", f.presetText)
	default:
		return "true or false"
	}
}

// Parse checks a whole set of faults for a service and leaves out those that are off.
func Parse(service string, given map[string]any) (map[string]any, error) {
	parsed := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		row, err := find(service, name)
		if err != nil {
			return nil, err
		}
		kept, err := row.value(given[name])
		if err != nil {
			return nil, err
		}
		if kept != nil {
			parsed[name] = kept
		}
	}
	return parsed, nil
}
