package awschecks

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// DefaultWindow is how far back metrics are measured: long enough for traffic of
// its own, short enough to be about the present release.
const DefaultWindow = 15 * time.Minute

// Measured checks one objective over a window that ends now, rounded to whole minutes outwards. The whole window is one
// value: an average, a percentile or a rate. So neither a single bad minute nor a single good one decides. The alarm on
// the same numbers takes several periods, up to half an hour; this sees a breach sooner.
//
// Without data, or with fewer samples than the objective needs, the result is not enough data. It is OK if the
// objective needs no samples and takes silence as good (missingData notBreaching).
//
// With since, a breached window is measured again from the deployment on; nil takes all of it.
//
//runbook:6.3#1-4,post.immediate#3,trouble.slow#2 measures each objective over the last quarter of an hour.
func Measured(o outputs.Objective, window time.Duration, api MetricReader, interval time.Duration, since Deployed) check.Check {
	return polled("metrics", o.Name, interval, func(ctx context.Context) (string, error) {
		m, err := measure(ctx, o, window, time.Now(), api)
		if err != nil {
			return "", err
		}
		if m.known {
			check.Fact(ctx, "metrics."+o.Name, m.value)
		}
		check.Fact(ctx, "metrics."+o.Name+".samples", m.samples)
		seen, err := evaluateMeasured(o, m, window)
		if err != nil && !check.IsNoData(err) {
			return since.of(ctx, o, err, api)
		}
		return seen, err
	})
}

// measured is what a window says: a value if there is one, and of how many.
type measured struct {
	value   float64
	known   bool
	samples float64
}

func measure(ctx context.Context, o outputs.Objective, window time.Duration, now time.Time, api MetricReader) (measured, error) {
	end := now.Truncate(time.Minute).Add(time.Minute)
	start := now.Add(-window).Truncate(time.Minute)
	pages := cloudwatch.NewGetMetricDataPaginator(api, &cloudwatch.GetMetricDataInput{
		StartTime: &start, EndTime: &end, ScanBy: types.ScanByTimestampAscending,
		MetricDataQueries: queries(o, int32(end.Sub(start)/time.Second)),
	})
	found := map[string][]float64{}
	err := eachPage(ctx, pages, func(page *cloudwatch.GetMetricDataOutput) error {
		for _, result := range page.MetricDataResults {
			if result.StatusCode == types.StatusCodeForbidden {
				return poll.Permanent(&check.Failure{
					Cause: "CloudWatch does not let the caller read " + aws.ToString(result.Label), Next: "allow the caller cloudwatch:GetMetricData", Err: check.ErrAccess,
				})
			}
			found[aws.ToString(result.Id)] = append(found[aws.ToString(result.Id)], result.Values...)
		}
		return nil
	})
	return combine(o, found), err
}

// queries ask for the objective's metrics, what they come to, and CloudWatch's
// own count of samples; one period is the whole window.
func queries(o outputs.Objective, period int32) []types.MetricDataQuery {
	var all []types.MetricDataQuery
	for _, m := range o.Metrics {
		all = append(all, metricQuery(m.ID, m, m.Stat, period))
	}
	all = append(all, metricQuery(outputs.SamplesID, o.Metrics[0], "SampleCount", period))
	if o.Expression != "" {
		all = append(all, types.MetricDataQuery{Id: aws.String(outputs.ValueID), Expression: &o.Expression, Period: &period})
	}
	return all
}

// metricQuery asks for one statistic of one metric; dimensions are in order, so that the same is always asked alike.
func metricQuery(id string, m outputs.Metric, stat string, period int32) types.MetricDataQuery {
	var dimensions []types.Dimension
	for _, name := range slices.Sorted(maps.Keys(m.Dimensions)) {
		dimensions = append(dimensions, types.Dimension{Name: &name, Value: aws.String(m.Dimensions[name])})
	}
	return types.MetricDataQuery{Id: &id, MetricStat: &types.MetricStat{
		Metric: &types.Metric{Namespace: &m.Namespace, MetricName: &m.Name, Dimensions: dimensions},
		Period: &period, Stat: &stat,
	}}
}

// combine reduces what CloudWatch returned to one value. CloudWatch may cut a window at its own borders: then the worst
// part counts, and samples are added up.
func combine(o outputs.Objective, found map[string][]float64) measured {
	id := outputs.ValueID
	if o.Expression == "" {
		id = o.Metrics[0].ID
	}
	var m measured
	for _, value := range found[id] {
		if !m.known || worse(o, value, m.value) {
			m.value, m.known = value, true
		}
	}
	counted := o.Samples
	if len(counted) == 0 {
		counted = []string{outputs.SamplesID}
	}
	for _, id := range counted {
		for _, n := range found[id] {
			m.samples += n
		}
	}
	return m
}

func worse(o outputs.Objective, a, b float64) bool {
	if strings.HasPrefix(o.Comparison, "LessThan") {
		return a < b
	}
	return a > b
}

func breaches(o outputs.Objective, value float64) bool {
	return worse(o, value, o.Threshold) || value == o.Threshold && strings.HasSuffix(o.Comparison, "OrEqualToThreshold")
}

// evaluateMeasured compares a value with the objective. Its answer is always permanent: a window does not change while
// one waits.
func evaluateMeasured(o outputs.Objective, m measured, window time.Duration) (string, error) {
	terms := fmt.Sprintf("breach at %s %s", operators[types.ComparisonOperator(o.Comparison)], inUnit(o, o.Threshold))
	over := fmt.Sprintf("%s in %s", text.Count(int(m.samples), "sample"), text.Duration(window))
	switch {
	case !m.known && o.MinimumSamples == 0 && o.MissingData == outputs.Harmless:
		return fmt.Sprintf("nothing reported in %s, which is as good (%s)", text.Duration(window), terms), nil
	case !m.known:
		return "", noData(fmt.Sprintf("no data in %s (%s; %s)", text.Duration(window), terms, over),
			"where there should be traffic, check "+o.AlarmName+" and its dimensions; otherwise look again once there is some, or with a longer --window")
	case m.samples < float64(o.MinimumSamples):
		return "", noData(fmt.Sprintf("%s, but of %s, and fewer than %d say nothing (%s)", inUnit(o, m.value), over, o.MinimumSamples, terms),
			"look again once there is more traffic, or with a longer --window")
	case breaches(o, m.value):
		return "", permanent(fmt.Sprintf("%s: %s (%s; %s)", o.Title, inUnit(o, m.value), terms, over), "follow "+o.Runbook)
	}
	return fmt.Sprintf("%s (%s; %s)", inUnit(o, m.value), terms, over), nil
}

// inUnit writes a value in the objective's unit.
func inUnit(o outputs.Objective, value float64) string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }
	switch {
	case o.Unit == "percent":
		return number(value) + " %"
	case o.Unit == "seconds" && value < 1:
		return number(value*1000) + " ms"
	case o.Unit == "seconds":
		return number(value) + " s"
	case o.Unit == "bytes":
		return number(value/(1<<20)) + " MiB"
	case value == float64(int64(value)):
		return strconv.FormatInt(int64(value), 10)
	default:
		return number(value)
	}
}
