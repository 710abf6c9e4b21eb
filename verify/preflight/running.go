package preflight

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/awschecks"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/inputs"
)

// alarmsReady checks, with a single look, that each of the named alarms exists, notifies somebody, does not fire now,
// and is not blind.
//
// Otherwise the release would fail its own verification, and ECS would roll it back, for what was wrong before it. An
// alarm that is too young to tell is no reason to wait.
func alarmsReady(names []string, api awschecks.AlarmReader, deployed awschecks.Deployed, interval time.Duration) check.Check {
	return check.Check{Group: inputs.AlarmsGroup, Name: "state", Run: func(ctx context.Context) (string, error) {
		err := poll.Until(ctx, interval, func(ctx context.Context) error {
			found, err := awschecks.DescribeAlarms(ctx, names, api)
			if err != nil {
				return err
			}
			if err := awschecks.EvaluateAlarms(names, found); err != nil {
				return err
			}
			if err := awschecks.EvaluateActions(names, found); err != nil {
				return err
			}
			when, err := deployed.Moment(ctx)
			if err != nil {
				return err
			}
			return awschecks.EvaluateSilence(names, found, when, time.Now(), "nothing speaks against the release; verification looks again after it")
		})
		return text.Count(len(names), "alarm") + " with actions, none in ALARM", err
	}}
}

// serviceSteady checks that ECS is not deploying the service. It may be for somebody else's update, which Pulumi's lock
// does not see, or for an earlier update that was interrupted. A deployment that ends before the check's deadline is
// waited for.
func serviceSteady(role, cluster, service string, api awschecks.DeploymentReader, interval time.Duration) check.Check {
	return check.Polled(inputs.DeploymentsGroup, role, interval, func(ctx context.Context) (string, error) {
		got, err := awschecks.DescribeService(ctx, cluster, service, api)
		if err != nil {
			return "", err
		}
		return evaluateSteady(cluster, service, got)
	})
}

func evaluateSteady(cluster, service string, got ecstypes.Service) (string, error) {
	if status := aws.ToString(got.Status); status != awschecks.Active {
		return "", refused("deploy it again: `pulumi refresh`, then `pulumi up`; a deleted service does not come back", "the service is %s", text.OrUnknown(status))
	}
	var moving, done []string
	for _, d := range got.Deployments {
		line := fmt.Sprintf("%s is %s", awschecks.Revision(aws.ToString(d.TaskDefinition)), text.OrUnknown(string(d.RolloutState)))
		switch {
		case aws.ToString(d.Status) == awschecks.Primary && d.RolloutState == ecstypes.DeploymentRolloutStateInProgress:
			moving = append(moving, fmt.Sprintf("%s with %d of %s running, since %s",
				line, d.RunningCount, text.Count(int(d.DesiredCount), "task"), text.Clock(d.CreatedAt)))
		case aws.ToString(d.Status) == awschecks.Active:
			moving = append(moving, fmt.Sprintf("%s is still being replaced, with %s running",
				awschecks.Revision(aws.ToString(d.TaskDefinition)), text.Count(int(d.RunningCount), "task")))
		default:
			done = append(done, line)
		}
	}
	if len(moving) == 0 {
		return strings.Join(done, "; "), nil
	}
	return "", &check.Failure{
		Cause:   "a deployment of " + service + " is under way: " + strings.Join(moving, "; "),
		Details: awschecks.History(got),
		Next: fmt.Sprintf("find out whose it is (the events above); what an interrupted update left ends by itself. "+
			"Wait for it: `aws ecs wait services-stable --cluster %s --services %s`, then run the update again",
			cluster[strings.LastIndex(cluster, "/")+1:], service),
	}
}

// imageExists checks that the repository with the URL still has the image. A rollback's tasks pull it by this digest.
// If a lifecycle policy has removed it, they would fail only minutes later (CannotPullContainerError).
func imageExists(url, digest string, api awschecks.ImageReader, interval time.Duration) check.Check {
	_, name, _ := strings.Cut(url, "/")
	return check.Polled(inputs.ImagesGroup, name, interval, func(ctx context.Context) (string, error) {
		return awschecks.ImageStored(ctx, name, digest, api, "go back to a later release, whose images are still there, or release the old "+
			"source under a new version; registry.keepReleases says how many are kept")
	})
}
