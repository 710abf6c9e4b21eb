package awschecks

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
	"github.com/flowcomply/infrastructure/verify/outputs"
	"github.com/flowcomply/infrastructure/verify/outputs/outputstest"
)

// A hand-written CloudWatch answers here: what metric math makes of data points
// is not proved, only what is made of its answers.

type fakeMetrics struct {
	values  map[string][]float64 // by query
	status  types.StatusCode
	request *cloudwatch.GetMetricDataInput

	requests int
	fails    int // how many requests from the first on
}

func alone(o outputs.Objective, window time.Duration, api MetricReader) *Window {
	return NewWindow([]outputs.Objective{o}, window, api)
}

func (f *fakeMetrics) GetMetricData(_ context.Context, in *cloudwatch.GetMetricDataInput, _ ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricDataOutput, error) {
	f.request = in
	f.requests++
	if f.fails > 0 {
		f.fails--
		return nil, errors.New("no answer")
	}
	out := &cloudwatch.GetMetricDataOutput{}
	for _, query := range in.MetricDataQueries {
		_, id, _ := strings.Cut(*query.Id, "_")
		out.MetricDataResults = append(out.MetricDataResults, types.MetricDataResult{Id: query.Id, Label: query.Id, Values: f.values[id], StatusCode: f.status})
	}
	return out, nil
}

func errorRate(t *testing.T) outputs.Objective { return outputstest.Example(t).Objectives[0] }
func p95(t *testing.T) outputs.Objective       { return outputstest.Example(t).Objectives[1] }

func TestMeasured(t *testing.T) {
	rate, slow := errorRate(t), p95(t)
	cpu := outputs.Objective{Name: "backend-cpu", Title: "CPU use is not below 80 %", Runbook: "docs#cpu", Unit: "percent", Threshold: 80,
		Comparison: string(types.ComparisonOperatorGreaterThanOrEqualToThreshold), MissingData: "missing", Metrics: []outputs.Metric{{ID: "cpu", Stat: "Average"}}}
	lag := cpu
	lag.MissingData = outputs.Harmless
	free := cpu
	free.Unit, free.Threshold, free.Comparison = "bytes", 10<<20, string(types.ComparisonOperatorLessThanThreshold)
	hits := cpu
	hits.Threshold, hits.Comparison = 70, string(types.ComparisonOperatorLessThanOrEqualToThreshold)
	type values = map[string][]float64
	for name, tc := range map[string]struct {
		objective outputs.Objective
		values    values
		outcome   check.Outcome
		says      string
	}{
		"rate fine":              {rate, values{outputs.ValueID: {0.5}, "requests": {200}}, check.OK, "0.5 % (breach at > 5 %; 200 samples in 15m)"},
		"rate at the limit":      {rate, values{outputs.ValueID: {5}, "requests": {200}}, check.OK, "5 %"},
		"rate broken":            {rate, values{outputs.ValueID: {6}, "requests": {200}}, check.FailedNow, "More than 5 % of the service's requests end in a 5xx answer: 6 % (breach at > 5 %; 200 samples in 15m)"},
		"rate of too few":        {rate, values{outputs.ValueID: {50}, "requests": {4}}, check.NotEnoughData, "50 %, but of 4 samples in 15m, and fewer than 20 say nothing"},
		"no request":             {rate, nil, check.NotEnoughData, "no data in 15m"},
		"p95 fine":               {slow, values{"latency": {0.0421}, outputs.SamplesID: {20}}, check.OK, "42.1 ms (breach at >= 200 ms; 20 samples in 15m)"},
		"p95 at the limit":       {slow, values{"latency": {0.2}, outputs.SamplesID: {20}}, check.FailedNow, "200 ms"},
		"p95 of too few":         {slow, values{"latency": {0.9}, outputs.SamplesID: {19}}, check.NotEnoughData, "900 ms"},
		"level fine":             {cpu, values{"cpu": {12.345678}, outputs.SamplesID: {1}}, check.OK, "12.35 % (breach at >= 80 %; 1 sample in 15m)"},
		"level broken":           {cpu, values{"cpu": {80}, outputs.SamplesID: {15}}, check.FailedNow, "CPU use is not below 80 %: 80 %"},
		"level unknown":          {cpu, nil, check.NotEnoughData, "no data in 15m"},
		"silence is as good":     {lag, nil, check.OK, "nothing reported in 15m, which is as good"},
		"storage low":            {free, values{"cpu": {9 << 20}}, check.FailedNow, "9 MiB (breach at < 10 MiB"},
		"storage fine":           {free, values{"cpu": {11 << 20}}, check.OK, "11 MiB"},
		"hit rate at the limit":  {hits, values{"cpu": {70}}, check.FailedNow, "70 %"},
		"hit rate fine":          {hits, values{"cpu": {70.1}}, check.OK, "70.1 %"},
		"cut in two, worst last": {rate, values{outputs.ValueID: {1, 7}, "requests": {100, 100}}, check.FailedNow, "7 % (breach at > 5 %; 200 samples"},
		"cut in two, worst low":  {free, values{"cpu": {9 << 20, 99 << 20}}, check.FailedNow, "9 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			got := checktest.One(t, Measured(tc.objective, alone(tc.objective, 15*time.Minute, &fakeMetrics{values: tc.values}), 4*time.Second, nil))
			checktest.Expect(t, got, tc.outcome, tc.says)
			assert.Zero(t, got.Took, "a window does not change while one waits")
		})
	}
}

func TestMeasured_AsksForTheWholeWindowAtOnce(t *testing.T) {
	f := &fakeMetrics{values: map[string][]float64{outputs.ValueID: {1}, "requests": {30}}}
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(90 * time.Second) // on synctest's clock: from midnight to 00:01:30
		report := check.Run(t.Context(), []check.Check{Measured(errorRate(t), alone(errorRate(t), 5*time.Minute, f), time.Second, nil)}, check.Options{})
		assert.Equal(t, map[string]float64{"metrics.backend-error-rate": 1, "metrics.backend-error-rate.samples": 30}, report.Results[0].Facts)
	})
	midnight := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	assert.True(t, f.request.StartTime.Equal(midnight.Add(-4*time.Minute)), f.request.StartTime)
	assert.True(t, f.request.EndTime.Equal(midnight.Add(2*time.Minute)), f.request.EndTime)
	require.Len(t, f.request.MetricDataQueries, 4, "two metrics, their number, and what they come to")
	for _, query := range f.request.MetricDataQueries {
		if query.MetricStat == nil {
			assert.Equal(t, "100 * FILL(o0_errors, 0) / o0_requests", *query.Expression)
			continue
		}
		assert.Equal(t, int32(360), *query.MetricStat.Period)
		assert.Len(t, query.MetricStat.Metric.Dimensions, 2)
	}
	assert.Equal(t, "SampleCount", *f.request.MetricDataQueries[2].MetricStat.Stat)
}

func TestQueries_NameDimensionsInOrder(t *testing.T) {
	built := queries(outputs.Objective{Metrics: []outputs.Metric{{ID: "m", Dimensions: map[string]string{"d": "4", "a": "1", "c": "3", "b": "2"}}}}, "", 60)
	var names, values string
	for _, one := range built[0].MetricStat.Metric.Dimensions {
		names, values = names+*one.Name, values+*one.Value
	}
	assert.Equal(t, "abcd 1234", names+" "+values)
}

func TestMeasured_SaysWhoMayNotRead(t *testing.T) {
	got := checktest.One(t, Measured(p95(t), alone(p95(t), time.Minute, &fakeMetrics{status: types.StatusCodeForbidden}), time.Second, nil))
	checktest.Expect(t, got, check.FailedNow, "does not let the caller read")
	assert.ErrorIs(t, got.Err, check.ErrAccess)
}

func TestObjective_Units(t *testing.T) {
	for _, tc := range []struct {
		unit  string
		value float64
		want  string
	}{
		{"seconds", 2.5, "2.5 s"}, {"seconds", 0.0004, "0.4 ms"}, {"count", 40, "40"}, {"count", 1e9, "1000000000"}, {"ratio", 0.00123456, "0.001235"},
	} {
		assert.Equal(t, tc.want, inUnit(outputs.Objective{Unit: tc.unit}, tc.value))
	}
	for d, want := range map[time.Duration]string{15 * time.Minute: "15m", time.Hour: "1h", 90 * time.Minute: "1h30m", 90 * time.Second: "1m30s", 10 * time.Second: "10s", 0: "0s"} {
		assert.Equal(t, want, text.Duration(d))
	}
}
