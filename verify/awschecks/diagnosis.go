package awschecks

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

const (
	// diagnosisLimit is for everything together: whoever waits for the report already knows that something is wrong.
	diagnosisLimit = 10 * time.Second
	// diagnosisWindow is how far back errors and connections are looked at
	// (runbook, high error rate).
	diagnosisWindow = 30 * time.Minute
)

// probe reads one thing for a diagnosis.
type probe struct {
	topic, about string
	read         func(context.Context) (lines []string, next string, err error)
}

// Diagnose gathers what the runbook's troubleshooting asks for, if a check of the report failed:
//
//   - target health
//   - stopped tasks and the last lines of their logs
//   - the last errors in the logs
//   - scaling activity
//   - connection counts
//
// It reads everything at once and takes 10 s at most; what has not answered by then says so. The result is nil for a
// report without a failure. It is nil too if all failures are for want of access, as nothing here would answer either.
func Diagnose(ctx context.Context, report check.Report, out outputs.Outputs, sources Sources) []check.Finding {
	if report.Bad() == 0 || report.NoAccess() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, diagnosisLimit)
	defer cancel()
	probes := sources.probes(out, report.Started)
	answers := make([]chan check.Finding, len(probes))
	for i, q := range probes {
		answers[i] = make(chan check.Finding, 1) // buffered: one that is left behind can still end
		go func() { answers[i] <- q.answer(ctx) }()
	}
	findings := make([]check.Finding, len(probes))
	for i, q := range probes {
		select {
		case findings[i] = <-answers[i]:
		case <-ctx.Done():
			select {
			case findings[i] = <-answers[i]: // both may have come at once
			default:
				findings[i] = q.unread(ctx.Err())
			}
		}
		findings[i] = sources.Hide.Finding(findings[i])
	}
	return findings
}

func (q probe) answer(ctx context.Context) (f check.Finding) {
	defer func() {
		if cause := recover(); cause != nil {
			f = q.unread(fmt.Errorf("panic: %v", cause))
		}
	}()
	lines, next, err := q.read(ctx)
	if err != nil {
		return q.unread(err)
	}
	return check.Finding{Topic: q.topic, About: q.about, Lines: lines, Next: next}
}

func (q probe) unread(err error) check.Finding {
	why := err.Error()
	if errors.Is(err, context.DeadlineExceeded) {
		why = fmt.Sprintf("no answer in %s", diagnosisLimit)
	}
	return check.Finding{Topic: q.topic, About: q.about, Lines: []string{"could not be read: " + why}}
}

// probes are in the order of the runbook's troubleshooting, services by name.
func (s Sources) probes(out outputs.Outputs, started time.Time) []probe {
	var all []probe
	roles := slices.Sorted(maps.Keys(out.Services))
	each := func(topic string, use func(outputs.Service) bool, ask func(context.Context, outputs.Service) ([]string, string, error)) {
		for _, role := range roles {
			if service := out.Services[role]; use(service) {
				all = append(all, probe{topic, role, func(ctx context.Context) ([]string, string, error) { return ask(ctx, service) }})
			}
		}
	}
	each("target health", func(v outputs.Service) bool { return s.Targets != nil && v.TargetGroupArn != "" }, s.targets)
	each("stopped tasks", func(outputs.Service) bool { return s.Stopped != nil },
		func(ctx context.Context, v outputs.Service) ([]string, string, error) {
			return s.stopped(ctx, out.ClusterArn, v)
		})
	since := started.Add(-diagnosisWindow)
	each("last errors", func(v outputs.Service) bool { return s.Logs != nil && v.LogGroup != "" },
		func(ctx context.Context, v outputs.Service) ([]string, string, error) {
			return s.errors(ctx, v, out.ErrorPattern, since)
		})
	each("scaling", func(outputs.Service) bool { return s.Scaling != nil },
		func(ctx context.Context, v outputs.Service) ([]string, string, error) {
			return s.scaling(ctx, out.ClusterName, v)
		})
	if s.Connections != nil {
		all = append(all, probe{"connections", "database and cache", func(ctx context.Context) ([]string, string, error) {
			return s.connections(ctx, out, since)
		}})
	}
	return all
}
