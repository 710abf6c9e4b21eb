package verify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// alarmChunk is the most names, and the most records, that DescribeAlarms takes:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
const alarmChunk = 100

// AlarmReader reads alarms; *cloudwatch.Client is one.
type AlarmReader interface {
	DescribeAlarms(context.Context, *cloudwatch.DescribeAlarmsInput, ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error)
}

// Alarms checks that every one of the named alarms exists and none is in ALARM
// (runbook 6.1, which looks at the whole account instead and so cannot see an
// alarm that is gone). Alarms in INSUFFICIENT_DATA make it not enough data: that
// is how every alarm begins, and how one ends whose metric does not exist.
func Alarms(names []string, api AlarmReader, interval time.Duration) Check {
	return Check{Group: "alarms", Name: "state", Run: func(ctx context.Context) (string, error) {
		err := Until(ctx, interval, func(ctx context.Context) error {
			found, err := describeAlarms(ctx, names, api)
			if err != nil {
				return err
			}
			return judgeAlarms(names, found)
		})
		return fmt.Sprintf("%s, none in ALARM", count(len(names), "alarm")), err
	}}
}

func describeAlarms(ctx context.Context, names []string, api AlarmReader) (map[string]alarm, error) {
	found := map[string]alarm{}
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
				return nil, explain(err)
			}
			for _, a := range page.MetricAlarms {
				found[text(a.AlarmName)] = metricAlarm(a)
			}
			for _, a := range page.CompositeAlarms {
				found[text(a.AlarmName)] = compositeAlarm(a)
			}
		}
	}
	return found, nil
}

// judgeAlarms returns nil when all is quiet; any error is final, since a state
// is what CloudWatch thinks now.
func judgeAlarms(names []string, found map[string]alarm) error {
	var missing, firing, silent []string
	var details []string
	for _, name := range slices.Sorted(slices.Values(names)) {
		a, ok := found[name]
		switch {
		case !ok:
			missing = append(missing, name)
		case a.state == types.StateValueAlarm:
			firing = append(firing, name)
			details = append(details, a.describe(name)...)
		case a.state != types.StateValueOk:
			silent = append(silent, name)
		}
	}
	for _, name := range missing {
		details = append(details, name+" does not exist")
	}
	switch {
	case len(firing)+len(missing) > 0:
		return Permanent(brokenAlarms(len(names), firing, missing, details))
	case len(silent) > 0:
		return Permanent(NoData(&Failure{
			Cause:   fmt.Sprintf("%d of %s cannot tell (INSUFFICIENT_DATA), none in ALARM", len(silent), count(len(names), "alarm")),
			Details: silent,
			Next:    "a new alarm needs some of its periods; one that stays so watches a metric that nothing reports",
		}))
	}
	return nil
}

func brokenAlarms(of int, firing, missing, details []string) error {
	var causes []string
	var next []string
	if len(firing) > 0 {
		causes = append(causes, fmt.Sprintf("%d of %s in ALARM", len(firing), count(of, "alarm")))
		next = append(next, "follow the runbook entry of each alarm above")
	}
	if len(missing) > 0 {
		causes = append(causes, fmt.Sprintf("%d of %s missing", len(missing), count(of, "alarm")))
		next = append(next, "run `pulumi up` after `pulumi refresh` to create what is missing")
	}
	return &Failure{Cause: strings.Join(causes, ", "), Details: details, Next: strings.Join(next, "; ")}
}

// count writes a number with its noun: 1 alarm, 2 alarms.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
