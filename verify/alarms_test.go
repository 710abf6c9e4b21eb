package verify

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A hand-written CloudWatch answers here. Nothing is proved about whether an
// alarm watches the right thing: that is the objectives' and the alarms' own.

// fakeCloudWatch holds to DescribeAlarms' limits: 100 names a call, pages of
// MaxRecords or 50, composite alarms only when asked for.
type fakeCloudWatch struct {
	metric    []types.MetricAlarm
	composite []types.CompositeAlarm
	calls     int
	failures  int // calls that are throttled first
	watch     time.Duration
	look      func(*fakeCloudWatch) // before each call; moves the world on
}

func (f *fakeCloudWatch) DescribeAlarms(_ context.Context, in *cloudwatch.DescribeAlarmsInput, _ ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error) {
	f.calls++
	if f.look != nil {
		f.look(f)
	}
	if f.calls <= f.failures {
		return nil, &smithy.GenericAPIError{Code: "Throttling", Message: "Rate exceeded"}
	}
	if len(in.AlarmNames) == 0 || len(in.AlarmNames) > 100 {
		panic("DescribeAlarms takes 1 to 100 names")
	}
	size := 50
	if in.MaxRecords != nil {
		size = int(*in.MaxRecords)
	}
	var found []types.MetricAlarm
	for _, a := range f.metric {
		if slices.Contains(in.AlarmNames, *a.AlarmName) {
			found = append(found, a)
		}
	}
	out := &cloudwatch.DescribeAlarmsOutput{MetricAlarms: found}
	if in.NextToken != nil {
		out.MetricAlarms = found[size:]
	} else if len(found) > size {
		out.MetricAlarms, out.NextToken = found[:size], aws.String("more")
	}
	if slices.Contains(in.AlarmTypes, types.AlarmTypeCompositeAlarm) && in.NextToken == nil {
		for _, a := range f.composite {
			if slices.Contains(in.AlarmNames, *a.AlarmName) {
				out.CompositeAlarms = append(out.CompositeAlarms, a)
			}
		}
	}
	return out, nil
}

func latency(state types.StateValue) types.MetricAlarm {
	return types.MetricAlarm{
		AlarmName: aws.String("api-latency"), StateValue: state,
		StateReason:                aws.String("Threshold Crossed: 3 datapoints were greater than the threshold (0.2)."),
		StateTransitionedTimestamp: aws.Time(noon),
		StateUpdatedTimestamp:      aws.Time(noon.Add(time.Hour)),
		MetricName:                 aws.String("TargetResponseTime"), ExtendedStatistic: aws.String("p95"),
		ComparisonOperator: types.ComparisonOperatorGreaterThanOrEqualToThreshold, Threshold: aws.Float64(0.2),
		EvaluationPeriods: aws.Int32(5), DatapointsToAlarm: aws.Int32(3), Period: aws.Int32(60),
		AlarmDescription: aws.String("p95 is above 200 ms. Runbook: docs/alarms.md#routed-latency."),
	}
}

func metric(name string, state types.StateValue) types.MetricAlarm {
	a := latency(state)
	a.AlarmName = &name
	return a
}

func askAlarms(t *testing.T, f *fakeCloudWatch, names ...string) (result Result) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		report := Run(t.Context(), []Check{Alarms(names, f, f.watch, 5*time.Second, nil)}, Options{})
		require.Len(t, report.Results, 1)
		result = report.Results[0]
	})
	return result
}

func TestAlarms_PassWhenAllAreOK(t *testing.T) {
	f := &fakeCloudWatch{
		metric:    []types.MetricAlarm{latency(types.StateValueOk), metric("not-ours", types.StateValueAlarm)},
		composite: []types.CompositeAlarm{{AlarmName: aws.String("any"), StateValue: types.StateValueOk}},
	}
	got := askAlarms(t, f, "api-latency", "any")
	assert.Equal(t, OK, got.Outcome, got.Cause)
	assert.Equal(t, "2 alarms, none in ALARM", got.Seen)
}

func TestAlarms_ShowsEachThatFiresAndEachThatIsGone(t *testing.T) {
	f := &fakeCloudWatch{
		metric: []types.MetricAlarm{latency(types.StateValueAlarm), metric("new", types.StateValueInsufficientData)},
		composite: []types.CompositeAlarm{{
			AlarmName: aws.String("rollback"), StateValue: types.StateValueAlarm, AlarmRule: aws.String("ALARM(api-latency)"),
			StateUpdatedTimestamp: aws.Time(noon),
		}},
	}
	got := askAlarms(t, f, "rollback", "new", "gone", "api-latency")
	assert.Equal(t, FailedNow, got.Outcome)
	assert.Equal(t, "2 of 4 alarms in ALARM: api-latency, rollback, 1 of 4 alarms missing: gone", got.Cause)
	assert.Equal(t, []string{
		"api-latency in ALARM since 2025-10-07T12:00:00Z",
		"  reason: Threshold Crossed: 3 datapoints were greater than the threshold (0.2).",
		"  alarms when: TargetResponseTime p95 >= 0.2 in 3 of 5 periods of 60 s",
		"  runbook: docs/alarms.md#routed-latency",
		"rollback in ALARM since 2025-10-07T12:00:00Z",
		"  alarms when: ALARM(api-latency)",
		"  no runbook entry and no description",
		"gone does not exist",
	}, got.Details)
	assert.Contains(t, got.Next, "runbook entry")
	assert.Contains(t, got.Next, "pulumi up")
	assert.Zero(t, got.Took)
}

func TestAlarms_CatchOneThatFiresBetweenTwoLooks(t *testing.T) {
	f := &fakeCloudWatch{metric: []types.MetricAlarm{latency(types.StateValueOk)}, watch: 10 * time.Second}
	f.look = func(f *fakeCloudWatch) {
		if f.calls == 2 { // it is OK again, but not still
			f.metric[0].StateTransitionedTimestamp = aws.Time(noon.Add(time.Hour))
		}
	}
	got := askAlarms(t, f, "api-latency")
	expect(t, got, FailedNow, "1 of 1 alarm left OK and came back while watched: api-latency")
}

// silent is an alarm that cannot tell, as of a time before synctest's noon.
func silent(name string, configured, since time.Duration, missing string) types.MetricAlarm {
	a := metric(name, types.StateValueInsufficientData)
	begin := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // when synctest's clock starts
	a.AlarmConfigurationUpdatedTimestamp = aws.Time(begin.Add(-configured))
	a.StateTransitionedTimestamp, a.StateUpdatedTimestamp = aws.Time(begin.Add(-since)), nil
	a.TreatMissingData = &missing
	return a
}

func TestAlarms_SilenceNeedsAReason(t *testing.T) {
	for name, tc := range map[string]struct {
		alarm   types.MetricAlarm
		outcome Outcome
		says    string
	}{
		"just made":                {silent("new", time.Minute, time.Minute, "missing"), NotEnoughData, "new is new, or its data has just stopped: for 1m; a verdict takes up to 10m"},
		"lost its data just now":   {silent("new", 90*24*time.Hour, 9*time.Minute, "missing"), NotEnoughData, "for 9m"},
		"changed just now":         {silent("new", time.Minute, 90*24*time.Hour, "missing"), NotEnoughData, "for 1m"},
		"for longer than it takes": {silent("new", 11*time.Minute, 11*time.Minute, "missing"), FailedNow, "new has had no data since 1999-12-31T23:49:00Z: nothing reports TargetResponseTime p95"},
		"though silence is OK":     {silent("new", 11*time.Minute, 11*time.Minute, "notBreaching"), FailedNow, "nothing reports"},
		"of unknown age":           {types.MetricAlarm{AlarmName: aws.String("new"), StateValue: types.StateValueInsufficientData}, NotEnoughData, "does not say since when"},
	} {
		t.Run(name, func(t *testing.T) {
			got := askAlarms(t, &fakeCloudWatch{metric: []types.MetricAlarm{latency(types.StateValueOk), tc.alarm}}, "api-latency", "new")
			expect(t, got, tc.outcome, "1 of 2 alarms", "INSUFFICIENT_DATA", tc.says)
			assert.Zero(t, got.Took)
		})
	}
}

func TestAlarms_OneThatFiresMeanwhileIsCaught(t *testing.T) {
	fires := func(at int) *fakeCloudWatch {
		return &fakeCloudWatch{watch: 12 * time.Second, metric: []types.MetricAlarm{latency(types.StateValueOk)}, look: func(f *fakeCloudWatch) {
			if f.calls == at {
				f.metric[0].StateValue = types.StateValueAlarm
			}
		}}
	}
	f := fires(3)
	got := askAlarms(t, f, "api-latency")
	expect(t, got, FailedNow, "1 of 1 alarm in ALARM: api-latency")
	assert.Equal(t, 10*time.Second, got.Took)

	f = fires(5)
	got = askAlarms(t, f, "api-latency")
	expect(t, got, OK, "1 alarm, none in ALARM, watched for 12s")
	assert.Equal(t, 15*time.Second, got.Took, "the look after the watch is the last")
	assert.Equal(t, 4, f.calls)
}

func TestAlarms_OneThatLearnsMeanwhileIsFine(t *testing.T) {
	f := &fakeCloudWatch{watch: 5 * time.Second, metric: []types.MetricAlarm{silent("new", time.Minute, time.Minute, "missing")}, look: func(f *fakeCloudWatch) {
		if f.calls == 2 {
			f.metric[0].StateValue = types.StateValueOk
		}
	}}
	expect(t, askAlarms(t, f, "new"), OK)
}

func TestAlarms_AreReadInChunksAndPages(t *testing.T) {
	f := &fakeCloudWatch{}
	var names []string
	for i := range 230 {
		names = append(names, fmt.Sprintf("alarm-%03d", i))
		f.metric = append(f.metric, metric(names[i], types.StateValueOk))
	}
	assert.Equal(t, OK, askAlarms(t, f, names...).Outcome)
	assert.Equal(t, 3, f.calls)

	f.metric[229].StateValue = types.StateValueAlarm
	assert.Equal(t, "1 of 230 alarms in ALARM: alarm-229", askAlarms(t, f, names...).Cause)
}

func TestAlarms_ThrottlingIsWaitedOut(t *testing.T) {
	f := &fakeCloudWatch{metric: []types.MetricAlarm{latency(types.StateValueOk)}, failures: 2}
	got := askAlarms(t, f, "api-latency")
	assert.Equal(t, OK, got.Outcome, got.Cause)
	assert.Equal(t, 10*time.Second, got.Took)

	f = &fakeCloudWatch{failures: 1000}
	got = askAlarms(t, f, "api-latency")
	assert.Equal(t, TimedOut, got.Outcome)
	assert.Contains(t, got.Cause, "last failure: AWS: Throttling: Rate exceeded")
}

func TestThreshold_Words(t *testing.T) {
	rate := latency(types.StateValueAlarm)
	rate.MetricName, rate.Period, rate.DatapointsToAlarm, rate.EvaluationPeriods = nil, nil, nil, aws.Int32(1)
	rate.ComparisonOperator, rate.Threshold = types.ComparisonOperatorGreaterThanThreshold, aws.Float64(5)
	rate.Metrics = []types.MetricDataQuery{
		{Id: aws.String("errors"), ReturnData: aws.Bool(false), MetricStat: &types.MetricStat{Period: aws.Int32(300)}},
		{Id: aws.String("rate"), ReturnData: aws.Bool(true), Expression: aws.String("100*errors/requests"), Label: aws.String("5xx %")},
	}
	assert.Equal(t, "5xx % > 5 in 1 of 1 period of 300 s", threshold(rate))

	rate.Metrics, rate.Threshold, rate.EvaluationPeriods = nil, nil, nil
	rate.ComparisonOperator = types.ComparisonOperatorLessThanLowerThreshold
	assert.Equal(t, "its metric math LessThanLowerThreshold its band", threshold(rate))
}

func TestAlarm_RunbookAnchor(t *testing.T) {
	for description, want := range map[string]string{
		"See docs/alarms.md#routed-latency.":             "  runbook: docs/alarms.md#routed-latency",
		"(https://wiki.example/runbook#db) for the pool": "  runbook: https://wiki.example/runbook#db",
		"Issue # 5 is about it":                          "  no runbook entry; description: Issue # 5 is about it",
		"":                                               "  no runbook entry and no description",
	} {
		lines := alarm{description: description}.describe("a")
		assert.Equal(t, want, lines[len(lines)-1])
	}
}
