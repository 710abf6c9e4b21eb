package awschecks

import (
	"context"
	"testing"
	"time"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
	"github.com/flowcomply/infrastructure/verify/internal/fakeaws"
)

// A hand-written load balancer answers here: only the evaluation is proved.

type fakeTargets func(look int) ([]TargetState, error)

func (f fakeTargets) source() TargetSource {
	looks := 0
	return targetFunc(func() ([]TargetState, error) { looks++; return f(looks) })
}

type targetFunc func() ([]TargetState, error)

func (f targetFunc) TargetHealth(context.Context, string) ([]TargetState, error) { return f() }

func TestTargets(t *testing.T) {
	fine, also := TargetState{"10.0.0.1:3001", "healthy", "", ""}, TargetState{"10.0.0.2:3001", "healthy", "", ""}
	sick := TargetState{"10.0.0.3:3001", "unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]"}
	early := TargetState{"10.0.0.4:3001", "initial", "Elb.RegistrationInProgress", ""}
	for name, tc := range map[string]struct {
		states  fakeTargets
		outcome check.Outcome
		says    string
	}{
		"all healthy": {func(int) ([]TargetState, error) { return []TargetState{fine, also}, nil }, check.OK, "2 targets healthy"},
		"one on its way out": {func(int) ([]TargetState, error) {
			return []TargetState{fine, also, {"10.0.0.9:3001", "draining", "", ""}}, nil
		}, check.OK, "2 targets healthy"},
		"one unhealthy beside": {func(int) ([]TargetState, error) { return []TargetState{fine, also, sick}, nil }, check.TimedOut, "1 target unhealthy (10.0.0.3:3001 is unhealthy: Target.ResponseCodeMismatch, Health checks failed with these codes: [503])"},
		"too few":              {func(int) ([]TargetState, error) { return []TargetState{fine}, nil }, check.TimedOut, "1 of at least 2 targets healthy"},
		"none":                 {func(int) ([]TargetState, error) { return nil, nil }, check.TimedOut, "0 of at least 2 targets healthy"},
		"nobody asks it": {func(int) ([]TargetState, error) {
			return []TargetState{{"10.0.0.1:3001", "unused", "Target.NotInUse", ""}}, nil
		}, check.TimedOut, "1 target unused"},
		"of an unknown state": {func(int) ([]TargetState, error) { return []TargetState{fine, also, {"10.0.0.1:3001", "", "", ""}}, nil }, check.TimedOut, "1 target unknown"},
		"healthy in a moment": {func(look int) ([]TargetState, error) {
			if look < 3 {
				return []TargetState{fine, early}, nil
			}
			return []TargetState{fine, also}, nil
		}, check.OK, "2 targets healthy (failed 2 times before"},
	} {
		t.Run(name, func(t *testing.T) {
			checktest.Expect(t, checktest.One(t, Targets("backend", fakeaws.Wanted, tc.states.source(), 4*time.Second)), tc.outcome, tc.says)
		})
	}
}
