package harness

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"

	"github.com/flowcomply/infrastructure/verify/outputs"
)

// reportedWithin is how long the emulated AWS may take to report what happened; ten seconds are usual.
const reportedWithin = 2 * time.Minute

// Measured waits until CloudWatch has as many samples as each objective needs; those that need none are not waited for.
func (s *Stack) Measured(ctx context.Context, window time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, reportedWithin)
	defer cancel()
	for _, objective := range s.Outputs.Objectives {
		if objective.MinimumSamples == 0 {
			continue
		}
		err := Until(ctx, objective.Name+" has too few samples", func(ctx context.Context) (bool, error) {
			n, err := s.samples(ctx, objective, window)
			return n >= float64(objective.MinimumSamples), err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// AlarmsEvaluated waits until every alarm of the stack has had enough of its metric's first periods to say OK or ALARM.
func (s *Stack) AlarmsEvaluated(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, reportedWithin)
	defer cancel()
	return Until(ctx, "an alarm cannot tell yet", func(ctx context.Context) (bool, error) {
		pages := cloudwatch.NewDescribeAlarmsPaginator(s.CloudWatch(), &cloudwatch.DescribeAlarmsInput{StateValue: types.StateValueInsufficientData})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return false, err
			}
			for _, alarm := range page.MetricAlarms {
				if slices.Contains(s.Outputs.AlarmNames, aws.ToString(alarm.AlarmName)) {
					return false, nil
				}
			}
		}
		return true, nil
	})
}

// UnfedAlarm is one of the stack's alarms whose metric nothing reports, so that its state is what SetAlarmState made it: that of
// another is its metric's again at the next evaluation, in AWS as here.
func (s *Stack) UnfedAlarm() string {
	for _, objective := range s.Outputs.Objectives {
		if strings.HasPrefix(objective.Name, "mail-") {
			return objective.AlarmName
		}
	}
	return ""
}

// CloudWatch speaks JSON, as moto has no CBOR.
func (s *Stack) CloudWatch() *cloudwatch.Client {
	return cloudwatch.NewFromConfig(s.AWS, func(o *cloudwatch.Options) { o.Protocol = awsjson.New10(schemas.GraniteServiceVersion20100801) })
}

// samples counts what an objective was measured by.
func (s *Stack) samples(ctx context.Context, objective outputs.Objective, window time.Duration) (float64, error) {
	if len(objective.Samples) == 0 {
		return s.statistic(ctx, objective.Metrics[0], types.StatisticSampleCount, window)
	}
	var all float64
	for _, metric := range objective.Metrics {
		if slices.Contains(objective.Samples, metric.ID) {
			sum, err := s.statistic(ctx, metric, types.StatisticSum, window)
			if err != nil {
				return 0, err
			}
			all += sum
		}
	}
	return all, nil
}

// statistic adds up the minutes of a window that ends now.
func (s *Stack) statistic(ctx context.Context, m outputs.Metric, what types.Statistic, window time.Duration) (float64, error) {
	var dimensions []types.Dimension
	for _, name := range slices.Sorted(maps.Keys(m.Dimensions)) {
		dimensions = append(dimensions, types.Dimension{Name: &name, Value: aws.String(m.Dimensions[name])})
	}
	now := time.Now()
	shown, err := s.CloudWatch().GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{
		Namespace: &m.Namespace, MetricName: &m.Name, Dimensions: dimensions, Period: aws.Int32(60),
		StartTime: aws.Time(now.Add(-window)), EndTime: aws.Time(now.Add(time.Minute)), Statistics: []types.Statistic{what},
	})
	if err != nil {
		return 0, err
	}
	var sum float64
	for _, point := range shown.Datapoints {
		sum += aws.ToFloat64(point.SampleCount) + aws.ToFloat64(point.Sum) // the one that was asked for
	}
	return sum, nil
}

// Requests counts what a service's load balancer has reported in the last quarter of an hour.
func (s *Stack) Requests(ctx context.Context, role string) (float64, error) {
	for _, objective := range s.Outputs.Objectives {
		if objective.Name == role+"-error-rate" {
			return s.samples(ctx, objective, 15*time.Minute)
		}
	}
	return 0, fmt.Errorf("no objective %s-error-rate", role)
}

// Reported waits until the load balancer has reported as many requests for a service.
func (s *Stack) Reported(ctx context.Context, role string, requests float64) error {
	ctx, cancel := context.WithTimeout(ctx, reportedWithin)
	defer cancel()
	return Until(ctx, "the load balancer has not reported the requests", func(ctx context.Context) (bool, error) {
		n, err := s.Requests(ctx, role)
		return n >= requests, err
	})
}
