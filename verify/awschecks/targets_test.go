package awschecks

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
)

// A hand-written load balancer answers here: only the evaluation is proved.

type fakeTargets func(look int) []targetState

type balancer struct {
	states fakeTargets
	looks  int
}

func (b *balancer) DescribeTargetHealth(context.Context, *elasticloadbalancingv2.DescribeTargetHealthInput, ...func(*elasticloadbalancingv2.Options)) (*elasticloadbalancingv2.DescribeTargetHealthOutput, error) {
	b.looks++
	out := &elasticloadbalancingv2.DescribeTargetHealthOutput{}
	for _, state := range b.states(b.looks) {
		out.TargetHealthDescriptions = append(out.TargetHealthDescriptions, target(state))
	}
	return out, nil
}

func TestTargets(t *testing.T) {
	fine, also := targetState{"10.0.0.1:3001", "healthy", "", ""}, targetState{"10.0.0.2:3001", "healthy", "", ""}
	sick := targetState{"10.0.0.3:3001", "unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]"}
	early := targetState{"10.0.0.4:3001", "initial", "Elb.RegistrationInProgress", ""}
	for name, tc := range map[string]struct {
		states  fakeTargets
		outcome check.Outcome
		says    string
	}{
		"all healthy": {func(int) []targetState { return []targetState{fine, also} }, check.OK, "2 targets healthy"},
		"one on its way out": {func(int) []targetState {
			return []targetState{fine, also, {"10.0.0.9:3001", "draining", "", ""}}
		}, check.OK, "2 targets healthy"},
		"one unhealthy beside": {func(int) []targetState { return []targetState{fine, also, sick} }, check.TimedOut, "1 target unhealthy (10.0.0.3:3001 is unhealthy: Target.ResponseCodeMismatch, Health checks failed with these codes: [503])"},
		"too few":              {func(int) []targetState { return []targetState{fine} }, check.TimedOut, "1 of at least 2 targets healthy"},
		"none":                 {func(int) []targetState { return nil }, check.TimedOut, "0 of at least 2 targets healthy"},
		"nobody asks it": {func(int) []targetState {
			return []targetState{{"10.0.0.1:3001", "unused", "Target.NotInUse", ""}}
		}, check.TimedOut, "1 target unused"},
		"of an unknown state": {func(int) []targetState { return []targetState{fine, also, {"10.0.0.1:3001", "", "", ""}} }, check.TimedOut, "1 target unknown"},
		"healthy in a moment": {func(look int) []targetState {
			if look < 3 {
				return []targetState{fine, early}
			}
			return []targetState{fine, also}
		}, check.OK, "2 targets healthy (failed 2 times before"},
	} {
		t.Run(name, func(t *testing.T) {
			checktest.Expect(t, checktest.One(t, wanted(Clients{Balancers: &balancer{states: tc.states}}).Targets("backend")), tc.outcome, tc.says)
		})
	}
}
