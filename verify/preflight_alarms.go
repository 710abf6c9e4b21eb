package verify

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// alarmsReady checks, with a single look, that every one of the named alarms
// exists, tells somebody when it fires, does not fire now, and is not blind: the
// release would fail its own verification, and be rolled back by ECS, for what
// was wrong before it. One that is too young to tell is no reason to wait.
func alarmsReady(names []string, api AlarmReader, interval time.Duration) Check {
	return Check{Group: alarmsGroup, Name: "state", Run: func(ctx context.Context) (string, error) {
		err := Until(ctx, interval, func(ctx context.Context) error {
			found, err := describeAlarms(ctx, names, api)
			if err != nil {
				return err
			}
			if err := judgeAlarms(names, found); err != nil {
				return err
			}
			if err := judgeActions(names, found); err != nil {
				return err
			}
			return judgeSilence(names, found, time.Now(), "nothing speaks against the release; verification looks again after it")
		})
		return count(len(names), "alarm") + " with actions, none in ALARM", err
	}}
}

// judgeActions is about alarms that would fire unheard.
func judgeActions(names []string, found map[string]alarm) error {
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
	return Permanent(&Failure{
		Cause:   fmt.Sprintf("%d of %s would tell nobody: %s", len(mute), count(len(names), "alarm"), some(mute)),
		Details: details,
		Next: "find out who silenced them, then `aws cloudwatch enable-alarm-actions --alarm-names …`; " +
			"actions that were removed come back by `pulumi refresh` and `pulumi up`",
	})
}
