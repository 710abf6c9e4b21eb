package awschecks

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/internal/fakeaws"
	"github.com/flowcomply/infrastructure/verify/outputs"
	"github.com/flowcomply/infrastructure/verify/outputs/outputstest"
)

// These tests tell what is this release's from what the release before left. The clock is synctest's, which begins at
// midnight of 2000-01-01.

func since(when time.Time) Deployed {
	return func(context.Context) (time.Time, error) { return when, nil }
}

func firing(name string, since time.Time) cwtypes.MetricAlarm {
	return changed(name, cwtypes.StateValueAlarm, since)
}

func changed(name string, state cwtypes.StateValue, since time.Time) cwtypes.MetricAlarm {
	a := fakeaws.Metric(name, state)
	a.StateUpdatedTimestamp, a.StateTransitionedTimestamp = &since, nil
	return a
}

func TestAlarms_WaitForWhatTheReleaseBeforeLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		deployed := time.Now()
		f := &fakeaws.CloudWatch{Metric: []cwtypes.MetricAlarm{firing("old", deployed.Add(-time.Minute))}, Look: func(f *fakeaws.CloudWatch) {
			if f.Calls == 4 {
				f.Metric = []cwtypes.MetricAlarm{fakeaws.Metric("old", cwtypes.StateValueOk)}
			}
		}}
		got := check.Run(t.Context(), []check.Check{Alarms([]string{"old"}, f, 0, 5*time.Second, since(deployed), nil)}, check.Options{}).Results[0]
		assert.Equal(t, check.OK, got.Outcome, got.Cause)
		assert.Equal(t, 4, f.Calls)
	})
}

// The periods that an alarm evaluates end before it fires. So it may fire for a restore's drain, or for the release before,
// when something else already runs. That it is OK again afterwards is no flapping.
func TestAlarms_WaitForOneThatFiresOnlyNowByWhatWasBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(10*time.Minute + 50*time.Second) // the bubble's clock moves at once
		deployed := time.Now()
		f := &fakeaws.CloudWatch{Metric: []cwtypes.MetricAlarm{fakeaws.Metric("late", cwtypes.StateValueOk)}, Look: func(f *fakeaws.CloudWatch) {
			switch f.Calls {
			case 2:
				f.Metric = []cwtypes.MetricAlarm{firing("late", time.Now())}
			case 50:
				f.Metric = []cwtypes.MetricAlarm{changed("late", cwtypes.StateValueOk, time.Now())}
			}
		}}
		one := Alarms([]string{"late"}, f, 20*time.Second, 5*time.Second, since(deployed), nil)
		one.Timeout = RecoveryTime
		got := check.Run(t.Context(), []check.Check{one}, check.Options{}).Results[0]
		assert.Equal(t, check.OK, got.Outcome, got.Cause)
		assert.Equal(t, 50, f.Calls)
	})
}

func TestAlarms_DoNotWaitForThisReleases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		deployed := time.Now() // midnight: the first minute that is all this release's ends at 0:02
		for name, alarms := range map[string][]cwtypes.MetricAlarm{
			"fired since":      {firing("old", deployed.Add(-time.Minute)), firing("new", deployed.Add(2*time.Minute))},
			"one that is gone": {firing("old", deployed.Add(-time.Minute))},
		} {
			f := &fakeaws.CloudWatch{Metric: alarms}
			got := check.Run(t.Context(), []check.Check{Alarms([]string{"old", "new"}, f, 0, 5*time.Second, since(deployed), nil)}, check.Options{}).Results[0]
			assert.Equal(t, check.FailedNow, got.Outcome, name)
		}
		f := &fakeaws.CloudWatch{Metric: []cwtypes.MetricAlarm{firing("old", deployed.Add(2*time.Minute-time.Second))}}
		got := check.Run(t.Context(), []check.Check{Alarms([]string{"old"}, f, 0, 5*time.Second, since(deployed), nil)}, check.Options{}).Results[0]
		assert.Equal(t, check.TimedOut, got.Outcome)
		assert.Contains(t, got.Cause, "all by what was before 2000-01-01T00:00:00Z, when what runs now was deployed")
	})
}

func TestMeasured_EvaluatesThisReleaseOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(10*time.Minute + 30*time.Second) // the bubble's clock moves at once
		breached := &fakeMetrics{values: map[string][]float64{outputs.ValueID: {50}, "requests": {200}}}
		ask := func(when time.Time) check.Result {
			return check.Run(t.Context(), []check.Check{Measured(errorRate(t), alone(errorRate(t), 5*time.Minute, breached), time.Second, since(when))}, check.Options{}).Results[0]
		}
		assert.Equal(t, check.FailedNow, ask(time.Now().Add(-3*time.Minute)).Outcome, "two whole minutes are this release's")
		assert.Equal(t, 3*time.Minute, breached.request.EndTime.Sub(*breached.request.StartTime))
		got := ask(time.Now().Add(-10 * time.Second))
		assert.Equal(t, check.NotEnoughData, got.Outcome)
		assert.Contains(t, got.Cause, "but that is of before 2000-01-01T00:10:20Z")
	})
}

type serviceList []types.Service

func (s serviceList) DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error) {
	if s == nil {
		return nil, errors.New("no answer")
	}
	return &ecs.DescribeServicesOutput{Services: s}, nil
}

func TestDeployed_IsTheLastCompleteDeployment(t *testing.T) {
	rolled := func(status string, state types.DeploymentRolloutState, updated time.Time) types.Service {
		return types.Service{Deployments: []types.Deployment{{Status: &status, RolloutState: state, UpdatedAt: &updated, CreatedAt: aws.Time(fakeaws.Noon)}}}
	}
	list := serviceList{
		rolled(Primary, types.DeploymentRolloutStateCompleted, fakeaws.Noon.Add(time.Minute)),
		rolled(Primary, types.DeploymentRolloutStateCompleted, fakeaws.Noon.Add(2*time.Minute)),
		rolled(Primary, types.DeploymentRolloutStateInProgress, fakeaws.Noon.Add(time.Hour)),
		rolled("ACTIVE", types.DeploymentRolloutStateCompleted, fakeaws.Noon.Add(time.Hour)),
	}
	when, err := DeploymentTime(outputstest.Example(t), list)(t.Context())
	require.NoError(t, err)
	assert.Equal(t, fakeaws.Noon.Add(2*time.Minute), when)
	_, err = DeploymentTime(outputstest.Example(t), serviceList(nil))(t.Context())
	require.Error(t, err)
}
