package fakeaws

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"
)

// CloudWatch holds to DescribeAlarms' limits: 100 names a call, pages of
// MaxRecords or 50, composite alarms only when asked for.
type CloudWatch struct {
	Metric    []types.MetricAlarm
	Composite []types.CompositeAlarm
	Calls     int
	Failures  int // calls that are throttled first
	Watch     time.Duration
	Look      func(*CloudWatch) // before each call; may change what it answers
}

// DescribeAlarms answers with the alarms of the names that are asked for.
func (f *CloudWatch) DescribeAlarms(
	_ context.Context, in *cloudwatch.DescribeAlarmsInput, _ ...func(*cloudwatch.Options),
) (*cloudwatch.DescribeAlarmsOutput, error) {
	f.Calls++
	if f.Look != nil {
		f.Look(f)
	}
	if f.Calls <= f.Failures {
		return nil, &smithy.GenericAPIError{Code: "Throttling", Message: "Rate exceeded"}
	}
	if len(in.AlarmNames) == 0 || len(in.AlarmNames) > 100 {
		panic("DescribeAlarms takes 1 to 100 names")
	}
	size := int(*cmp.Or(in.MaxRecords, aws.Int32(50)))
	found := slices.DeleteFunc(slices.Clone(f.Metric), func(a types.MetricAlarm) bool { return !slices.Contains(in.AlarmNames, *a.AlarmName) })
	out := &cloudwatch.DescribeAlarmsOutput{MetricAlarms: found}
	if in.NextToken != nil {
		out.MetricAlarms = found[size:]
	} else if len(found) > size {
		out.MetricAlarms, out.NextToken = found[:size], aws.String("more")
	}
	if slices.Contains(in.AlarmTypes, types.AlarmTypeCompositeAlarm) && in.NextToken == nil {
		out.CompositeAlarms = slices.DeleteFunc(slices.Clone(f.Composite), func(a types.CompositeAlarm) bool {
			return !slices.Contains(in.AlarmNames, *a.AlarmName)
		})
	}
	return out, nil
}

// Latency is an alarm on a metric.
func Latency(state types.StateValue) types.MetricAlarm {
	return types.MetricAlarm{
		AlarmName: aws.String("api-latency"), StateValue: state,
		StateReason:                aws.String("Threshold Crossed: 3 datapoints were greater than the threshold (0.2)."),
		StateTransitionedTimestamp: aws.Time(Noon),
		StateUpdatedTimestamp:      aws.Time(Noon.Add(time.Hour)),
		MetricName:                 aws.String("TargetResponseTime"), ExtendedStatistic: aws.String("p95"),
		ComparisonOperator: types.ComparisonOperatorGreaterThanOrEqualToThreshold, Threshold: aws.Float64(0.2),
		EvaluationPeriods: aws.Int32(5), DatapointsToAlarm: aws.Int32(3), Period: aws.Int32(60),
		AlarmDescription: aws.String("p95 is above 200 ms. Runbook: docs/alarms.md#routed-latency."),
	}
}

// Metric is an alarm on a metric, with this name.
func Metric(name string, state types.StateValue) types.MetricAlarm {
	a := Latency(state)
	a.AlarmName = &name
	return a
}

// Silent is an alarm in INSUFFICIENT_DATA, by times before synctest's clock starts.
func Silent(name string, configured, since time.Duration, missing string) types.MetricAlarm {
	a := Metric(name, types.StateValueInsufficientData)
	begin := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // when synctest's clock starts
	a.AlarmConfigurationUpdatedTimestamp = aws.Time(begin.Add(-configured))
	a.StateTransitionedTimestamp, a.StateUpdatedTimestamp = aws.Time(begin.Add(-since)), nil
	a.TreatMissingData = &missing
	return a
}
