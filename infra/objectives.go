package main

import (
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/components/alarm"
	"github.com/flowcomply/infrastructure/components/slo"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// objectives are the rows that verification measures, for every target that has alarms: the numbers and the dimensions
// are the alarms' own, so that the two cannot disagree.
func (w *watch) objectives(env environment) (pulumi.Array, error) {
	sets := slices.Clone(w.sets)
	slices.SortStableFunc(sets, func(a, b *alarm.Set) int { return strings.Compare(a.Target.Role, b.Target.Role) })
	out := pulumi.Array{}
	for _, set := range sets {
		for _, row := range slo.For(set.Scope) {
			if row.Direct {
				continue
			}
			limit, err := row.Limit(set.Target.Limits)
			if err != nil {
				return nil, err
			}
			out = append(out, objective(env, set.Target, row, limit))
		}
	}
	return out, nil
}

func objective(env environment, target alarm.Target, row slo.Objective, limit float64) pulumi.Map {
	dimensions, metrics := pulumi.StringMap{}, pulumi.Array{}
	for name, value := range target.Dimensions {
		dimensions[name] = value
	}
	for _, m := range row.Metrics {
		metrics = append(metrics, pulumi.Map{
			"id":         pulumi.String(m.ID),
			"namespace":  pulumi.String(m.Namespace),
			"name":       pulumi.String(row.MetricName(m, env.names.Stack, target.Role)),
			"stat":       pulumi.String(m.Stat),
			"dimensions": dimensions,
		})
	}
	return pulumi.Map{
		"name":           pulumi.String(target.Role + "-" + row.ID),
		"alarmName":      pulumi.String(row.AlarmName(env.names.Stack, target.Role)),
		"title":          pulumi.String(row.Title),
		"runbook":        pulumi.String(env.spec.RunbookURL + "#" + row.Anchor),
		"unit":           pulumi.String(row.Unit),
		"comparison":     pulumi.String(row.Comparison),
		"threshold":      pulumi.Float64(limit),
		"periodSeconds":  pulumi.Int(row.PeriodSeconds),
		"minimumSamples": pulumi.Int(row.Least),
		"samples":        pulumi.ToStringArray(row.Samples),
		"missingData":    pulumi.String(row.MissingData),
		"expression":     pulumi.String(row.Expression),
		"metrics":        metrics,
	}
}
