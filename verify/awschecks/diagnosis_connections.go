package awschecks

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// Connections reads one CloudWatch series for each store. A replication group's first node ends in -001, whichever node
// is the primary. It is enough to tell whether anybody is connected.
func (a awsSources) Connections(ctx context.Context, databaseID, cacheID string, since time.Time) ([]ConnectionCount, error) {
	stores := []struct{ name, namespace, metric, dimension, id string }{
		{"database " + databaseID, "AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", databaseID},
		{"cache " + cacheID + "-001", "AWS/ElastiCache", "CurrConnections", "CacheClusterId", cacheID + "-001"},
	}
	input := &cloudwatch.GetMetricDataInput{StartTime: &since, EndTime: aws.Time(time.Now()), ScanBy: types.ScanByTimestampDescending}
	for i, s := range stores {
		input.MetricDataQueries = append(input.MetricDataQueries, types.MetricDataQuery{
			Id: aws.String(fmt.Sprintf("s%d", i)),
			MetricStat: &types.MetricStat{
				Metric: &types.Metric{Namespace: aws.String(s.namespace), MetricName: aws.String(s.metric), Dimensions: []types.Dimension{
					{Name: aws.String(s.dimension), Value: aws.String(s.id)},
				}},
				Period: aws.Int32(60), Stat: aws.String("Maximum"),
			},
		})
	}
	out, err := a.Metrics.GetMetricData(ctx, input) // 30 points a series: one page
	if err != nil {
		return nil, Explain(err)
	}
	counts := make([]ConnectionCount, len(stores))
	for i, s := range stores {
		counts[i].Store = s.name
	}
	for _, result := range out.MetricDataResults {
		i, err := strconv.Atoi(strings.TrimPrefix(aws.ToString(result.Id), "s"))
		if err != nil || i < 0 || i >= len(counts) || len(result.Values) == 0 || len(result.Timestamps) != len(result.Values) {
			continue
		}
		c := &counts[i]
		for k, stamp := range result.Timestamps {
			c.Peak = max(c.Peak, result.Values[k])
			if stamp.After(c.At) {
				c.At, c.Latest = stamp, result.Values[k]
			}
		}
	}
	return counts, nil
}
