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
func (s Stack) Diagnose(ctx context.Context, report check.Report) []check.Finding {
	if report.Bad() == 0 || report.NoAccess() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, diagnosisLimit)
	defer cancel()
	probes := s.probes(report.Started)
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
		findings[i] = s.Hide.Finding(findings[i])
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
func (s Stack) probes(started time.Time) []probe {
	since := started.Add(-diagnosisWindow)
	always := func(outputs.Service) bool { return true }
	var all []probe
	for _, topic := range []struct {
		name   string
		asked  bool // there is a client for it
		within func(outputs.Service) bool
		read   func(context.Context, outputs.Service) ([]string, string, error)
	}{
		{"target health", s.Balancers != nil, func(v outputs.Service) bool { return v.TargetGroupArn != "" }, s.targets},
		{"stopped tasks", s.ECS != nil, always, s.stopped},
		{"last errors", s.Logs != nil, func(v outputs.Service) bool { return v.LogGroup != "" },
			func(ctx context.Context, v outputs.Service) ([]string, string, error) { return s.errors(ctx, v, since) }},
		{"scaling", s.Scaling != nil, always, s.scaling},
	} {
		for _, role := range slices.Sorted(maps.Keys(s.Services)) {
			if service := s.Services[role]; topic.asked && topic.within(service) {
				all = append(all, probe{topic.name, role, func(ctx context.Context) ([]string, string, error) { return topic.read(ctx, service) }})
			}
		}
	}
	if s.Metrics != nil {
		all = append(all, probe{"connections", "database and cache", func(ctx context.Context) ([]string, string, error) {
			return s.connections(ctx, since)
		}})
	}
	return all
}
