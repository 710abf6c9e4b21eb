package awschecks

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Deployed returns the time since when only the present release runs. What was measured before that is about another
// release.
//
// A verification that follows moments after an update needs it. With nil, everything counts as this release's.
type Deployed func(context.Context) (time.Time, error)

// Moment is that time; the zero time with nil.
func (since Deployed) Moment(ctx context.Context) (time.Time, error) {
	if since == nil {
		return time.Time{}, nil
	}
	return since(ctx)
}

// RolloutTime is how long a deployment may take, counted from the end of the update's last resource: ECS bakes it, once the
// tasks of before are gone, for as long as its alarms look back (five minutes), and autoscaling and Fargate need some minutes
// to bring back a service that was scaled to zero.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
const RolloutTime = 15 * time.Minute

// RecoveryTime is how long an alarm that fired before the deployment may take to be OK again: its periods have to pass.
const RecoveryTime = 10 * time.Minute

// DeploymentTime returns when the last of the services' deployments was complete, by what ECS says of it.
func DeploymentTime(out outputs.Outputs, api DeploymentReader) Deployed {
	return func(ctx context.Context) (time.Time, error) {
		var names []string
		for _, role := range slices.Sorted(maps.Keys(out.Services)) {
			names = append(names, out.Services[role].ServiceName)
		}
		var last time.Time
		for some := range slices.Chunk(names, serviceChunk) {
			found, err := api.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &out.ClusterArn, Services: some})
			if err != nil {
				return last, Explain(err)
			}
			for _, service := range found.Services {
				d := primary(service)
				if d.RolloutState != types.DeploymentRolloutStateCompleted {
					continue
				}
				if complete := aws.ToTime(cmp.Or(d.UpdatedAt, d.CreatedAt)); complete.After(last) {
					last = complete
				}
			}
		}
		return last, nil
	}
}

// serviceChunk is the most services that DescribeServices takes.
const serviceChunk = 10

// alarms evaluates broken alarms for this release alone.
//
// If all of them fired before the present tasks were deployed, they are left from the release before, or from a restore
// during which nothing ran. They pass by themselves, and are waited for.
func (since Deployed) alarms(ctx context.Context, names []string, found map[string]Alarm, broken error) error {
	if since == nil || broken == nil {
		return broken
	}
	when, err := since(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		a, exists := found[name]
		if !exists || a.StateValue == cwtypes.StateValueAlarm && a.seenPeriodAfter(firstFullMinute(when)) {
			return broken
		}
	}
	return &check.Failure{
		Cause: fmt.Sprintf("%v; all by what was before %s, when what runs now was deployed: waiting for them to fall silent", broken, text.Clock(&when)),
		Next:  "if they do not, what they watch is not cured by the release: follow the runbook entry of each",
	}
}

// seenPeriodAfter tells whether the alarm's state comes from at least one whole period after a moment. An alarm that fires
// moments after a deployment does so by the periods before it.
func (a Alarm) seenPeriodAfter(after time.Time) bool {
	return !aws.ToTime(a.since()).Truncate(time.Minute).Add(-a.period).Before(after)
}

// firstFullMinute is when the first minute begins that has no data from before a deployment. CloudWatch keeps whole
// minutes, and the minute of the deployment has data of both releases.
func firstFullMinute(deployed time.Time) time.Time {
	return deployed.Truncate(time.Minute).Add(time.Minute)
}

// of evaluates an objective for this release alone, where a window that began before it is breached.
func (since Deployed) of(ctx context.Context, o outputs.Objective, breached error, api MetricReader) (string, error) {
	if since == nil {
		return "", breached
	}
	when, err := since(ctx)
	if err != nil {
		return "", err
	}
	now := time.Now()
	start := firstFullMinute(when)
	if !start.Before(now) {
		return "", noData(fmt.Sprintf("%v; but that is of before %s, when what runs now was deployed", breached, text.Clock(&when)),
			"verify again in some minutes")
	}
	found, err := measure(ctx, []outputs.Objective{o}, now.Sub(start), now, api)
	if err != nil {
		return "", err
	}
	m := found[o.Name]
	if m.refused != nil {
		return "", m.refused
	}
	return evaluateMeasured(o, m, now.Sub(start).Round(time.Second))
}
