package slo

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests play minutes of traffic against the rows and ask whether the
// alarm fires. They prove the expressions, thresholds and M-of-N counts as
// written; the evaluator in math_test.go stands in for CloudWatch.

// period is one period's data points by metric id; an id that is absent has none.
type period map[string]float64

// state says what CloudWatch would make of the last EvaluationPeriods periods.
func state(o Objective, limit float64, periods []period) string {
	if len(periods) > o.EvaluationPeriods {
		periods = periods[len(periods)-o.EvaluationPeriods:]
	}
	breaches, known := 0, 0
	for _, p := range periods {
		point := measure(o, p)
		if point.ok {
			known++
		}
		if point.ok && broken(o, point.v, limit) {
			breaches++
		}
	}
	switch {
	case breaches >= o.DatapointsToAlarm:
		return "ALARM"
	case known == 0 && o.MissingData == Unknown:
		return "INSUFFICIENT_DATA"
	default:
		return "OK"
	}
}

func measure(o Objective, p period) value {
	data := map[string]value{}
	for _, m := range o.Metrics {
		v, ok := p[m.ID]
		data[m.ID] = value{v, ok}
	}
	if o.Expression == "" {
		return data[o.Metrics[0].ID]
	}
	return evaluate(o.Expression, data)
}

func TestExpressions_Values(t *testing.T) {
	for _, c := range []struct {
		anchor string
		in     period
		want   value
	}{
		{"routed-error-rate", period{"errors": 6, "requests": 100}, some(6)},
		{"routed-error-rate", period{"requests": 100}, some(0)}, // AWS leaves zero errors out
		{"routed-error-rate", period{}, value{}},                // no requests
		{"routed-error-rate", period{"errors": 0, "requests": 0}, value{}},
		{"load-balancer-error-rate", period{"target": 2, "elb": 3, "requests": 100}, some(5)},
		{"load-balancer-error-rate", period{"target": 2, "requests": 100}, some(2)},
		{"load-balancer-error-rate", period{"elb": 40}, some(100)}, // no target: requests are not counted
		{"load-balancer-error-rate", period{"elb": 40, "requests": 10}, some(100)},
		{"load-balancer-error-rate", period{}, some(0)},
		{"cache-hit-rate", period{"hits": 70, "misses": 30}, some(70)},
		{"cache-hit-rate", period{"hits": 0, "misses": 9}, some(0)},
		{"cache-hit-rate", period{"hits": 0, "misses": 0}, some(100)},
		{"cache-hit-rate", period{}, value{}},
		{"service-missing-tasks", period{"desired": 2, "running": 1}, some(1)},
		{"service-missing-tasks", period{"desired": 2, "running": 4}, some(-2)}, // during a rolling update
		{"service-missing-tasks", period{"desired": 2}, value{}},
	} {
		t.Run(fmt.Sprint(c.anchor, c.in), func(t *testing.T) {
			got := measure(row(t, c.anchor), c.in)
			assert.Equal(t, c.want.ok, got.ok)
			assert.InDelta(t, c.want.v, got.v, 1e-9)
		})
	}
}

func TestExpressions_UseEveryMetricAndNoOther(t *testing.T) {
	for _, o := range Objectives() {
		if o.Expression == "" {
			continue
		}
		all := period{}
		for _, m := range o.Metrics {
			all[m.ID] = 1
			assert.Regexp(t, `\b`+m.ID+`\b`, o.Expression, "%s reads %q for nothing", o.Anchor, m.ID)
		}
		assert.NotPanics(t, func() { measure(o, all) }, "%s uses a series it does not read", o.Anchor)
	}
}

func TestScenarios(t *testing.T) {
	limits, err := DatabaseLimits("db.t4g.medium", 100, 200)
	require.NoError(t, err)
	for _, c := range []struct {
		story   string
		anchor  string
		periods []period
		want    string
	}{
		{"exactly 5 % is not above 5 %", "routed-error-rate", repeat(5, period{"errors": 5, "requests": 100}), "OK"},
		{"6 % for three minutes", "routed-error-rate", append(repeat(2, period{"requests": 100}), repeat(3, period{"errors": 6, "requests": 100})...), "ALARM"},
		{"6 % for two minutes only", "routed-error-rate", append(repeat(3, period{"requests": 100}), repeat(2, period{"errors": 6, "requests": 100})...), "OK"},
		{"nobody asks at night", "routed-error-rate", repeat(5, period{}), "OK"},
		{"one failed request among silence", "routed-error-rate", append(repeat(4, period{}), period{"errors": 1, "requests": 1}), "OK"},
		{"outage: no target answers", "load-balancer-error-rate", repeat(3, period{"elb": 20}), "ALARM"},
		{"nobody asks at night", "load-balancer-error-rate", repeat(5, period{}), "OK"},
		{"199 ms", "routed-latency", repeat(3, period{"latency": 0.199}), "OK"},
		{"200 ms is not below 200 ms", "routed-latency", repeat(3, period{"latency": 0.2}), "ALARM"},
		{"two seconds are not above two", "routed-slow", repeat(5, period{"latency": 2}), "OK"},
		{"2.1 s for three of five minutes", "routed-slow", []period{{"latency": 2.1}, {"latency": 1}, {"latency": 2.1}, {"latency": 1}, {"latency": 2.1}}, "ALARM"},
		{"80 % CPU is not below 80 %", "service-cpu", repeat(3, period{"cpu": 80}), "ALARM"},
		{"one busy period", "service-cpu", []period{{"cpu": 50}, {"cpu": 99}, {"cpu": 50}}, "OK"},
		{"a silent service is seen, not paged", "service-cpu", repeat(3, period{}), "INSUFFICIENT_DATA"},
		{"a task never starts", "service-missing-tasks", repeat(10, period{"desired": 2, "running": 1}), "ALARM"},
		{"scaling out took four minutes", "service-missing-tasks", append(repeat(4, period{"desired": 4, "running": 2}), repeat(6, period{"desired": 4, "running": 4})...), "OK"},
		{"the last target is gone", "routed-no-healthy-target", repeat(2, period{"healthy": 0}), "ALARM"},
		{"one target is left", "routed-no-healthy-target", repeat(2, period{"healthy": 1}), "OK"},
		{"99 of 200 connections", "database-connections", repeat(3, period{"connections": 99}), "OK"},
		{"100 of 200 connections", "database-connections", repeat(3, period{"connections": 100}), "ALARM"},
		{"11 GiB of 100 are free", "database-storage", repeat(3, period{"free": 11 * gib}), "OK"},
		{"9 GiB of 100 are free", "database-storage", repeat(3, period{"free": 9 * gib}), "ALARM"},
		{"70 % hits are not above 70 %", "cache-hit-rate", repeat(6, period{"hits": 70, "misses": 30}), "ALARM"},
		{"71 % hits", "cache-hit-rate", repeat(6, period{"hits": 71, "misses": 29}), "OK"},
		{"an idle replica", "cache-hit-rate", repeat(6, period{"hits": 0, "misses": 0}), "OK"},
		{"cold after a restart", "cache-hit-rate", append(repeat(5, period{"misses": 9, "hits": 0}), period{"hits": 9, "misses": 0}), "OK"},
		{"a primary has no lag to report", "cache-replication-lag", repeat(5, period{}), "OK"},
		{"one stray error", "log-errors", []period{{"errors": 0}, {"errors": 3}, {"errors": 0}}, "OK"},
		{"errors for a quarter of an hour", "log-errors", repeat(3, period{"errors": 1}), "ALARM"},
	} {
		t.Run(c.anchor+": "+c.story, func(t *testing.T) {
			o := row(t, c.anchor)
			limit, err := o.Limit(limits)
			require.NoError(t, err)
			assert.Equal(t, c.want, state(o, limit, c.periods))
		})
	}
}

func repeat(n int, p period) []period {
	out := make([]period, n)
	for i := range out {
		out[i] = p
	}
	return out
}

// broken tells whether CloudWatch takes a value for a breach, given Limit's number.
func broken(o Objective, value, limit float64) bool {
	switch o.Comparison {
	case Greater:
		return value > limit
	case GreaterOrEqual:
		return value >= limit
	case Less:
		return value < limit
	case LessOrEqual:
		return value <= limit
	}
	return false
}
