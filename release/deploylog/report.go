package deploylog

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/verify/check"
)

// Report is what `flowcomply verify --format json` wrote, as far as the log shows it.
type Report struct {
	Stack     string    `json:"stack"`
	Version   string    `json:"version"`
	Endpoint  string    `json:"endpoint,omitempty"` // where AWS was asked, if not at AWS
	StartedAt time.Time `json:"startedAt"`
	TookMs    int64     `json:"tookMs"`
	Summary   string    `json:"summary"`
	Checks    []Result  `json:"checks"`
}

// Result is how one check ended.
type Result struct {
	Group   string        `json:"group"`
	Name    string        `json:"name"`
	Outcome check.Outcome `json:"outcome"`
	TookMs  int64         `json:"tookMs"`
	Seen    string        `json:"seen,omitempty" log:"foreign"`
	Cause   string        `json:"cause,omitempty" log:"foreign"`
	Details []string      `json:"details,omitempty" log:"foreign"`
	Next    string        `json:"next,omitempty" log:"foreign"`

	Facts map[string]float64 `json:"facts,omitempty"`
}

// ReadReport reads the report that `flowcomply verify --format json` wrote.
func ReadReport(text []byte) (*Report, error) {
	var report Report
	if err := json.Unmarshal(text, &report); err != nil {
		return nil, fmt.Errorf("verify's report: %w; it is what `flowcomply verify --format json` writes", err)
	}
	if report.Stack == "" || report.Checks == nil {
		return nil, errors.New("verify's report: it has no stack or no checks; it is what `flowcomply verify --format json` writes")
	}
	return &report, nil
}

// Bad are the checks that failed or timed out.
func (r *Report) Bad() []Result {
	return slices.DeleteFunc(slices.Clone(r.Checks), func(result Result) bool { return !result.Outcome.Bad() })
}

func (r *Report) group(name string) []Result {
	return slices.DeleteFunc(slices.Clone(r.Checks), func(result Result) bool { return result.Group != name })
}

// finding is one line of "Post-Deployment".
type finding struct {
	What, Seen string
	Detail     string // what goes in brackets behind it
	Good       bool
}

func (f finding) String() string {
	if f.Detail == "" {
		return upper(f.Seen)
	}
	return upper(f.Seen) + " (" + f.Detail + ")"
}

// The groups of verify's checks and the objectives that the template asks for: their names are <role>-<id>, and verify
// notes what it measured as metrics.<name>, error rates in percent and latencies in seconds.
const (
	healthGroup  = "health"
	alarmGroup   = "alarms"
	metricGroup  = "metrics"
	factPrefix   = "metrics."
	errorRate    = "-error-rate"
	latency      = "-latency"
	notLooked    = "not checked"
	notMeasured  = "not measured"
	notEnough    = "not enough data"
	allPassing   = "Passing"
	noneSignaled = "No alarms triggered"
)

// findings are the answers for the "Post-Deployment" part of the template: health, error rate, p95 and alarms. Without a
// report they say so, and are not good.
func (r *Report) findings() []finding {
	if r == nil {
		return []finding{{What: "Health checks", Seen: notLooked}, {What: "Error rate", Seen: notMeasured},
			{What: "Response time p95", Seen: notMeasured}, {What: "Alarms", Seen: notLooked}}
	}
	return []finding{
		r.health(), r.measured("Error rate", errorRate, percent), r.measured("Response time p95", latency, seconds), r.alarms(),
	}
}

func (r *Report) health() finding {
	found := finding{What: "Health checks", Seen: allPassing, Good: true}
	checks := r.group(healthGroup)
	if len(checks) == 0 {
		return finding{What: found.What, Seen: notLooked}
	}
	var bad []string
	for _, one := range checks {
		if one.Outcome != check.OK {
			bad = append(bad, one.Name+": "+one.Cause)
		}
	}
	if len(bad) > 0 {
		found.Seen, found.Detail, found.Good = "Failing", strings.Join(bad, "; "), false
	}
	return found
}

// measured is the worst of what the objectives with the suffix measured, and each, where they are several.
func (r *Report) measured(what, suffix string, in func(float64) string) finding {
	found := finding{What: what, Seen: notMeasured, Good: true}
	worst, known := 0.0, false
	var each []string
	for _, one := range r.group(metricGroup) {
		role, matches := strings.CutSuffix(one.Name, suffix)
		if !matches {
			continue
		}
		found.Good = found.Good && !one.Outcome.Bad()
		value, noted := one.Facts[factPrefix+one.Name]
		switch {
		case one.Outcome == check.NotEnoughData:
			each = append(each, role+" "+notEnough)
		case noted:
			worst, known = max(worst, value), true
			each = append(each, role+" "+in(value))
		case one.Outcome.Bad():
			each = append(each, role+" "+one.Cause)
		default:
			each = append(each, role+" nothing reported") // where silence is as good as a promise kept
		}
	}
	switch {
	case len(each) == 0:
		found.Good = false
	case !known:
		found.Seen = strings.Join(each, ", ")
	default:
		found.Seen = in(worst)
		if len(each) > 1 {
			found.Detail = strings.Join(each, ", ")
		}
	}
	return found
}

func (r *Report) alarms() finding {
	found := finding{What: "Alarms", Seen: noneSignaled, Good: true}
	checks := r.group(alarmGroup)
	if len(checks) == 0 {
		return finding{What: found.What, Seen: notLooked}
	}
	for _, one := range checks {
		switch {
		case one.Outcome.Bad():
			return finding{What: found.What, Seen: "Triggered", Detail: one.Cause}
		case one.Outcome == check.NotEnoughData:
			found.Detail = one.Cause
		}
	}
	return found
}

func percent(value float64) string { return number(value, 3) + "%" }

func seconds(value float64) string {
	if value < 1 {
		return number(value*1000, 3) + "ms"
	}
	return number(value, 3) + "s"
}

// number rounds to so many significant digits.
func number(value float64, digits int) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(value, 'g', digits, 64), 64)
	if err != nil {
		return "?"
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
