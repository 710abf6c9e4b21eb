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
type Result = check.JSONResult

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

// notOK are the checks that failed, timed out or had not enough data.
func notOK(results []Result) []Result {
	return slices.DeleteFunc(slices.Clone(results), func(r Result) bool { return r.Outcome == check.OK })
}

// title is the run in one line; an emulated AWS is named, so that its report is never taken for one about AWS.
func (r *Report) title() string {
	if r.Endpoint == "" {
		return r.Summary
	}
	return r.Summary + ", asked at " + r.Endpoint
}

// finding is one line of "Post-Deployment", and one tile of the page's summary.
type finding struct {
	What, Seen string
	Detail     string // what goes in brackets behind it
	Class      string // as the page draws it; empty for a number that is neither good nor bad
}

func (f finding) String() string {
	if f.Detail == "" {
		return upper(f.Seen)
	}
	return upper(f.Seen) + " (" + f.Detail + ")"
}

// The classes of findings and checks.
const goodClass, badClass, unknownClass = "good", "failed", "unknown"

// The objectives that the template asks for: the names of verify's checks are <role>-<id>, and it notes what it measured as
// metrics.<name>, error rates in percent and latencies in seconds.
const (
	metricGroup  = "metrics"
	errorRate    = "-error-rate"
	latency      = "-latency"
	noneSignaled = "No alarms triggered"
)

// findings are the answers for the "Post-Deployment" part of the template: health, error rate, p95 and alarms. Without a
// report they say so, and are not good.
func (r *Report) findings() []finding {
	if r == nil {
		none := (&Report{}).findings()
		for i := range none {
			none[i].Class = unknownClass
		}
		return none
	}
	return []finding{
		r.health(), r.measured("Error rate", errorRate, percent), r.measured("Response time p95", latency, seconds), r.alarms(),
	}
}

func (r *Report) health() finding {
	checks := r.group("health")
	var failing []string
	for _, one := range notOK(checks) {
		failing = append(failing, one.Name+": "+one.Cause)
	}
	switch {
	case len(checks) == 0:
		return finding{"Health checks", "not checked", "", badClass}
	case len(failing) > 0:
		return finding{"Health checks", "Failing", strings.Join(failing, "; "), badClass}
	}
	return finding{"Health checks", "Passing", "", goodClass}
}

// measured is the worst of what the objectives with the suffix measured, and each, where they are several.
func (r *Report) measured(what, suffix string, in func(float64) string) finding {
	found := finding{What: what, Seen: "not measured", Class: goodClass}
	worst, known := 0.0, false
	var each []string
	for _, one := range r.group(metricGroup) {
		role, matches := strings.CutSuffix(one.Name, suffix)
		if !matches {
			continue
		}
		if one.Outcome.Bad() {
			found.Class = badClass
		}
		value, noted := one.Facts[metricGroup+"."+one.Name]
		switch {
		case one.Outcome == check.NotEnoughData:
			each = append(each, role+" not enough data")
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
		found.Class = badClass
	case !known:
		found.Seen = strings.Join(each, ", ")
	case len(each) > 1:
		found.Seen, found.Detail = in(worst), strings.Join(each, ", ")
	default:
		found.Seen = in(worst)
	}
	return found
}

func (r *Report) alarms() finding {
	checks := r.group("alarms")
	if len(checks) == 0 {
		return finding{"Alarms", "not checked", "", badClass}
	}
	found := finding{"Alarms", noneSignaled, "", goodClass}
	for _, one := range checks {
		switch {
		case one.Outcome.Bad():
			return finding{"Alarms", "Triggered", one.Cause, badClass}
		case one.Outcome == check.NotEnoughData:
			found.Detail = one.Cause
		}
	}
	return found
}

// summary counts the checks that were ok, and what became of the others.
func (r *Report) summary() finding {
	counted := map[check.Outcome]int{}
	for _, one := range r.Checks {
		counted[one.Outcome]++
	}
	found := finding{What: "Verify", Seen: fmt.Sprintf("%d of %d", counted[check.OK], len(r.Checks)), Detail: "checks ok", Class: goodClass}
	for _, outcome := range check.Outcomes()[1:] {
		if n := counted[outcome]; n > 0 {
			found.Detail += fmt.Sprintf(", %d %s", n, outcome)
		}
	}
	if len(r.Bad()) > 0 {
		found.Class = badClass
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
