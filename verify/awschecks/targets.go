package awschecks

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

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
func (s Stack) Targets(role string) check.Check {
	want := s.Services[role]
	return polled("targets", role, s.Interval, func(ctx context.Context) (string, error) {
		states, err := s.targetHealth(ctx, want.TargetGroupArn)
		if err != nil {
			return "", err
		}
		return evaluateTargets(states, want)
	})
}

// targetState is what the load balancer says of one target.
type targetState struct{ target, state, reason, description string }

// targetHealth tells the health of every target of a target group.
func (s Stack) targetHealth(ctx context.Context, targetGroupArn string) ([]targetState, error) {
	out, err := s.Balancers.DescribeTargetHealth(ctx, &elasticloadbalancingv2.DescribeTargetHealthInput{TargetGroupArn: &targetGroupArn})
	if err != nil {
		return nil, Explain(err)
	}
	var states []targetState
	for _, d := range out.TargetHealthDescriptions {
		target, health := cmp.Or(d.Target, &types.TargetDescription{}), cmp.Or(d.TargetHealth, &types.TargetHealth{})
		state := targetState{aws.ToString(target.Id), string(health.State), string(health.Reason), aws.ToString(health.Description)}
		if target.Port != nil {
			state.target += fmt.Sprintf(":%d", *target.Port)
		}
		states = append(states, state)
	}
	return states, nil
}

// describeTargets counts the healthy targets. Of each other it says in what state it is and why, and it gives the first hint.
func describeTargets(states []targetState) (healthy int, lines []string, next string) {
	for _, t := range states {
		if t.state == "healthy" {
			healthy++
			continue
		}
		line := fmt.Sprintf("%s is %s: %s", t.target, text.OrUnknown(t.state), text.OrUnknown(t.reason))
		if t.description != "" {
			line += ", " + t.description
		}
		lines = append(lines, line)
		next = text.First(next, TargetHint(t.reason))
	}
	return healthy, lines, next
}

func evaluateTargets(states []targetState, want outputs.Service) (string, error) {
	states = slices.DeleteFunc(states, func(t targetState) bool { return t.state == "draining" }) // a deployment or scaling takes it out
	healthy, details, next := describeTargets(states)
	var causes []string
	if healthy < want.MinimumTasks {
		causes = append(causes, fmt.Sprintf("%d of at least %s healthy", healthy, text.Count(want.MinimumTasks, "target")))
	}
	for _, broken := range group(states, func(t targetState) string { return text.OrUnknown(t.state) }) {
		if broken.says != "healthy" {
			causes = append(causes, fmt.Sprintf("%s %s", text.Count(len(broken.items), "target"), broken.says))
		}
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
