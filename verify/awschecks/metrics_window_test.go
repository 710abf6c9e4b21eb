package awschecks

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

func TestWindow_AsksOnceForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeMetrics{fails: 1, values: map[string][]float64{outputs.ValueID: {6}, "requests": {200}, "latency": {0.1}, outputs.SamplesID: {20}}}
		window := NewWindow([]outputs.Objective{errorRate(t), p95(t)}, 15*time.Minute, f)
		report := check.Run(t.Context(), []check.Check{Measured(errorRate(t), window, time.Second, nil), Measured(p95(t), window, time.Second, nil)}, check.Options{})
		assert.Equal(t, 2, f.requests, "one that failed, and one for both")
		assert.Equal(t, check.FailedNow, report.Results[0].Outcome, report.Results[0].Cause)
		assert.Equal(t, check.OK, report.Results[1].Outcome, report.Results[1].Cause)
		ids := map[string]bool{}
		for _, query := range f.request.MetricDataQueries {
			assert.False(t, ids[*query.Id], "%s is asked for twice", *query.Id)
			ids[*query.Id] = true
		}
		assert.Len(t, ids, 6)
	})
}

func TestQueries_RenameOnlyTheObjectivesOwn(t *testing.T) {
	built := queries(outputs.Objective{Metrics: []outputs.Metric{{ID: "e"}, {ID: "e2"}}, Expression: `IF(e > 1, FILL(e2, 0) / e, 'e') + "e" + RATE(e3)`}, "o7_", 60)
	assert.Equal(t, `IF(o7_e > 1, FILL(o7_e2, 0) / o7_e, 'e') + "e" + RATE(e3)`, *built[len(built)-1].Expression)
}

func TestRequests_FitCloudWatchsLimit(t *testing.T) {
	var many []outputs.Objective
	for i := range 300 {
		many = append(many, outputs.Objective{Name: fmt.Sprint(i), Metrics: []outputs.Metric{{ID: "m"}}})
	}
	many[3].Expression = "SUM(METRICS())"
	var sizes []int
	names := map[string]bool{}
	for _, part := range requests(many) {
		size := 0
		for _, o := range part {
			size += len(queries(o, "", 60))
			names[o.Name] = true
		}
		require.LessOrEqual(t, size, maxQueries)
		sizes = append(sizes, size)
	}
	assert.Equal(t, []int{500, 98, 3}, sizes, "the last is alone: METRICS() means all metrics of a request")
	assert.Len(t, names, 300)
	assert.Empty(t, requests(nil))
}
