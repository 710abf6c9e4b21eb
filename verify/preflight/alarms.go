package preflight

import (
	"context"
	"time"

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
func alarmsReady(names []string, api awschecks.AlarmReader, interval time.Duration) check.Check {
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
			return awschecks.EvaluateSilence(names, found, time.Now(), "nothing speaks against the release; verification looks again after it")
		})
		return text.Count(len(names), "alarm") + " with actions, none in ALARM", err
	}}
}
