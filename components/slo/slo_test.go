package slo

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests prove that the table is complete, consistent and says what the
// runbook says. They do not prove that AWS publishes a metric under the name,
// dimensions and statistic given: no emulator at hand evaluates alarms.

func TestObjectives_EveryRowIsComplete(t *testing.T) {
	for _, o := range Objectives() {
		t.Run(o.Anchor, func(t *testing.T) {
			assert.Regexp(t, `^[a-z][a-z0-9-]*$`, o.ID)
			assert.NotEmpty(t, o.Title)
			assert.Contains(t, Scopes(), o.Scope)
			assert.Regexp(t, `^(runbook( \d\.\d:|, )|reason: )`, o.Source, "where the number comes from")
			assert.Contains(t, []Severity{Page, Notify}, o.Severity)
			assert.Contains(t, []Comparison{Greater, GreaterOrEqual, Less, LessOrEqual}, o.Comparison)
			assert.Contains(t, []Unit{Percent, Seconds, Count, Bytes, Ratio}, o.Unit)
			assert.Contains(t, []MissingData{Unknown, Harmless, Breaching}, o.MissingData)
			assert.NotEmpty(t, o.Metrics)
		})
	}
}

// What takes a deployment back wakes somebody: by itself, or by another row on the same number.
func TestObjectives_OnlyWhatPagesRollsBack(t *testing.T) {
	pages := map[string]bool{}
	for _, o := range Objectives() {
		pages[o.Metrics[0].Name] = pages[o.Metrics[0].Name] || o.Severity == Page
	}
	for _, o := range Objectives() {
		if o.Rollback {
			assert.True(t, pages[o.Metrics[0].Name], "%s: rolls a deployment back without waking anybody", o.Anchor)
		}
	}
}

// ECS does not monitor a deployment by an alarm that fires when it begins, and an alarm that silence sets off fires while
// nothing runs yet. So there are two on the same number.
func TestObjectives_SilenceJudgesNoDeployment(t *testing.T) {
	for _, o := range Objectives() {
		assert.False(t, o.Rollback && o.MissingData == Breaching, o.Anchor)
	}
	judges, pages := row(t, "routed-no-healthy-target"), row(t, "availability-unavailable")
	assert.Equal(t, judges.Metrics, pages.Metrics)
	assert.Equal(t, []any{true, Unknown, Notify}, []any{judges.Rollback, judges.MissingData, judges.Severity})
	assert.Equal(t, []any{false, Breaching, Page}, []any{pages.Rollback, pages.MissingData, pages.Severity})
}

func TestObjectives_EvaluationIsWhatCloudWatchAccepts(t *testing.T) {
	for _, o := range Objectives() {
		t.Run(o.Anchor, func(t *testing.T) {
			assert.Positive(t, o.PeriodSeconds)
			assert.Zero(t, o.PeriodSeconds%60, "periods are whole minutes")
			assert.GreaterOrEqual(t, o.DatapointsToAlarm, 1)
			assert.LessOrEqual(t, o.DatapointsToAlarm, o.EvaluationPeriods)
			assert.LessOrEqual(t, o.PeriodSeconds*o.EvaluationPeriods, 24*60*60, "an alarm looks back a day at most")
		})
	}
}

var statistic = regexp.MustCompile(`^(Average|Sum|Minimum|Maximum|p\d{1,2}(\.\d+)?)$`)

func TestObjectives_MetricsAreWellFormed(t *testing.T) {
	for _, o := range Objectives() {
		t.Run(o.Anchor, func(t *testing.T) {
			seen := map[string]bool{}
			for _, m := range o.Metrics {
				assert.Regexp(t, `^[a-z][a-zA-Z0-9_]*$`, m.ID)
				assert.False(t, seen[m.ID], "id %q twice", m.ID)
				seen[m.ID] = true
				assert.NotEmpty(t, m.Namespace)
				assert.NotEmpty(t, m.Name)
				assert.Regexp(t, statistic, m.Stat)
				assert.Equal(t, o.Scope == Logs, m.Filter != "", "log rows, and only they, count matches of a pattern")
				assert.NotContains(t, []string{"result"}, m.ID, "alarms call their expression so")
			}
			if o.Expression == "" {
				assert.Len(t, o.Metrics, 1, "several metrics need an expression")
			}
		})
	}
}

// A share of nothing is no share: what is a rate or a percentile needs enough to judge by, what is a level does not.
func TestObjectives_SharesNeedEnoughToJudgeBy(t *testing.T) {
	for _, o := range Objectives() {
		share := o.Expression != "" && !o.Direct || strings.HasPrefix(o.Metrics[0].Stat, "p")
		assert.Equal(t, share, o.Least > 0, o.Anchor)
		assert.Equal(t, share && o.Expression != "", len(o.Samples) > 0, o.Anchor)
		for _, m := range o.Metrics {
			assert.False(t, slices.Contains(o.Samples, m.ID) && m.Stat != "Sum", "%s: %s is no number of samples", o.Anchor, m.ID)
		}
		assert.Equal(t, share, o.Enough != "", "%s: what verification needs samples for, an alarm needs them for too", o.Anchor)
		assert.False(t, o.Direct && o.Least > 0, "%s: what is not measured needs no samples", o.Anchor)
	}
	assert.Contains(t, ErrorPattern(), "ERROR", "runbook 6.2")
}

func TestObjectives_NamesAreUnique(t *testing.T) {
	anchors, inScope := map[string]bool{}, map[string]bool{}
	oneRole := map[string]Scope{} // a service's alarms share their role, hence their names' start
	for _, o := range Objectives() {
		assert.False(t, anchors[o.Anchor], "anchor %q twice", o.Anchor)
		anchors[o.Anchor] = true
		key := string(o.Scope) + " " + o.ID
		assert.False(t, inScope[key], "%s twice", key)
		inScope[key] = true
		if o.Scope == Service || o.Scope == Routed || o.Scope == Logs {
			assert.Empty(t, oneRole[o.ID], "id %q: two alarms of a service would have one name", o.ID)
			oneRole[o.ID] = o.Scope
		}
	}
}

func TestObjectives_EveryScopeHasRowsAndNoneIsLost(t *testing.T) {
	total := 0
	for _, scope := range Scopes() {
		rows := For(scope, Burstable, FewCPUs, ManyCPUs)
		assert.NotEmpty(t, rows, scope)
		total += len(rows)
	}
	assert.Len(t, Objectives(), total)
	assert.Empty(t, For("elsewhere"))
}

func TestObjectives_IsAFreshCopy(t *testing.T) {
	Objectives()[0].Metrics[0].Name = "changed"
	assert.NotEqual(t, "changed", Objectives()[0].Metrics[0].Name)
}

func TestObjectives_RunbookNumbersAreExact(t *testing.T) {
	for _, want := range []struct {
		anchor     string
		metric     string
		stat       string
		comparison Comparison
		threshold  float64
		unit       Unit
		of         string
		quote      string
	}{
		{"load-balancer-error-rate", "HTTPCode_Target_5XX_Count", "Sum", Greater, 5, Percent, "", "5xx > 5%"},
		{"routed-error-rate", "HTTPCode_Target_5XX_Count", "Sum", Greater, 5, Percent, "", "5xx > 5%"},
		{"routed-latency", "TargetResponseTime", "p95", GreaterOrEqual, 0.2, Seconds, "", "<200ms p95"},
		{"routed-slow", "TargetResponseTime", "p95", Greater, 2, Seconds, "", "API response time > 2s"},
		{"service-cpu", "CPUUtilization", "Average", GreaterOrEqual, 80, Percent, "", "<80%"},
		{"service-memory", "MemoryUtilization", "Average", GreaterOrEqual, 80, Percent, "", "<80%"},
		{"database-connections", "DatabaseConnections", "Maximum", GreaterOrEqual, 0.5, Count, LimitMaxConnections, "<50% max"},
		{"cache-hit-rate", "CacheHits", "Sum", LessOrEqual, 70, Percent, "", ">70%"},
	} {
		t.Run(want.anchor, func(t *testing.T) {
			o := row(t, want.anchor)
			assert.Equal(t, want.metric, o.Metrics[0].Name)
			assert.Equal(t, want.stat, o.Metrics[0].Stat)
			assert.Equal(t, want.comparison, o.Comparison)
			assert.Equal(t, want.threshold, o.Threshold)
			assert.Equal(t, want.unit, o.Unit)
			assert.Equal(t, want.of, o.Of)
			assert.Contains(t, o.Source, want.quote)
		})
	}
}

func TestBroken_AtTheLimit(t *testing.T) {
	for _, c := range []struct {
		comparison       Comparison
		below, at, above bool
		promise          string
	}{
		{Greater, false, false, true, "at most 5"},
		{GreaterOrEqual, false, true, true, "below 5"},
		{Less, true, false, false, "at least 5"},
		{LessOrEqual, true, true, false, "above 5"},
		{"", false, false, false, "no comparison, no promise"},
	} {
		o := Objective{Comparison: c.comparison}
		assert.Equal(t, []bool{c.below, c.at, c.above}, []bool{broken(o, 4, 5), broken(o, 5, 5), broken(o, 6, 5)}, c.promise)
	}
}

func TestLimit(t *testing.T) {
	absolute, relative := row(t, "service-cpu"), row(t, "database-connections")

	limit, err := absolute.Limit(nil)
	require.NoError(t, err)
	assert.InDelta(t, 80, limit, 0)

	limit, err = relative.Limit(map[string]float64{LimitMaxConnections: 200})
	require.NoError(t, err)
	assert.InDelta(t, 100, limit, 0)

	_, err = relative.Limit(nil)
	require.EqualError(t, err, `objective "database-connections": limit "maxConnections": missing; pass it in the target's limits`)
	_, err = relative.Limit(map[string]float64{LimitMaxConnections: 0})
	require.EqualError(t, err, `objective "database-connections": limit "maxConnections": 0 is not positive`)
}

func TestNames(t *testing.T) {
	assert.Equal(t, "flowcomply-production-database-cpu", row(t, "database-cpu").AlarmName("flowcomply-production", "database"))
	logs, cpu := row(t, "log-errors"), row(t, "database-cpu")
	assert.Equal(t, "flowcomply-production-backend-errors", logs.MetricName(logs.Metrics[0], "flowcomply-production", "backend"))
	assert.Equal(t, "CPUUtilization", cpu.MetricName(cpu.Metrics[0], "flowcomply-production", "database"))
}

func TestDimensions_EveryScopeButTheseHasSome(t *testing.T) {
	for _, scope := range Scopes() {
		assert.Equal(t, scope == Logs || scope == MailAccount, len(scope.Dimensions()) == 0, scope)
		assert.IsIncreasing(t, append([]string{""}, scope.Dimensions()...), scope)
	}
	assert.Empty(t, Scope("elsewhere").Dimensions())
}

func row(t *testing.T, anchor string) Objective {
	t.Helper()
	for _, o := range Objectives() {
		if o.Anchor == anchor {
			return o
		}
	}
	t.Fatalf("no objective %q", anchor)
	return Objective{}
}
