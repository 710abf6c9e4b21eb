package alarm

import (
	"maps"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
	"github.com/flowcomply/infrastructure/components/slo"
)

// These tests prove what is asked of CloudWatch for every row of every scope.
// They do not prove that an alarm fires: no emulator evaluates them. What the
// rows mean is tested in package slo.

const alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm"

func validArgs() Args {
	return Args{
		Stack: "flowcomply-production", RunbookURL: "https://example.com/alarms.md",
		PageTopicArn: pulumi.String("arn:page"), NotifyTopicArn: pulumi.String("arn:notify"),
	}
}

// targets has one valid target for each scope.
func targets(t *testing.T) map[slo.Scope]Target {
	t.Helper()
	limits, err := slo.DatabaseLimits("db.t4g.medium", 100, 200)
	require.NoError(t, err)
	node, _, err := slo.CacheTarget("cache.t4g.small")
	require.NoError(t, err)
	maps.Copy(limits, node)
	out := map[slo.Scope]Target{}
	for _, scope := range slo.Scopes() {
		target := Target{Role: string(scope), Traits: []slo.Trait{slo.Burstable, slo.FewCPUs, slo.ManyCPUs}, Dimensions: map[string]pulumi.StringInput{}, Limits: limits}
		for _, dimension := range scope.Dimensions() {
			target.Dimensions[dimension] = pulumi.String("value-of-" + dimension)
		}
		if scope == slo.Logs {
			target.LogGroup = pulumi.String("/ecs/flowcomply-backend")
		}
		out[scope] = target
	}
	return out
}

// every declares the alarms of all scopes in one program.
func every(t *testing.T) (*record.Graph, map[slo.Scope]*Set) {
	t.Helper()
	sets := map[slo.Scope]*Set{}
	graph := record.Run(t, func(ctx *pulumi.Context) error {
		for _, scope := range slo.Scopes() {
			set, err := New(ctx, "on-"+string(scope), scope, targets(t)[scope], validArgs())
			if err != nil {
				return err
			}
			sets[scope] = set
		}
		return nil
	})
	return graph, sets
}

func TestNew_Graph(t *testing.T) {
	graph, sets := every(t)
	graph.Golden(t, "every-scope")
	assert.Equal(t, len(sets)+1, graph.Registrations, "one registration of outputs for each set and one for the stack")
}

func TestNew_OneAlarmPerObjectiveWithItsNumbers(t *testing.T) {
	graph, _ := every(t)
	assert.Len(t, graph.Of(alarmType), len(slo.Objectives()))
	for _, o := range slo.Objectives() {
		t.Run(o.Anchor, func(t *testing.T) {
			alarm := graph.One(t, alarmType, "on-"+string(o.Scope)+"-"+o.ID)
			limit, err := o.Limit(targets(t)[o.Scope].Limits)
			require.NoError(t, err)
			alarmTopics := map[slo.Severity][]any{slo.Page: {"arn:page"}, slo.Notify: {"arn:notify"}}[o.Severity]
			want := map[string]any{
				"name":               "flowcomply-production-" + string(o.Scope) + "-" + o.ID,
				"alarmDescription":   o.Title + ". Runbook: https://example.com/alarms.md#" + o.Anchor + " (" + o.Source + ")",
				"actionsEnabled":     true,
				"alarmActions":       alarmTopics,
				"comparisonOperator": string(o.Comparison),
				"threshold":          limit,
				"evaluationPeriods":  float64(o.EvaluationPeriods),
				"datapointsToAlarm":  float64(o.DatapointsToAlarm),
				"treatMissingData":   string(o.MissingData),
			}
			got := alarm.Plain()
			for key, value := range want {
				assert.Equal(t, value, got[key], key)
			}
			assert.LessOrEqual(t, len(got["alarmDescription"].(string)), 1024, "CloudWatch's limit")
			assert.LessOrEqual(t, len(got["name"].(string)), 255, "CloudWatch's limit")
			assert.Equal(t, o.Severity == slo.Page, got["okActions"] != nil, "what mails says nothing when it is over")
			assert.Equal(t, o.MissingData == slo.Unknown, got["insufficientDataActions"] != nil)
			assert.NotContains(t, got, "unit", "a unit filters metrics and can blind the alarm")
		})
	}
}

func TestNew_SingleMetric(t *testing.T) {
	graph, _ := every(t)
	cpu := graph.One(t, alarmType, "on-service-cpu").Plain()
	assert.Equal(t, "AWS/ECS", cpu["namespace"])
	assert.Equal(t, "CPUUtilization", cpu["metricName"])
	assert.Equal(t, "Average", cpu["statistic"])
	assert.InDelta(t, 300, cpu["period"], 0)
	assert.Equal(t, map[string]any{"ClusterName": "value-of-ClusterName", "ServiceName": "value-of-ServiceName"}, cpu["dimensions"])
	assert.NotContains(t, cpu, "extendedStatistic")
	assert.NotContains(t, cpu, "metricQueries")
}

func TestNew_PercentileIsThatOfEnoughRequests(t *testing.T) {
	graph, _ := every(t)
	latency := graph.One(t, alarmType, "on-routed-latency")
	assert.Equal(t, "p95", latency.Get("metricQueries.0.metric.stat"))
	assert.Equal(t, "IF(FILL(requests, 0) >= 20, latency, 0)", latency.Get("metricQueries.2.expression"))
	assert.InDelta(t, 0.2, latency.Get("threshold"), 0)
}

// OK closes the incident at the pager, and would be a mail from each alarm that gets its first data.
func TestNew_OnlyWhatPagesSaysThatItIsOver(t *testing.T) {
	graph, _ := every(t)
	assert.Equal(t, []any{"arn:page"}, graph.One(t, alarmType, "on-routed-slow").Get("okActions"))
	assert.Nil(t, graph.One(t, alarmType, "on-routed-latency").Get("okActions"))
}

// Blind alarms mail, also those that page: nobody has to be woken by them.
func TestNew_BlindAlarmsTellTheMailboxes(t *testing.T) {
	graph, _ := every(t)
	for name, want := range map[string]any{
		"on-service-missing-tasks": []any{"arn:notify"}, "on-database-storage": []any{"arn:notify"}, "on-database-cpu": []any{"arn:notify"},
		"on-routed-slow": nil, "on-logs-log-errors": nil, "on-availability-unavailable": nil,
	} {
		assert.Equal(t, want, graph.One(t, alarmType, name).Get("insufficientDataActions"), name)
	}
}

func TestNew_WaitsForWhatMakesItsSilenceMeanSomething(t *testing.T) {
	graph := record.Run(t, func(ctx *pulumi.Context) error {
		first, err := New(ctx, "first", slo.Logs, targets(t)[slo.Logs], validArgs())
		if err != nil {
			return err
		}
		target := targets(t)[slo.Availability]
		target.After = first.Resources
		_, err = New(ctx, "second", slo.Availability, target, validArgs())
		return err
	})
	on := graph.One(t, alarmType, "second-unavailable").DependsOn
	require.Len(t, on, 1)
	assert.Contains(t, on[0], "::first-log-errors")
}

func TestNew_AMutedTargetTellsNobody(t *testing.T) {
	target := targets(t)[slo.Availability]
	target.Muted = true
	graph := record.Run(t, func(ctx *pulumi.Context) error {
		_, err := New(ctx, "on-availability", slo.Availability, target, validArgs())
		return err
	})
	assert.Equal(t, false, graph.One(t, alarmType, "on-availability-unavailable").Get("actionsEnabled"))
}

func TestNew_TraitsChooseTheRows(t *testing.T) {
	for _, c := range []struct {
		traits []slo.Trait
		want   []string
	}{
		{[]slo.Trait{slo.FewCPUs, slo.Burstable}, []string{"cpu", "cpu-credits"}},
		{[]slo.Trait{slo.ManyCPUs}, []string{"engine-cpu"}},
	} {
		target := targets(t)[slo.Cache]
		target.Traits = c.traits
		graph := record.Run(t, func(ctx *pulumi.Context) error {
			set, err := New(ctx, "on", slo.Cache, target, validArgs())
			if err == nil {
				assert.Len(t, set.Rows(), len(set.Names))
			}
			return err
		})
		var got []string
		for _, r := range graph.Of(alarmType) {
			if strings.Contains(r.Name, "cpu") {
				got = append(got, strings.TrimPrefix(r.Name, "on-"))
			}
		}
		assert.ElementsMatch(t, c.want, got)
	}
}

func TestNew_RelativeThreshold(t *testing.T) {
	graph, _ := every(t)
	assert.InDelta(t, 100, graph.One(t, alarmType, "on-database-connections").Get("threshold"), 0, "half of 200")
}

func TestNew_MetricMath(t *testing.T) {
	graph, _ := every(t)
	rate := graph.One(t, alarmType, "on-routed-error-rate").Plain()
	metric := func(name string) map[string]any {
		return map[string]any{
			"namespace": "AWS/ApplicationELB", "metricName": name, "stat": "Sum", "period": 60.0,
			"dimensions": map[string]any{"LoadBalancer": "value-of-LoadBalancer", "TargetGroup": "value-of-TargetGroup"},
		}
	}
	assert.Equal(t, []any{
		map[string]any{"id": "errors", "metric": metric("HTTPCode_Target_5XX_Count"), "returnData": false},
		map[string]any{"id": "requests", "metric": metric("RequestCount"), "returnData": false},
		map[string]any{
			"id": "result", "expression": "IF(FILL(requests, 0) >= 20 OR FILL(errors, 0) >= 5, 100 * FILL(errors, 0) / requests, 0)",
			"label": "More than 5 % of the service's requests end in a 5xx answer", "returnData": true,
		},
	}, rate["metricQueries"])
	for _, alone := range []string{"namespace", "metricName", "dimensions", "period", "statistic", "extendedStatistic"} {
		assert.NotContains(t, rate, alone, "CloudWatch refuses it beside metricQueries")
	}
}

func TestNew_MetricMathReturnsExactlyOneSeries(t *testing.T) {
	graph, _ := every(t)
	for _, alarm := range graph.Of(alarmType) {
		queries, ok := alarm.Get("metricQueries").([]any)
		if !ok {
			continue
		}
		returned := 0
		for _, q := range queries {
			if q.(map[string]any)["returnData"] == true {
				returned++
			}
		}
		assert.Equal(t, 1, returned, alarm.Name)
	}
}

func TestNew_LogErrorsAreCountedByAFilter(t *testing.T) {
	graph, _ := every(t)
	filter := graph.One(t, "aws:cloudwatch/logMetricFilter:LogMetricFilter", "on-logs-log-errors-errors").Plain()
	assert.Equal(t, "/ecs/flowcomply-backend", filter["logGroupName"])
	assert.Equal(t, slo.ErrorPattern(), filter["pattern"])
	assert.Equal(t, map[string]any{
		"namespace": "FlowComply/Logs", "name": "flowcomply-production-logs-errors", "value": "1", "defaultValue": "0",
	}, filter["metricTransformation"])

	alarm := graph.One(t, alarmType, "on-logs-log-errors").Plain()
	assert.Equal(t, "FlowComply/Logs", alarm["namespace"])
	assert.Equal(t, "flowcomply-production-logs-errors", alarm["metricName"], "what the filter writes")
	assert.NotContains(t, alarm, "dimensions")
}

func TestNew_LogErrorsAreWhatTheStackFileSays(t *testing.T) {
	args := validArgs()
	args.ErrorPattern = `{ $.severity = "CRITICAL" }`
	graph := record.Run(t, func(ctx *pulumi.Context) error {
		_, err := New(ctx, "logs", slo.Logs, targets(t)[slo.Logs], args)
		return err
	})
	assert.Equal(t, args.ErrorPattern, graph.One(t, "aws:cloudwatch/logMetricFilter:LogMetricFilter", "logs-log-errors-errors").Get("pattern"))
}

func TestSet_NamesAreTheAlarmsNames(t *testing.T) {
	graph, sets := every(t)
	var declared, named []string
	for _, alarm := range graph.Of(alarmType) {
		declared = append(declared, alarm.Get("name").(string))
	}
	for _, set := range sets {
		assert.IsIncreasing(t, append([]string{""}, set.Names...))
		assert.Subset(t, set.Names, set.Rollback)
		named = append(named, set.Names...)
	}
	assert.ElementsMatch(t, declared, named)
	assert.Equal(t, []string{
		"flowcomply-production-routed-error-rate", "flowcomply-production-routed-no-healthy-target", "flowcomply-production-routed-slow",
	}, sets[slo.Routed].Rollback)
	assert.Empty(t, sets[slo.Service].Rollback, "high CPU is no reason to go back")
}
