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
// With since, alarms that all fired because of what ran before are waited for; nil waits for none. With deployed, an alarm's
// periods count from when what runs now was deployed, at the earliest.
//
//runbook:6.1#2-3 asks for the stack's alarms by name: one that is gone is no alarm in a look at the account. None may be in ALARM.
func Alarms(names []string, api AlarmReader, watch, interval time.Duration, since, deployed Deployed) check.Check {
	return check.Check{Group: "alarms", Name: "state", Run: func(ctx context.Context) (string, error) {
		var first map[string]Alarm
		var began time.Time // when the first look had its answer: however slow that was, what watches looks twice
		err := poll.Until(ctx, interval, func(ctx context.Context) error {
			found, err := DescribeAlarms(ctx, names, api)
			if err != nil {
				return err
			}
			if first == nil {
				first, began = found, time.Now()
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
			when, err := deployed.Moment(ctx)
			if err != nil {
				return err
			}
			return EvaluateSilence(names, found, when, time.Now(), "verify again when their first periods have passed; --require-data counts this as a failure")
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
		if a.StateValue == types.StateValueAlarm {
			first[name] = a
		}
	}
}

// DescribeAlarms reads the alarms of these names. One that does not exist is missing in the result.
func DescribeAlarms(ctx context.Context, names []string, api AlarmReader) (map[string]Alarm, error) {
	found := map[string]Alarm{}
	for chunk := range slices.Chunk(names, alarmChunk) {
		pages := cloudwatch.NewDescribeAlarmsPaginator(api, &cloudwatch.DescribeAlarmsInput{
			AlarmNames: chunk,
			MaxRecords: aws.Int32(alarmChunk), // a page is 50 otherwise
			// Composite alarms come only when asked for.
			AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm},
		})
		err := eachPage(ctx, pages, func(page *cloudwatch.DescribeAlarmsOutput) error {
			for _, a := range page.MetricAlarms {
				found[aws.ToString(a.AlarmName)] = metricAlarm(a)
			}
			for _, a := range page.CompositeAlarms {
				found[aws.ToString(a.AlarmName)] = Alarm{CompositeAlarm: a, series: aws.ToString(a.AlarmRule)}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// pick returns the names about which say has something to say, sorted, and all that it says.
func pick(names []string, say func(name string) []string) (picked, details []string) {
	for _, name := range slices.Sorted(slices.Values(names)) {
		if lines := say(name); len(lines) > 0 {
			picked = append(picked, name)
			details = append(details, lines...)
		}
	}
	return picked, details
}

// EvaluateAlarms returns nil if every alarm exists and none is in ALARM. An error is permanent: the state is what
// CloudWatch says now.
func EvaluateAlarms(names []string, found map[string]Alarm) error {
	firing, details := pick(names, func(name string) []string {
		if found[name].StateValue == types.StateValueAlarm {
			return found[name].describe(name)
		}
		return nil
	})
	missing, gone := pick(names, func(name string) []string {
		if _, ok := found[name]; !ok {
			return []string{name + " does not exist"}
		}
		return nil
	})
	var causes, next []string
	for _, broken := range []struct {
		names      []string
		what, next string
	}{
		{firing, "in ALARM", "follow the runbook entry of each alarm above"},
		{missing, "missing", "run `pulumi up` after `pulumi refresh` to create what is missing"},
	} {
		if len(broken.names) > 0 {
			causes = append(causes, someOf(broken.names, names, broken.what))
			next = append(next, broken.next)
		}
	}
	if len(causes) == 0 {
		return nil
	}
	return permanent(strings.Join(causes, ", "), strings.Join(next, "; "), append(details, gone...)...)
}

// someOf says which of all alarms are in a condition.
func someOf(some, all []string, condition string) string {
	return fmt.Sprintf("%d of %s %s: %s", len(some), text.Count(len(all), "alarm"), condition, text.Some(some))
}

// evaluateFlapping finds alarms that are OK again: one that fired and fell silent between two looks has fired all the
// same.
func evaluateFlapping(names []string, before, now map[string]Alarm) error {
	back, details := pick(names, func(name string) []string {
		then, is := before[name], now[name]
		bothOK := then.StateValue == types.StateValueOk && is.StateValue == types.StateValueOk
		if bothOK && aws.ToTime(is.since()).After(aws.ToTime(then.since())) {
			return []string{fmt.Sprintf("%s was OK, was not, and is OK again since %s", name, text.Clock(is.since()))}
		}
		return nil
	})
	if len(back) == 0 {
		return nil
	}
	return permanent(someOf(back, names, "left OK and came back while watched"),
		"see when it fired: `aws cloudwatch describe-alarm-history --alarm-name …`; verify again once it has been quiet for its periods", details...)
}

// EvaluateSilence finds alarms in INSUFFICIENT_DATA. Blind ones fail, the others are not enough data; later is what to
// do about those.
//
// An alarm's patience counts from when what runs now was deployed, too: the alarms of a first update are there half an hour
// before the tasks that they watch.
func EvaluateSilence(names []string, found map[string]Alarm, deployed, now time.Time, later string) error {
	var blind, waiting []string
	for _, name := range slices.Sorted(slices.Values(names)) {
		if found[name].StateValue == types.StateValueOk {
			continue
		}
		line, isBlind := found[name].silence(name, deployed, now)
		if isBlind {
			blind = append(blind, line)
		} else {
			waiting = append(waiting, line)
		}
	}
	of := text.Count(len(names), "alarm")
	switch {
	case len(blind) > 0:
		return permanent(fmt.Sprintf("%d of %s blind (INSUFFICIENT_DATA for longer than its periods take)", len(blind), of),
			"find what should report the metric, under those dimensions: `aws cloudwatch list-metrics`; an alarm that sees nothing will never fire",
			append(blind, waiting...)...)
	case len(waiting) > 0:
		return noData(fmt.Sprintf("%d of %s cannot tell yet (INSUFFICIENT_DATA), none in ALARM", len(waiting), of), later, waiting...)
	}
	return nil
}

// AlarmActions checks that each of the named alarms would tell somebody.
func AlarmActions(names []string, api AlarmReader, interval time.Duration) check.Check {
	return polled("alarms", "actions", interval, func(ctx context.Context) (string, error) {
		found, err := DescribeAlarms(ctx, names, api)
		if err != nil {
			return "", err
		}
		return text.Count(len(names), "alarm") + " with actions, enabled", EvaluateActions(names, found)
	})
}

// EvaluateActions finds alarms that would notify nobody.
func EvaluateActions(names []string, found map[string]Alarm) error {
	mute, details := pick(names, func(name string) []string {
		a, is := found[name]
		switch {
		case !is: // EvaluateAlarms says so
			return nil
		case len(a.AlarmActions) == 0:
			return []string{name + " has no action for ALARM"}
		case !aws.ToBool(a.ActionsEnabled):
			return []string{name + " has its actions disabled"}
		}
		return nil
	})
	if len(mute) == 0 {
		return nil
	}
	return permanent(someOf(mute, names, "would tell nobody"),
		"find out who silenced them, then `aws cloudwatch enable-alarm-actions --alarm-names …`; "+
			"actions that were removed come back by `pulumi refresh` and `pulumi up`", details...)
}
