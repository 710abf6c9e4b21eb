package verify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Targets checks what the load balancer thinks of a service's tasks: at least
// the minimum of its targets is healthy, and none is anything else but on its
// way out. A service behind no load balancer has no such check.
//
//runbook:4.3#4 wants enough healthy targets, and none in trouble.
func Targets(name string, want outputs.Service, api TargetSource, interval time.Duration) Check {
	return Check{Group: "targets", Name: name, Run: func(ctx context.Context) (string, error) {
		return look(ctx, interval, func(ctx context.Context) (string, error) {
			states, err := api.TargetHealth(ctx, want.TargetGroupArn)
			if err != nil {
				return "", err
			}
			return judgeTargets(states, want)
		})
	}}
}

func judgeTargets(states []TargetState, want outputs.Service) (string, error) {
	healthy := 0
	var details []string
	var next string
	kinds := map[string]int{}
	for _, t := range states {
		switch t.State {
		case "healthy":
			healthy++
			continue
		case "draining": // a deployment or scaling takes it out
			continue
		}
		kinds[orUnknown(t.State)]++
		line := fmt.Sprintf("%s is %s: %s", t.Target, orUnknown(t.State), orUnknown(t.Reason))
		if t.Description != "" {
			line += ", " + t.Description
		}
		details = append(details, line)
		next = firstText(next, targetCure(t.Reason))
	}
	var causes []string
	if healthy < want.MinimumTasks {
		causes = append(causes, fmt.Sprintf("%d of at least %s healthy", healthy, count(want.MinimumTasks, "target")))
	}
	for kind, n := range kinds {
		causes = append(causes, fmt.Sprintf("%s %s", count(n, "target"), kind))
	}
	if len(causes) == 0 {
		return count(healthy, "target") + " healthy", nil
	}
	slices.Sort(causes)
	cause := strings.Join(causes, ", ")
	if len(details) > 0 {
		cause += " (" + details[0] + ")"
	}
	return "", &Failure{Cause: cause, Details: details, Next: firstText(next, nextTargets)}
}
