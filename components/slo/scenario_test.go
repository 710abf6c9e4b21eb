package slo

import (
	"fmt"
	"maps"
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
	var points []value
	for _, p := range periods {
		points = append(points, measure(o, p))
	}
	return judge(o, limit, points)
}

// judge is the state after these data points, the newest last: as many as are evaluated, and the few before them that CloudWatch
// looks at for what is missing. TestJudge_TablesOfAWS holds it to AWS's own tables.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
func judge(o Objective, limit float64, points []value) string {
	points = points[max(0, len(points)-o.EvaluationPeriods-extraPeriods):]
	var known []bool // whether each breaches, the newest last
	oldest := 0      // how many periods ago the oldest that is known was
	for i, point := range points {
		if point.ok {
			known = append(known, broken(o, point.v, limit))
			oldest = max(oldest, len(points)-i)
		}
	}
	known = known[max(0, len(known)-o.EvaluationPeriods):]
	breaches := 0
	for _, breach := range known {
		if breach {
			breaches++
		}
	}
	missing := o.EvaluationPeriods - len(known)
	switch {
	case len(known) == 0 && o.MissingData == Unknown:
		return "INSUFFICIENT_DATA"
	case o.MissingData == Breaching && breaches+missing >= o.DatapointsToAlarm, breaches >= o.DatapointsToAlarm:
		return "ALARM"
	case o.MissingData == Unknown && missing > 0 && breaches == len(known) && oldest >= o.DatapointsToAlarm:
		return "ALARM" // all that is known is a breach, and it began long enough ago
	default:
		return "OK"
	}
}

// extraPeriods are looked at beyond those that are evaluated. AWS does not say how many; its examples have two.
const extraPeriods = 2

func measure(o Objective, p period) value {
	data := map[string]value{}
	for _, m := range o.Metrics {
		v, ok := p[m.ID]
		data[m.ID] = value{v: v, ok: ok}
	}
	if o.Math() == "" {
		return data[o.Metrics[0].ID]
	}
	return evaluate(o.Math(), data)
}

func TestExpressions_Values(t *testing.T) {
	for _, c := range []struct {
		anchor string
		in     period
		want   value
	}{
		{"routed-error-rate", period{"errors": 6, "requests": 100}, some(6)},
		{"routed-error-rate", period{"requests": 100}, some(0)}, // AWS leaves zero errors out
		{"routed-error-rate", period{}, some(0)},                // no requests
		{"routed-error-rate", period{"errors": 0, "requests": 0}, some(0)},
		{"routed-error-rate", period{"errors": 1, "requests": 1}, some(0)}, // one of one is no rate
		{"routed-error-rate", period{"errors": 4, "requests": 19}, some(0)},
		{"routed-error-rate", period{"errors": 5, "requests": 5}, some(100)}, // five are no accident
		{"routed-error-rate", period{"errors": 2, "requests": 20}, some(10)},
		{"routed-slow", period{"latency": 9, "requests": 19}, some(0)},
		{"routed-slow", period{"latency": 9, "requests": 20}, some(9)},
		{"routed-slow", period{}, some(0)},
		{"load-balancer-error-rate", period{"elb": 19}, some(0)}, // a scanner before the launch
		{"load-balancer-error-rate", period{"target": 1, "requests": 1}, some(0)},
		{"load-balancer-error-rate", period{"target": 2, "elb": 3, "requests": 100}, some(5)},
		{"load-balancer-error-rate", period{"target": 2, "requests": 100}, some(2)},
		{"load-balancer-error-rate", period{"elb": 40}, some(100)}, // no target: requests are not counted
		{"load-balancer-error-rate", period{"elb": 40, "requests": 10}, some(100)},
		{"load-balancer-error-rate", period{}, some(0)},
		{"cache-hit-rate", period{"hits": 70, "misses": 30}, some(70)},
		{"cache-hit-rate", period{"hits": 0, "misses": 99}, some(100)}, // too few to judge by
		{"cache-hit-rate", period{"hits": 0, "misses": 100}, some(0)},
		{"cache-hit-rate", period{"hits": 0, "misses": 0}, some(100)},
		{"cache-hit-rate", period{}, value{}},
		{"service-missing-tasks", period{"desired": 2, "running": 1}, some(1)},
		{"service-missing-tasks", period{"desired": 2, "running": 4}, some(-2)}, // during a rolling update
		{"service-missing-tasks", period{"desired": 2}, some(2)},                // what one of two series lacks is 0
		{"service-missing-tasks", period{}, value{}},
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
		if o.Math() == "" {
			continue
		}
		all := period{}
		for _, m := range o.Metrics {
			all[m.ID] = 1
			assert.Regexp(t, `\b`+m.ID+`\b`, o.Math(), "%s reads %q for nothing", o.Anchor, m.ID)
		}
		assert.NotPanics(t, func() { measure(o, all) }, "%s uses a series it does not read", o.Anchor)
	}
}

func TestScenarios(t *testing.T) {
	limits := allLimits(t)
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
		{"199 ms", "routed-latency", repeat(3, asked(0.199)), "OK"},
		{"200 ms is not below 200 ms", "routed-latency", repeat(3, asked(0.2)), "ALARM"},
		{"two seconds are not above two", "routed-slow", repeat(5, asked(2)), "OK"},
		{"2.1 s for three of five minutes", "routed-slow", []period{asked(2.1), asked(1), asked(2.1), asked(1), asked(2.1)}, "ALARM"},
		{"two slow requests a minute", "routed-slow", repeat(5, period{"latency": 9, "requests": 2}), "OK"},
		{"a scanner meets 503 before the launch", "load-balancer-error-rate", repeat(5, period{"elb": 5}), "OK"},
		{"80 % CPU is not below 80 %", "service-cpu", repeat(3, period{"cpu": 80}), "ALARM"},
		{"one busy period", "service-cpu", []period{{"cpu": 50}, {"cpu": 99}, {"cpu": 50}}, "OK"},
		{"a silent service is seen, not paged", "service-cpu", repeat(3, period{}), "INSUFFICIENT_DATA"},
		{"a task never starts", "service-missing-tasks", repeat(10, period{"desired": 2, "running": 1}), "ALARM"},
		{"scaling out took four minutes", "service-missing-tasks", append(repeat(4, period{"desired": 4, "running": 2}), repeat(6, period{"desired": 4, "running": 4})...), "OK"},
		{"the last target is gone", "routed-no-healthy-target", repeat(2, period{"healthy": 0}), "ALARM"},
		{"no target is registered", "routed-no-healthy-target", repeat(2, period{}), "INSUFFICIENT_DATA"},
		{"no target is registered", "availability-unavailable", repeat(3, period{}), "ALARM"},
		{"the last target is gone", "availability-unavailable", repeat(3, period{"healthy": 0}), "ALARM"},
		{"two minutes without a target", "availability-unavailable", append(repeat(3, period{"healthy": 1}), repeat(2, period{})...), "OK"},
		{"a deployment failed a moment ago", "deployments-failed", append(repeat(4, period{}), period{"failed": 1}), "ALARM"},
		{"a deployment failed ten minutes ago", "deployments-failed", append([]period{{"failed": 1}}, repeat(9, period{})...), "OK"},
		{"one target is left", "routed-no-healthy-target", repeat(2, period{"healthy": 1}), "OK"},
		{"99 of 200 connections", "database-connections", repeat(3, period{"connections": 99}), "OK"},
		{"100 of 200 connections", "database-connections", repeat(3, period{"connections": 100}), "ALARM"},
		{"11 GiB of 100 are free", "database-storage", repeat(3, period{"free": 11 * gib}), "OK"},
		{"9 GiB of 100 are free", "database-storage", repeat(3, period{"free": 9 * gib}), "ALARM"},
		{"70 % hits are not above 70 %", "cache-hit-rate", repeat(6, period{"hits": 70, "misses": 30}), "ALARM"},
		{"71 % hits", "cache-hit-rate", repeat(6, period{"hits": 71, "misses": 29}), "OK"},
		{"an idle replica", "cache-hit-rate", repeat(6, period{"hits": 0, "misses": 0}), "OK"},
		{"cold after a restart", "cache-hit-rate", append(repeat(5, period{"misses": 900, "hits": 0}), period{"hits": 900, "misses": 0}), "OK"},
		{"ten lookups at night, most of them missed", "cache-hit-rate", repeat(6, period{"hits": 1, "misses": 9}), "OK"},
		{"39 % of a node with two vCPUs", "cache-cpu", repeat(3, period{"cpu": 39}), "OK"},
		{"40 % of a node with two vCPUs is 80 % of one", "cache-cpu", repeat(3, period{"cpu": 40}), "ALARM"},
		{"80 % of the engine's thread", "cache-engine-cpu", repeat(3, period{"cpu": 80}), "ALARM"},
		{"a new node earns its first credits", "cache-cpu-credits", []period{{"credits": 0}, {"credits": 2}, {"credits": 4}, {"credits": 6}}, "OK"},
		{"an hour without credits", "database-cpu-credits", repeat(12, period{"credits": 1}), "ALARM"},
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

// asked is a period with enough requests, which took so long.
func asked(seconds float64) period { return period{"latency": seconds, "requests": 100} }

// allLimits are those of a database and of a cache node with two vCPUs.
func allLimits(t *testing.T) map[string]float64 {
	t.Helper()
	limits, err := DatabaseLimits("db.t4g.medium", 100, 200)
	require.NoError(t, err)
	node, _, err := CacheTarget("cache.t4g.small")
	require.NoError(t, err)
	maps.Copy(limits, node)
	return limits
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
