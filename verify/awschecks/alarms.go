package awschecks

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
)

// alarmChunk is the most names, and the most records, that DescribeAlarms takes:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
const alarmChunk = 100

// AlarmReader reads alarms; *cloudwatch.Client is one.
type AlarmReader interface {
	DescribeAlarms(context.Context, *cloudwatch.DescribeAlarmsInput, ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error)
}

// DefaultWatch is how long alarms are watched. That is three looks, so that an alarm which fires while other checks run
// is seen as well.
const DefaultWatch = 10 * time.Second

// Alarms checks that each of the named alarms exists and none is in ALARM, at once and then at every interval for as
// long as watch. One that fires and is OK again by the next look is found by its time of change.
//
// An alarm in INSUFFICIENT_DATA is inconclusive (not enough data) while it is younger than its periods, as every alarm
// is at first. After that it is blind and fails: an alarm on a metric that nothing reports never fires. An alarm on a
// metric that only traffic reports is OK instead (treatMissingData notBreaching).
//
// With since, alarms that all fired because of what ran before are waited for; nil waits for none.
//
//runbook:6.1#2-3 asks for the stack's alarms by name: one that is gone is no alarm in a look at the account. None may be in ALARM.
func Alarms(names []string, api AlarmReader, watch, interval time.Duration, since Deployed) check.Check {
	return check.Check{Group: "alarms", Name: "state", Run: func(ctx context.Context) (string, error) {
		began := time.Now()
		var first map[string]Alarm
		err := poll.Until(ctx, interval, func(ctx context.Context) error {
			found, err := DescribeAlarms(ctx, names, api)
			if err != nil {
				return err
			}
			if first == nil {
				first = found
			}
			if err := since.alarms(ctx, names, found, EvaluateAlarms(names, found)); err != nil {
				expectFiring(first, found)
				return err
			}
			if err := evaluateFlapping(names, first, found); err != nil {
				return err
			}
			if left := watch - time.Since(began); left > 0 {
				return fmt.Errorf("watching for another %s", text.Duration(left.Round(time.Second)))
			}
			return EvaluateSilence(names, found, time.Now(), "verify again when their first periods have passed; --require-data counts this as a failure")
		})
		seen := fmt.Sprintf("%s, none in ALARM", text.Count(len(names), "alarm"))
		if watch > 0 {
			seen += ", watched for " + text.Duration(watch)
		}
		return seen, err
	}}
}

// expectFiring records alarms that fire and are waited for, so that they are not taken for flapping when they are OK
// again.
func expectFiring(first, found map[string]Alarm) {
	for name, a := range found {
		if a.state == types.StateValueAlarm {
			first[name] = a
		}
	}
}

// DescribeAlarms reads the alarms of these names. One that does not exist is missing in the result.
func DescribeAlarms(ctx context.Context, names []string, api AlarmReader) (map[string]Alarm, error) {
	found := map[string]Alarm{}
	for chunk := range slices.Chunk(names, alarmChunk) {
		limit := int32(alarmChunk)
		input := &cloudwatch.DescribeAlarmsInput{
			AlarmNames: chunk,
			MaxRecords: &limit, // a page is 50 otherwise
			// Composite alarms come only when asked for.
			AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm},
		}
		pages := cloudwatch.NewDescribeAlarmsPaginator(api, input)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, Explain(err)
			}
			for _, a := range page.MetricAlarms {
				found[aws.ToString(a.AlarmName)] = metricAlarm(a)
			}
			for _, a := range page.CompositeAlarms {
				found[aws.ToString(a.AlarmName)] = compositeAlarm(a)
			}
		}
	}
	return found, nil
}

// EvaluateAlarms returns nil if every alarm exists and none is in ALARM. An error is permanent: the state is what
// CloudWatch says now.
func EvaluateAlarms(names []string, found map[string]Alarm) error {
	var missing, firing []string
	var details []string
	for _, name := range slices.Sorted(slices.Values(names)) {
		a, ok := found[name]
		switch {
		case !ok:
			missing = append(missing, name)
		case a.state == types.StateValueAlarm:
			firing = append(firing, name)
			details = append(details, a.describe(name)...)
		}
	}
	for _, name := range missing {
		details = append(details, name+" does not exist")
	}
	if len(firing)+len(missing) == 0 {
		return nil
	}
	return poll.Permanent(brokenAlarms(len(names), firing, missing, details))
}

// evaluateFlapping finds alarms that are OK again: one that fired and fell silent between two looks has fired all the
// same.
func evaluateFlapping(names []string, before, now map[string]Alarm) error {
	var back, details []string
	for _, name := range slices.Sorted(slices.Values(names)) {
		then, is := before[name], now[name]
		if then.state == types.StateValueOk && is.state == types.StateValueOk && aws.ToTime(is.since).After(aws.ToTime(then.since)) {
			back = append(back, name)
			details = append(details, fmt.Sprintf("%s was OK, was not, and is OK again since %s", name, text.Clock(is.since)))
		}
	}
	if len(back) == 0 {
		return nil
	}
	return poll.Permanent(&check.Failure{
		Cause:   fmt.Sprintf("%d of %s left OK and came back while watched: %s", len(back), text.Count(len(names), "alarm"), text.Some(back)),
		Details: details,
		Next:    "see when it fired: `aws cloudwatch describe-alarm-history --alarm-name …`; verify again once it has been quiet for its periods",
	})
}

// EvaluateSilence finds alarms in INSUFFICIENT_DATA. Blind ones fail, the others are not enough data; later is what to
// do about those.
func EvaluateSilence(names []string, found map[string]Alarm, now time.Time, later string) error {
	var blind, waiting []string
	for _, name := range slices.Sorted(slices.Values(names)) {
		if found[name].state == types.StateValueOk {
			continue
		}
		line, isBlind := found[name].silence(name, now)
		if isBlind {
			blind = append(blind, line)
		} else {
			waiting = append(waiting, line)
		}
	}
	of := text.Count(len(names), "alarm")
	switch {
	case len(blind) > 0:
		return poll.Permanent(&check.Failure{
			Cause:   fmt.Sprintf("%d of %s blind (INSUFFICIENT_DATA for longer than its periods take)", len(blind), of),
			Details: append(blind, waiting...),
			Next:    "find what should report the metric, under those dimensions: `aws cloudwatch list-metrics`; an alarm that sees nothing will never fire",
		})
	case len(waiting) > 0:
		return poll.Permanent(check.NoData(&check.Failure{
			Cause:   fmt.Sprintf("%d of %s cannot tell yet (INSUFFICIENT_DATA), none in ALARM", len(waiting), of),
			Details: waiting,
			Next:    later,
		}))
	}
	return nil
}

func brokenAlarms(of int, firing, missing, details []string) error {
	var causes []string
	var next []string
	if len(firing) > 0 {
		causes = append(causes, fmt.Sprintf("%d of %s in ALARM: %s", len(firing), text.Count(of, "alarm"), text.Some(firing)))
		next = append(next, "follow the runbook entry of each alarm above")
	}
	if len(missing) > 0 {
		causes = append(causes, fmt.Sprintf("%d of %s missing: %s", len(missing), text.Count(of, "alarm"), text.Some(missing)))
		next = append(next, "run `pulumi up` after `pulumi refresh` to create what is missing")
	}
	return &check.Failure{Cause: strings.Join(causes, ", "), Details: details, Next: strings.Join(next, "; ")}
}

// EvaluateActions finds alarms that would notify nobody.
func EvaluateActions(names []string, found map[string]Alarm) error {
	var mute, details []string
	for _, name := range slices.Sorted(slices.Values(names)) {
		switch a := found[name]; {
		case a.actions == 0:
			mute = append(mute, name)
			details = append(details, name+" has no action for ALARM")
		case !a.enabled:
			mute = append(mute, name)
			details = append(details, name+" has its actions disabled")
		}
	}
	if len(mute) == 0 {
		return nil
	}
	return poll.Permanent(&check.Failure{
		Cause:   fmt.Sprintf("%d of %s would tell nobody: %s", len(mute), text.Count(len(names), "alarm"), text.Some(mute)),
		Details: details,
		Next: "find out who silenced them, then `aws cloudwatch enable-alarm-actions --alarm-names …`; " +
			"actions that were removed come back by `pulumi refresh` and `pulumi up`",
	})
}
