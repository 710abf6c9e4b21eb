package awschecks

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// NextTargets is what to do next where the load balancer or its targets do not answer.
const NextTargets = "look at target health and stopped tasks (runbook, service won't start), then at the service's log"

// Targets checks what the load balancer says of a service's tasks: enough targets are healthy, and all others are
// draining. A service without a load balancer has no such check.
//
//runbook:4.3#4 wants enough healthy targets, and none in trouble.
func Targets(name string, want outputs.Service, api TargetSource, interval time.Duration) check.Check {
	return check.Check{Group: "targets", Name: name, Run: func(ctx context.Context) (string, error) {
		return check.Poll(ctx, interval, func(ctx context.Context) (string, error) {
			states, err := api.TargetHealth(ctx, want.TargetGroupArn)
			if err != nil {
				return "", err
			}
			return evaluateTargets(states, want)
		})
	}}
}

// line is a target with its state, and why it is in it.
func (t TargetState) line() string {
	line := fmt.Sprintf("%s is %s: %s", t.Target, text.OrUnknown(t.State), text.OrUnknown(t.Reason))
	if t.Description != "" {
		line += ", " + t.Description
	}
	return line
}

func evaluateTargets(states []TargetState, want outputs.Service) (string, error) {
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
		kinds[text.OrUnknown(t.State)]++
		details = append(details, t.line())
		next = text.First(next, TargetHint(t.Reason))
	}
	var causes []string
	if healthy < want.MinimumTasks {
		causes = append(causes, fmt.Sprintf("%d of at least %s healthy", healthy, text.Count(want.MinimumTasks, "target")))
	}
	for kind, n := range kinds {
		causes = append(causes, fmt.Sprintf("%s %s", text.Count(n, "target"), kind))
	}
	if len(causes) == 0 {
		return text.Count(healthy, "target") + " healthy", nil
	}
	slices.Sort(causes)
	cause := strings.Join(causes, ", ")
	if len(details) > 0 {
		cause += " (" + details[0] + ")"
	}
	return "", &check.Failure{Cause: cause, Details: details, Next: text.First(next, NextTargets)}
}
