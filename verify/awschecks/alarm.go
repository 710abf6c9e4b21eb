package awschecks

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/flowcomply/infrastructure/internal/text"
)

// reporting is how late AWS may report a metric, and CloudWatch evaluate it.
const reporting = 5 * time.Minute

// anchorPattern finds the place in a document that an alarm's description
// points to, such as docs/alarms.md#routed-latency or a URL with a fragment.
var anchorPattern = regexp.MustCompile(`[^\s<>()"']+#[A-Za-z0-9_-]+`)

var operators = map[types.ComparisonOperator]string{
	types.ComparisonOperatorGreaterThanThreshold:          ">",
	types.ComparisonOperatorGreaterThanOrEqualToThreshold: ">=",
	types.ComparisonOperatorLessThanThreshold:             "<",
	types.ComparisonOperatorLessThanOrEqualToThreshold:    "<=",
}

// Alarm is a metric or a composite alarm, by what the two have in common. The rule of a metric alarm is its condition.
type Alarm struct {
	types.CompositeAlarm

	series string        // what it watches
	period time.Duration // of one value; 0 where it watches other alarms
	span   time.Duration // periods it evaluates, together
}

func metricAlarm(a types.MetricAlarm) Alarm {
	name, period := series(a)
	rule := threshold(a)
	return Alarm{
		CompositeAlarm: types.CompositeAlarm{
			AlarmConfigurationUpdatedTimestamp: a.AlarmConfigurationUpdatedTimestamp,
			StateTransitionedTimestamp:         a.StateTransitionedTimestamp,
			StateUpdatedTimestamp:              a.StateUpdatedTimestamp,
			AlarmActions:                       a.AlarmActions, ActionsEnabled: a.ActionsEnabled,
			StateValue: a.StateValue, StateReason: a.StateReason, AlarmRule: &rule, AlarmDescription: a.AlarmDescription,
		},
		series: name,
		period: time.Duration(period) * time.Second,
		span:   time.Duration(aws.ToInt32(a.EvaluationPeriods)*period) * time.Second,
	}
}

// since is when the alarm took its state; nil where it does not say so.
func (a Alarm) since() *time.Time {
	return cmp.Or(a.StateTransitionedTimestamp, a.StateUpdatedTimestamp)
}

// describe gives what an engineer needs first, one fact a line.
func (a Alarm) describe(name string) []string {
	since := "an unknown time"
	if at := a.since(); at != nil {
		since = text.Clock(at)
	}
	lines := []string{name + " in ALARM since " + since}
	if reason := aws.ToString(a.StateReason); reason != "" {
		lines = append(lines, "  reason: "+reason)
	}
	if rule := aws.ToString(a.AlarmRule); rule != "" {
		lines = append(lines, "  alarms when: "+rule)
	}
	description := aws.ToString(a.AlarmDescription)
	switch anchor := anchorPattern.FindString(description); {
	case anchor != "":
		lines = append(lines, "  runbook: "+anchor)
	case description != "":
		lines = append(lines, "  no runbook entry; description: "+description)
	default:
		lines = append(lines, "  no runbook entry and no description")
	}
	return lines
}

// silence says why the alarm is in INSUFFICIENT_DATA, and whether it is blind.
//
// An alarm that is new, or has just lost its data, needs as much time as its periods take. After that it is blind:
// nothing reports what it watches, under that name and those dimensions.
func (a Alarm) silence(name string, deployed, now time.Time) (line string, blind bool) {
	since := aws.ToTime(a.AlarmConfigurationUpdatedTimestamp) // when it was created or last changed
	for _, later := range []time.Time{aws.ToTime(a.since()), deployed} {
		if later.After(since) {
			since = later
		}
	}
	allowed := a.span + reporting
	switch age := now.Sub(since); {
	case since.IsZero():
		return name + " does not say since when", false
	case age < allowed:
		return fmt.Sprintf("%s is new, or its data has just stopped: for %s; a verdict takes up to %s",
			name, text.Duration(age.Truncate(time.Second)), text.Duration(allowed)), false
	default:
		return fmt.Sprintf("%s has had no data since %s: nothing reports %s", name, text.Clock(&since), a.series), true
	}
}

// threshold writes the alarm's condition, such as
// "TargetResponseTime p95 >= 0.2 in 3 of 5 periods of 60 s".
func threshold(a types.MetricAlarm) string {
	operator := cmp.Or(operators[a.ComparisonOperator], string(a.ComparisonOperator)) // anomaly bands have words of their own
	bound := "its band"
	if a.Threshold != nil {
		bound = strconv.FormatFloat(*a.Threshold, 'g', -1, 64)
	}
	series, period := series(a)
	when := fmt.Sprintf("%s %s %s", series, operator, bound)
	if a.EvaluationPeriods == nil {
		return when
	}
	breaching := *cmp.Or(a.DatapointsToAlarm, a.EvaluationPeriods) // all of them, unless it says otherwise
	when += fmt.Sprintf(" in %d of %s", breaching, text.Count(int(*a.EvaluationPeriods), "period"))
	if period > 0 {
		when += fmt.Sprintf(" of %d s", period)
	}
	return when
}

// series names what the alarm watches and its period in seconds, 0 if unknown.
func series(a types.MetricAlarm) (name string, period int32) {
	if a.MetricName != nil {
		return *a.MetricName + " " + cmp.Or(string(a.Statistic), aws.ToString(a.ExtendedStatistic)), aws.ToInt32(a.Period)
	}
	name = "its metric math"
	for _, query := range a.Metrics {
		if query.MetricStat != nil {
			period = max(period, aws.ToInt32(query.MetricStat.Period))
		}
		if aws.ToBool(query.ReturnData) {
			name = cmp.Or(aws.ToString(query.Label), aws.ToString(query.Expression), name)
			period = max(period, aws.ToInt32(query.Period))
		}
	}
	return name, period
}
