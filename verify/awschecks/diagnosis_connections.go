package awschecks

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// connections reads one CloudWatch series for each store. A replication group's first node ends in -001, whichever node
// is the primary. It is enough to tell whether anybody is connected.
//
//runbook:trouble.high#4 shows the connections to database and cache.
func (s Stack) connections(ctx context.Context, since time.Time) (lines []string, next string, err error) {
	node := s.CacheID + "-001"
	stores := []struct{ name, namespace, metric, dimension, id string }{
		{"database " + s.DatabaseIdentifier, "AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", s.DatabaseIdentifier},
		{"cache " + node, "AWS/ElastiCache", "CurrConnections", "CacheClusterId", node},
	}
	input := &cloudwatch.GetMetricDataInput{StartTime: &since, EndTime: aws.Time(time.Now()), ScanBy: types.ScanByTimestampDescending}
	for i, store := range stores {
		metric := outputs.Metric{Namespace: store.namespace, Name: store.metric, Dimensions: map[string]string{store.dimension: store.id}}
		input.MetricDataQueries = append(input.MetricDataQueries, metricQuery(fmt.Sprintf("s%d", i), metric, "Maximum", 60))
	}
	out, err := s.Metrics.GetMetricData(ctx, input) // 30 points a series: one page
	if err != nil {
		return nil, "", Explain(err)
	}
	for i, store := range stores {
		line, hint := "no count reported since "+text.Clock(&since), "a store that reports nothing may be down: check its state"
		for _, result := range out.MetricDataResults {
			if aws.ToString(result.Id) == fmt.Sprintf("s%d", i) && len(result.Values) > 0 && len(result.Timestamps) == len(result.Values) {
				line, hint = describeConnections(result)
			}
		}
		lines = append(lines, store.name+": "+line)
		next = text.First(next, hint)
	}
	return lines, next, nil
}

// describeConnections gives the latest count and the highest.
func describeConnections(counts types.MetricDataResult) (line, next string) {
	at := slices.MaxFunc(counts.Timestamps, time.Time.Compare)
	latest := counts.Values[slices.Index(counts.Timestamps, at)]
	number := fmt.Sprintf("%g", latest)
	if latest == 0 {
		number, next = "no connection", "no task is connected: check the store's state, the security groups and the secret with its address"
	}
	return fmt.Sprintf("%s at %s, at most %g in %g minutes", number, text.Clock(&at), slices.Max(counts.Values), diagnosisWindow.Minutes()), next
}
