package awschecks

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// maxQueries is the most queries that one GetMetricData takes.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
const maxQueries = 500

// Window is the time up to now over which objectives are measured: all of them with one request, as CloudWatch counts and limits
// requests and not the metrics in them. So they are measured over the same minutes, too.
type Window struct {
	objectives []outputs.Objective
	length     time.Duration
	api        MetricReader
	turn       chan struct{}       // whoever holds its one place may read and write found
	found      map[string]measured // by objective; nil before a request has succeeded
}

// NewWindow returns the window of that length for these objectives. CloudWatch is asked when the first is measured.
func NewWindow(objectives []outputs.Objective, length time.Duration, api MetricReader) *Window {
	return &Window{objectives: objectives, length: length, api: api, turn: make(chan struct{}, 1)}
}

// measured is what the window says of one of its objectives. After a failure the next to ask makes the request again.
func (w *Window) measured(ctx context.Context, o outputs.Objective) (measured, error) {
	select {
	case w.turn <- struct{}{}:
		defer func() { <-w.turn }()
	case <-ctx.Done():
		return measured{}, ctx.Err()
	}
	if w.found == nil {
		found, err := measure(ctx, w.objectives, w.length, time.Now(), w.api)
		if err != nil {
			return measured{}, err
		}
		w.found = found
	}
	m := w.found[o.Name]
	return m, m.refused
}

// measured is what a window says: a value if there is one, and of how many; or why CloudWatch does not say it.
type measured struct {
	value   float64
	known   bool
	samples float64
	refused error
}

// measure asks for all objectives over a window that ends now, and returns what is found by their names.
func measure(ctx context.Context, objectives []outputs.Objective, window time.Duration, now time.Time, api MetricReader) (map[string]measured, error) {
	end := now.Truncate(time.Minute).Add(time.Minute)
	start := now.Add(-window).Truncate(time.Minute)
	all := make(map[string]measured, len(objectives))
	for _, some := range requests(objectives) {
		input := &cloudwatch.GetMetricDataInput{StartTime: &start, EndTime: &end, ScanBy: types.ScanByTimestampAscending}
		for i, o := range some {
			input.MetricDataQueries = append(input.MetricDataQueries, queries(o, prefix(i), int32(end.Sub(start)/time.Second))...)
		}
		found, refused := map[string][]float64{}, map[string]error{}
		err := eachPage(ctx, cloudwatch.NewGetMetricDataPaginator(api, input), func(page *cloudwatch.GetMetricDataOutput) error {
			for _, result := range page.MetricDataResults {
				id := aws.ToString(result.Id)
				found[id] = append(found[id], result.Values...)
				if result.StatusCode == types.StatusCodeForbidden {
					of, _, _ := strings.Cut(id, "_")
					refused[of+"_"] = forbidden(result)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		for i, o := range some {
			m := combine(o, prefix(i), found)
			m.refused = refused[prefix(i)]
			all[o.Name] = m
		}
	}
	return all, nil
}

func forbidden(result types.MetricDataResult) error {
	return poll.Permanent(&check.Failure{
		Cause: "CloudWatch does not let the caller read " + aws.ToString(result.Label), Next: "allow the caller cloudwatch:GetMetricData", Err: check.ErrAccess,
	})
}

// requests cuts the objectives so that each part fits into one request. METRICS() in an expression means all metrics of its
// request, so that such an objective has one to itself.
func requests(objectives []outputs.Objective) [][]outputs.Objective {
	var parts, alone [][]outputs.Objective
	var part []outputs.Objective
	size := 0
	for _, o := range objectives {
		more := len(queries(o, "", 0))
		switch {
		case strings.Contains(o.Expression, "METRICS("):
			alone = append(alone, []outputs.Objective{o})
			continue
		case size+more > maxQueries:
			parts, part, size = append(parts, part), nil, 0
		}
		part, size = append(part, o), size+more
	}
	if part != nil {
		parts = append(parts, part)
	}
	return append(parts, alone...)
}

// prefix makes the ids of one objective's queries different from those of the others in its request.
func prefix(i int) string { return fmt.Sprintf("o%d_", i) }

// word is a name or a text in an expression of CloudWatch's metric math.
var word = regexp.MustCompile(`"[^"]*"|'[^']*'|[A-Za-z_][A-Za-z0-9_]*`)

// queries ask for the objective's metrics, what they come to, and CloudWatch's own count of samples; their ids begin with
// prefix. One period is the whole window.
func queries(o outputs.Objective, prefix string, period int32) []types.MetricDataQuery {
	var all []types.MetricDataQuery
	own := map[string]bool{}
	for _, m := range o.Metrics {
		own[m.ID] = true
		all = append(all, metricQuery(prefix+m.ID, m, m.Stat, period))
	}
	all = append(all, metricQuery(prefix+outputs.SamplesID, o.Metrics[0], "SampleCount", period))
	if o.Expression != "" {
		expression := word.ReplaceAllStringFunc(o.Expression, func(name string) string {
			if own[name] {
				return prefix + name
			}
			return name
		})
		all = append(all, types.MetricDataQuery{Id: aws.String(prefix + outputs.ValueID), Expression: &expression, Period: &period})
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
func combine(o outputs.Objective, prefix string, found map[string][]float64) measured {
	id := outputs.ValueID
	if o.Expression == "" {
		id = o.Metrics[0].ID
	}
	var m measured
	for _, value := range found[prefix+id] {
		if !m.known || worse(o, value, m.value) {
			m.value, m.known = value, true
		}
	}
	counted := o.Samples
	if len(counted) == 0 {
		counted = []string{outputs.SamplesID}
	}
	for _, id := range counted {
		for _, n := range found[prefix+id] {
			m.samples += n
		}
	}
	return m
}
