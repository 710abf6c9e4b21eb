package awschecks

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
	"github.com/flowcomply/infrastructure/verify/internal/fakeaws"
)

// A hand-written CloudWatch answers here. Nothing is proved about whether an
// alarm watches the right thing: that is the objectives' and the alarms' own.

func askAlarms(t *testing.T, f *fakeaws.CloudWatch, names ...string) (result check.Result) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		report := check.Run(t.Context(), []check.Check{Alarms(names, f, f.Watch, 5*time.Second, nil, nil)}, check.Options{})
		require.Len(t, report.Results, 1)
		result = report.Results[0]
	})
	return result
}

func TestAlarms_PassWhenAllAreOK(t *testing.T) {
	f := &fakeaws.CloudWatch{
		Metric:    []types.MetricAlarm{fakeaws.Latency(types.StateValueOk), fakeaws.Metric("not-ours", types.StateValueAlarm)},
		Composite: []types.CompositeAlarm{{AlarmName: aws.String("any"), StateValue: types.StateValueOk}},
	}
	got := askAlarms(t, f, "api-latency", "any")
	assert.Equal(t, check.OK, got.Outcome, got.Cause)
	assert.Equal(t, "2 alarms, none in ALARM", got.Seen)
}

func TestAlarms_ShowsEachThatFiresAndEachThatIsGone(t *testing.T) {
	f := &fakeaws.CloudWatch{
		Metric: []types.MetricAlarm{fakeaws.Latency(types.StateValueAlarm), fakeaws.Metric("new", types.StateValueInsufficientData)},
		Composite: []types.CompositeAlarm{{
			AlarmName: aws.String("rollback"), StateValue: types.StateValueAlarm, AlarmRule: aws.String("ALARM(api-latency)"),
			StateUpdatedTimestamp: aws.Time(fakeaws.Noon),
		}},
	}
	got := askAlarms(t, f, "rollback", "new", "gone", "api-latency")
	assert.Equal(t, check.FailedNow, got.Outcome)
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
	f := &fakeaws.CloudWatch{Metric: []types.MetricAlarm{fakeaws.Latency(types.StateValueOk)}, Watch: 10 * time.Second}
	f.Look = func(f *fakeaws.CloudWatch) {
		if f.Calls == 2 { // it is OK again, but not still
			f.Metric[0].StateTransitionedTimestamp = aws.Time(fakeaws.Noon.Add(time.Hour))
		}
	}
	got := askAlarms(t, f, "api-latency")
	checktest.Expect(t, got, check.FailedNow, "1 of 1 alarm left OK and came back while watched: api-latency")
}

func TestAlarms_SilenceNeedsAReason(t *testing.T) {
	for name, tc := range map[string]struct {
		alarm   types.MetricAlarm
		outcome check.Outcome
		says    string
	}{
		"just made":                {fakeaws.Silent("new", time.Minute, time.Minute, "missing"), check.NotEnoughData, "new is new, or its data has just stopped: for 1m; a verdict takes up to 10m"},
		"lost its data just now":   {fakeaws.Silent("new", 90*24*time.Hour, 9*time.Minute, "missing"), check.NotEnoughData, "for 9m"},
		"changed just now":         {fakeaws.Silent("new", time.Minute, 90*24*time.Hour, "missing"), check.NotEnoughData, "for 1m"},
		"for longer than it takes": {fakeaws.Silent("new", 11*time.Minute, 11*time.Minute, "missing"), check.FailedNow, "new has had no data since 1999-12-31T23:49:00Z: nothing reports TargetResponseTime p95"},
		"though silence is OK":     {fakeaws.Silent("new", 11*time.Minute, 11*time.Minute, "notBreaching"), check.FailedNow, "nothing reports"},
		"of unknown age":           {types.MetricAlarm{AlarmName: aws.String("new"), StateValue: types.StateValueInsufficientData}, check.NotEnoughData, "does not say since when"},
	} {
		t.Run(name, func(t *testing.T) {
			got := askAlarms(t, &fakeaws.CloudWatch{Metric: []types.MetricAlarm{fakeaws.Latency(types.StateValueOk), tc.alarm}}, "api-latency", "new")
			checktest.Expect(t, got, tc.outcome, "1 of 2 alarms", "INSUFFICIENT_DATA", tc.says)
			assert.Zero(t, got.Took)
		})
	}
}

// The alarms of a first update are there half an hour before the tasks that they watch: databases take that long.
func TestAlarms_SilenceCountsFromTheDeployment(t *testing.T) {
	for name, tc := range map[string]struct {
		deployed Deployed
		outcome  check.Outcome
	}{
		"deployed moments ago": {func(context.Context) (time.Time, error) { return time.Now().Add(-2 * time.Minute), nil }, check.NotEnoughData},
		"deployed long ago":    {func(context.Context) (time.Time, error) { return time.Now().Add(-time.Hour), nil }, check.FailedNow},
		"nobody can tell":      {nil, check.FailedNow},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fakeaws.CloudWatch{Metric: []types.MetricAlarm{fakeaws.Silent("new", 30*time.Minute, 30*time.Minute, "missing")}}
			got := checktest.One(t, Alarms([]string{"new"}, f, 0, 5*time.Second, nil, tc.deployed))
			checktest.Expect(t, got, tc.outcome, "1 of 1 alarm", "INSUFFICIENT_DATA")
		})
	}
}

func TestAlarms_OneThatFiresMeanwhileIsCaught(t *testing.T) {
	fires := func(at int) *fakeaws.CloudWatch {
		return &fakeaws.CloudWatch{Watch: 12 * time.Second, Metric: []types.MetricAlarm{fakeaws.Latency(types.StateValueOk)}, Look: func(f *fakeaws.CloudWatch) {
			if f.Calls == at {
				f.Metric[0].StateValue = types.StateValueAlarm
			}
		}}
	}
	f := fires(3)
	got := askAlarms(t, f, "api-latency")
	checktest.Expect(t, got, check.FailedNow, "1 of 1 alarm in ALARM: api-latency")
	assert.Equal(t, 10*time.Second, got.Took)

	f = fires(5)
	got = askAlarms(t, f, "api-latency")
	checktest.Expect(t, got, check.OK, "1 alarm, none in ALARM, watched for 12s")
	assert.Equal(t, 15*time.Second, got.Took, "the look after the watch is the last")
	assert.Equal(t, 4, f.Calls)
}

func TestAlarms_ASlowFirstAnswerIsNoWatch(t *testing.T) {
	f := &fakeaws.CloudWatch{Watch: 5 * time.Second, Metric: []types.MetricAlarm{fakeaws.Latency(types.StateValueOk)}, Look: func(f *fakeaws.CloudWatch) {
		if f.Calls == 1 {
			time.Sleep(8 * time.Second) // of the test's own clock
		} else {
			f.Metric[0].StateValue = types.StateValueAlarm
		}
	}}
	checktest.Expect(t, askAlarms(t, f, "api-latency"), check.FailedNow, "1 of 1 alarm in ALARM: api-latency")
}

func TestAlarms_OneThatLearnsMeanwhileIsFine(t *testing.T) {
	f := &fakeaws.CloudWatch{Watch: 5 * time.Second, Metric: []types.MetricAlarm{fakeaws.Silent("new", time.Minute, time.Minute, "missing")}, Look: func(f *fakeaws.CloudWatch) {
		if f.Calls == 2 {
			f.Metric[0].StateValue = types.StateValueOk
		}
	}}
	checktest.Expect(t, askAlarms(t, f, "new"), check.OK)
}

func TestAlarms_AreReadInChunksAndPages(t *testing.T) {
	f := &fakeaws.CloudWatch{}
	var names []string
	for i := range 230 {
		names = append(names, fmt.Sprintf("alarm-%03d", i))
		f.Metric = append(f.Metric, fakeaws.Metric(names[i], types.StateValueOk))
	}
	assert.Equal(t, check.OK, askAlarms(t, f, names...).Outcome)
	assert.Equal(t, 3, f.Calls)

	f.Metric[229].StateValue = types.StateValueAlarm
	assert.Equal(t, "1 of 230 alarms in ALARM: alarm-229", askAlarms(t, f, names...).Cause)
}

func TestAlarms_ThrottlingIsWaitedOut(t *testing.T) {
	f := &fakeaws.CloudWatch{Metric: []types.MetricAlarm{fakeaws.Latency(types.StateValueOk)}, Failures: 2}
	got := askAlarms(t, f, "api-latency")
	assert.Equal(t, check.OK, got.Outcome, got.Cause)
	assert.Equal(t, 10*time.Second, got.Took)

	f = &fakeaws.CloudWatch{Failures: 1000}
	got = askAlarms(t, f, "api-latency")
	assert.Equal(t, check.TimedOut, got.Outcome)
	assert.Contains(t, got.Cause, "last failure: AWS: Throttling: Rate exceeded")
}

func TestThreshold_Words(t *testing.T) {
	rate := fakeaws.Latency(types.StateValueAlarm)
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
		lines := Alarm{CompositeAlarm: types.CompositeAlarm{AlarmDescription: &description}}.describe("a")
		assert.Equal(t, want, lines[len(lines)-1])
	}
}
