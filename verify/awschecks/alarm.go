package awschecks

import (
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

// Alarm is what metric and composite alarms have in common.
type Alarm struct {
	state       types.StateValue
	reason      string
	since       *time.Time
	threshold   string
	description string
	series      string        // what it watches
	period      time.Duration // of one value; 0 where it watches other alarms
	span        time.Duration // periods it evaluates, together
	configured  *time.Time    // when it was created or last changed
	actions     int           // that ALARM triggers
	enabled     bool          // whether it does
}

func metricAlarm(a types.MetricAlarm) Alarm {
	name, period := series(a)
	return Alarm{
		series:      name,
		period:      time.Duration(period) * time.Second,
		span:        time.Duration(aws.ToInt32(a.EvaluationPeriods)*period) * time.Second,
		configured:  a.AlarmConfigurationUpdatedTimestamp,
		actions:     len(a.AlarmActions),
		enabled:     aws.ToBool(a.ActionsEnabled),
		state:       a.StateValue,
		reason:      aws.ToString(a.StateReason),
		since:       firstTime(a.StateTransitionedTimestamp, a.StateUpdatedTimestamp),
		threshold:   threshold(a),
		description: aws.ToString(a.AlarmDescription),
	}
}

func compositeAlarm(a types.CompositeAlarm) Alarm {
	return Alarm{
		series:      aws.ToString(a.AlarmRule),
		configured:  a.AlarmConfigurationUpdatedTimestamp,
		actions:     len(a.AlarmActions),
		enabled:     aws.ToBool(a.ActionsEnabled),
		state:       a.StateValue,
		reason:      aws.ToString(a.StateReason),
		since:       firstTime(a.StateTransitionedTimestamp, a.StateUpdatedTimestamp),
		threshold:   aws.ToString(a.AlarmRule),
		description: aws.ToString(a.AlarmDescription),
	}
}

// describe gives what an engineer needs first, one fact a line.
func (a Alarm) describe(name string) []string {
	since := "since an unknown time"
	if a.since != nil {
		since = "since " + a.since.UTC().Format(time.RFC3339)
	}
	lines := []string{name + " in ALARM " + since}
	if a.reason != "" {
		lines = append(lines, "  reason: "+a.reason)
	}
	if a.threshold != "" {
		lines = append(lines, "  alarms when: "+a.threshold)
	}
	switch anchor := anchorPattern.FindString(a.description); {
	case anchor != "":
		lines = append(lines, "  runbook: "+anchor)
	case a.description != "":
		lines = append(lines, "  no runbook entry; description: "+a.description)
	default:
		lines = append(lines, "  no runbook entry and no description")
	}
	return lines
}

// silence says why the alarm is in INSUFFICIENT_DATA, and whether it is blind.
//
// An alarm that is new, or has just lost its data, needs as much time as its periods take. After that it is blind:
// nothing reports what it watches, under that name and those dimensions.
func (a Alarm) silence(name string, now time.Time) (line string, blind bool) {
	var since time.Time
	for _, t := range []*time.Time{a.configured, a.since} {
		if aws.ToTime(t).After(since) {
			since = aws.ToTime(t)
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
	operator, ok := operators[a.ComparisonOperator]
	if !ok {
		operator = string(a.ComparisonOperator) // anomaly bands have words of their own
	}
	bound := "its band"
	if a.Threshold != nil {
		bound = strconv.FormatFloat(*a.Threshold, 'g', -1, 64)
	}
	series, period := series(a)
	when := fmt.Sprintf("%s %s %s", series, operator, bound)
	if a.EvaluationPeriods == nil {
		return when
	}
	breaching := *a.EvaluationPeriods // all of them, unless it says otherwise
	if a.DatapointsToAlarm != nil {
		breaching = *a.DatapointsToAlarm
	}
	when += fmt.Sprintf(" in %d of %s", breaching, text.Count(int(*a.EvaluationPeriods), "period"))
	if period > 0 {
		when += fmt.Sprintf(" of %d s", period)
	}
	return when
}

// series names what the alarm watches and its period in seconds, 0 if unknown.
func series(a types.MetricAlarm) (name string, period int32) {
	if a.MetricName != nil {
		statistic := string(a.Statistic)
		if statistic == "" {
			statistic = aws.ToString(a.ExtendedStatistic)
		}
		return *a.MetricName + " " + statistic, aws.ToInt32(a.Period)
	}
	name = "its metric math"
	for _, query := range a.Metrics {
		if query.MetricStat != nil {
			period = max(period, aws.ToInt32(query.MetricStat.Period))
		}
		if query.ReturnData == nil || !*query.ReturnData {
			continue
		}
		for _, label := range []*string{query.Expression, query.Label} {
			if aws.ToString(label) != "" {
				name = *label
			}
		}
		period = max(period, aws.ToInt32(query.Period))
	}
	return name, period
}

func firstTime(times ...*time.Time) *time.Time {
	for _, t := range times {
		if t != nil {
			return t
		}
	}
	return nil
}
