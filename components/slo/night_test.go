package slo

import (
	gomath "math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests play what production goes through, minute by minute, to all rows at once, and want exactly the alarms that fire.
// The metrics are as AWS documents them: which are missing and not zero decides more than the numbers do. They do not prove that
// AWS reports so.

// timeline is a metric's values, one a minute; NaN is none. What was before the first is as the first.
type timeline []float64

var none = gomath.NaN()

func of(minutes int, v float64) timeline { return slices.Repeat(timeline{v}, minutes) }

// then joins timelines.
func then(parts ...timeline) timeline { return slices.Concat(parts...) }

// normal is an hour of a quiet afternoon, by scope and metric.
func normal() map[string]timeline {
	return map[string]timeline{
		"loadBalancer RequestCount": of(60, 300),
		"routed RequestCount":       of(60, 200), "routed TargetResponseTime": of(60, 0.08),
		"routed HealthyHostCount": of(60, 2), "routed UnHealthyHostCount": of(60, 0), "availability HealthyHostCount": of(60, 2),
		"service CPUUtilization": of(60, 20), "service MemoryUtilization": of(60, 40),
		"service DesiredTaskCount": of(60, 2), "service RunningTaskCount": of(60, 2),
		"database DatabaseConnections": of(60, 20), "database CPUUtilization": of(60, 10), "database FreeableMemory": of(60, 2*gib),
		"database FreeStorageSpace": of(60, 60*gib), "database MaximumUsedTransactionIDs": of(60, 1e8),
		"cache CacheHits": of(60, 90), "cache CacheMisses": of(60, 10), "cache Evictions": of(60, 0), "cache CPUUtilization": of(60, 3),
		"cache DatabaseMemoryUsagePercentage": of(60, 20), "cache CPUCreditBalance": of(60, 500), "logs errors": of(60, 0),
	}
}

// outcome is which alarms fired, and which have lost their data in the end, both sorted.
type outcome struct{ fired, blind []string }

// play evaluates every row at every minute, as CloudWatch does.
func play(t *testing.T, data map[string]timeline) outcome {
	t.Helper()
	_, traits, err := CacheTarget("cache.t4g.small")
	require.NoError(t, err)
	limits := allLimits(t)
	var got outcome
	read := map[string]bool{}
	for _, scope := range Scopes() {
		rows := For(scope)
		if scope == Cache {
			rows = For(scope, traits...)
		}
		for _, o := range rows {
			for _, m := range o.Metrics {
				read[string(scope)+" "+m.Name] = true
			}
			limit, err := o.Limit(limits)
			require.NoError(t, err)
			var last string
			for minute := 1; minute <= 60; minute++ {
				if last = at(o, limit, data, minute); last == "ALARM" && !slices.Contains(got.fired, o.Anchor) {
					got.fired = append(got.fired, o.Anchor)
				}
			}
			if last == "INSUFFICIENT_DATA" {
				got.blind = append(got.blind, o.Anchor)
			}
		}
	}
	for name := range data {
		assert.True(t, read[name], "no row reads %s", name)
	}
	slices.Sort(got.fired)
	slices.Sort(got.blind)
	return got
}

// at is a row's state once so many minutes are over. Its periods end there: they slide with the minutes.
func at(o Objective, limit float64, data map[string]timeline, minute int) string {
	length := o.PeriodSeconds / 60
	var points []value
	for i := o.EvaluationPeriods + extraPeriods; i > 0; i-- {
		p := period{}
		for _, m := range o.Metrics {
			if v, ok := statisticOf(m.Stat, data[string(o.Scope)+" "+m.Name], minute-i*length, length); ok {
				p[m.ID] = v
			}
		}
		points = append(points, measure(o, p))
	}
	return judge(o, limit, points)
}

// statisticOf is a metric's statistic over some minutes; false where there is no data point. A percentile of several minutes is
// that of the worst of them.
func statisticOf(stat string, line timeline, from, minutes int) (float64, bool) {
	var points []float64
	for minute := from; minute < from+minutes && len(line) > 0; minute++ {
		if v := line[min(max(minute, 0), len(line)-1)]; !gomath.IsNaN(v) {
			points = append(points, v)
		}
	}
	if len(points) == 0 {
		return 0, false
	}
	sum := 0.0
	for _, v := range points {
		sum += v
	}
	switch stat {
	case "Sum":
		return sum, true
	case "Average":
		return sum / float64(len(points)), true
	case "Minimum":
		return slices.Min(points), true
	default:
		return slices.Max(points), true
	}
}

func TestStories(t *testing.T) {
	for _, c := range []struct {
		name         string
		happens      func(map[string]timeline)
		fired, blind []string
	}{
		{"a quiet afternoon", func(map[string]timeline) {}, nil, nil},
		{"a quiet night: nobody asks", func(d map[string]timeline) {
			for _, m := range []string{"loadBalancer RequestCount", "routed RequestCount", "routed TargetResponseTime"} {
				d[m] = of(60, none)
			}
			d["cache CacheHits"], d["cache CacheMisses"] = of(60, 0), of(60, 1)
		}, nil, nil},
		{"one failed request a minute, and no other, all night", func(d map[string]timeline) {
			d["loadBalancer RequestCount"], d["routed RequestCount"], d["routed TargetResponseTime"] = of(60, 1), of(60, 1), of(60, 9)
			d["loadBalancer HTTPCode_Target_5XX_Count"], d["routed HTTPCode_Target_5XX_Count"] = of(60, 1), of(60, 1)
		}, nil, nil},
		{"one failed request among many", func(d map[string]timeline) {
			d["routed HTTPCode_Target_5XX_Count"] = then(of(30, none), of(1, 1), of(29, none))
			d["loadBalancer HTTPCode_Target_5XX_Count"] = d["routed HTTPCode_Target_5XX_Count"]
		}, nil, nil},
		{"hardly anybody asks, and everybody fails", func(d map[string]timeline) {
			d["loadBalancer RequestCount"], d["routed RequestCount"] = of(60, 6), of(60, 6)
			d["loadBalancer HTTPCode_Target_5XX_Count"], d["routed HTTPCode_Target_5XX_Count"] = of(60, 6), of(60, 6)
		}, []string{"routed-error-rate"}, nil},
		{"a bad release: one request in ten fails, and p95 is 3 s", func(d map[string]timeline) {
			d["routed HTTPCode_Target_5XX_Count"] = then(of(20, none), of(40, 20))
			d["loadBalancer HTTPCode_Target_5XX_Count"] = d["routed HTTPCode_Target_5XX_Count"]
			d["routed TargetResponseTime"] = then(of(20, 0.08), of(40, 3))
		}, []string{"load-balancer-error-rate", "routed-error-rate", "routed-latency", "routed-slow"}, nil},
		{"launch day: a scanner asks before there is a task, and tasks come after half an hour", launchDay,
			[]string{"availability-unavailable"}, nil},
		{"a failover of the database: two minutes without it, and every request fails", func(d map[string]timeline) {
			failing := then(of(30, none), of(2, 200), of(28, none))
			d["routed HTTPCode_Target_5XX_Count"], d["loadBalancer HTTPCode_Target_5XX_Count"] = failing, failing
			d["database DatabaseConnections"] = then(of(30, 20), of(2, none), of(28, 20))
			d["database CPUUtilization"] = then(of(30, 10), of(2, none), of(28, 30))
		}, nil, nil},
		{"a failover that took five minutes", func(d map[string]timeline) {
			failing := then(of(30, none), of(5, 200), of(25, none))
			d["routed HTTPCode_Target_5XX_Count"], d["loadBalancer HTTPCode_Target_5XX_Count"] = failing, failing
		}, []string{"load-balancer-error-rate", "routed-error-rate"}, nil},
		{"a deployment: twice the tasks, a target that is not healthy yet, and colder caches", func(d map[string]timeline) {
			d["service RunningTaskCount"] = then(of(20, 2), of(4, 4), of(36, 2))
			d["routed HealthyHostCount"] = then(of(20, 2), of(4, 4), of(36, 2))
			d["availability HealthyHostCount"] = d["routed HealthyHostCount"]
			d["routed UnHealthyHostCount"] = then(of(20, 0), of(3, 2), of(37, 0))
			d["service CPUUtilization"] = then(of(20, 20), of(4, 85), of(36, 25))
			d["cache CacheMisses"] = then(of(20, 10), of(10, 60), of(30, 10))
		}, nil, nil},
		{"a deployment fails", func(d map[string]timeline) {
			d["deployments TriggeredRules"] = then(of(30, none), of(1, 1), of(29, none))
		}, []string{"deployments-failed"}, nil},
		{"desired 0: no task, no target, and the load balancer answers", func(d map[string]timeline) {
			for _, m := range []string{
				"routed HealthyHostCount", "routed UnHealthyHostCount", "availability HealthyHostCount", "routed RequestCount",
				"routed TargetResponseTime", "service CPUUtilization", "service MemoryUtilization", "loadBalancer RequestCount",
			} {
				d[m] = then(d[m][:20], of(40, none))
			}
			d["service DesiredTaskCount"], d["service RunningTaskCount"] = then(of(20, 2), of(40, 0)), then(of(20, 2), of(40, 0))
			d["loadBalancer HTTPCode_ELB_5XX_Count"] = then(of(20, none), of(40, 100))
		}, []string{"availability-unavailable", "load-balancer-error-rate"},
			[]string{"routed-no-healthy-target", "routed-unhealthy-targets", "service-cpu", "service-memory"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := normal()
			c.happens(data)
			got := play(t, data)
			assert.Equal(t, c.fired, got.fired, "fired")
			assert.Equal(t, c.blind, got.blind, "blind in the end")
		})
	}
}

// launchDay is the first update: the load balancer is there, tasks after half an hour, and users after three quarters.
func launchDay(d map[string]timeline) {
	for name, line := range d {
		if !strings.HasPrefix(name, "logs") {
			d[name] = then(of(30, none), line[:30])
		}
	}
	d["loadBalancer HTTPCode_ELB_5XX_Count"] = then(of(30, 6), of(30, none))
	d["loadBalancer RequestCount"], d["routed RequestCount"] = then(of(45, none), of(15, 60)), then(of(45, none), of(15, 50))
	d["routed TargetResponseTime"] = then(of(45, none), of(15, 0.1))
	d["cache CacheHits"], d["cache CacheMisses"] = then(of(30, none), of(15, 0), of(15, 40)), then(of(30, none), of(5, 8), of(25, 2))
	d["cache CPUCreditBalance"] = then(of(30, none), of(5, 0), of(5, 2), of(5, 4), of(15, 6))
	d["service CPUUtilization"] = then(of(30, none), of(3, 95), of(27, 20)) // as tasks start
}
