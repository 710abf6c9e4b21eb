package alarm

import (
	"cmp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/slo"
)

// result is the id of the expression an alarm compares; no row's metric has it.
const result = "result"

// read tells the alarm what to measure: one metric, or metric math over several.
// CloudWatch takes either form, never both.
func read(args *cloudwatch.MetricAlarmArgs, row slo.Objective, target Target, stack string) {
	if row.Math() != "" {
		args.MetricQueries = queries(row, target, stack)
		return
	}
	m := row.Metrics[0]
	args.Namespace = pulumi.String(m.Namespace)
	args.MetricName = pulumi.String(row.MetricName(m, stack, target.Role))
	args.Dimensions = dimensions(target)
	args.Period = pulumi.Int(row.PeriodSeconds)
	if strings.HasPrefix(m.Stat, "p") {
		args.ExtendedStatistic = pulumi.String(m.Stat)
	} else {
		args.Statistic = pulumi.String(m.Stat)
	}
}

func queries(row slo.Objective, target Target, stack string) cloudwatch.MetricAlarmMetricQueryArray {
	var out cloudwatch.MetricAlarmMetricQueryArray
	for _, m := range row.Metrics {
		out = append(out, cloudwatch.MetricAlarmMetricQueryArgs{
			Id: pulumi.String(m.ID),
			Metric: cloudwatch.MetricAlarmMetricQueryMetricArgs{
				Namespace:  pulumi.String(m.Namespace),
				MetricName: pulumi.String(row.MetricName(m, stack, target.Role)),
				Dimensions: dimensions(target),
				Period:     pulumi.Int(row.PeriodSeconds),
				Stat:       pulumi.String(m.Stat),
			},
			ReturnData: pulumi.Bool(false),
		})
	}
	return append(out, cloudwatch.MetricAlarmMetricQueryArgs{
		Id:         pulumi.String(result),
		Expression: pulumi.String(row.Math()),
		Label:      pulumi.String(row.Title),
		ReturnData: pulumi.Bool(true), // the one series the alarm compares
	})
}

// filters declares what counts log lines. Without a match it reports zero, so
// that the graph shows a quiet log and not a missing one.
func filters(b *component.Builder, name string, row slo.Objective, target Target, args Args) error {
	for _, m := range row.Metrics {
		_, err := cloudwatch.NewLogMetricFilter(b.Ctx, name+"-"+m.ID, &cloudwatch.LogMetricFilterArgs{
			LogGroupName: target.LogGroup,
			Pattern:      pulumi.String(cmp.Or(args.ErrorPattern, m.Filter)),
			MetricTransformation: cloudwatch.LogMetricFilterMetricTransformationArgs{
				Namespace:    pulumi.String(m.Namespace),
				Name:         pulumi.String(row.MetricName(m, args.Stack, target.Role)),
				Value:        pulumi.String("1"),
				DefaultValue: pulumi.String("0"),
			},
		}, b.Parent)
		if err != nil {
			return err
		}
	}
	return nil
}

// dimensions are the target's own map as an input; some scopes have none.
func dimensions(target Target) pulumi.StringMap {
	if len(target.Dimensions) == 0 {
		return nil
	}
	return pulumi.StringMap(target.Dimensions)
}
