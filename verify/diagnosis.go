package verify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/flowcomply/infrastructure/verify/outputs"
)

const (
	// diagnosisLimit is for everything together: whoever waits for the report
	// already knows that something is wrong.
	diagnosisLimit = 10 * time.Second
	// diagnosisWindow is how far back errors and connections are looked at
	// (runbook, high error rate).
	diagnosisWindow = 30 * time.Minute
)

// Finding is what was seen of one part of the stack when a check had failed: no
// check of its own, but what an engineer would look at next.
type Finding struct {
	Topic string   // such as target health
	About string   // service or store, such as backend
	Lines []string // what was seen, one fact a line; never empty
	Next  string   // what it asks for; empty where it is as it should be
}

func (f Finding) title() string { return f.Topic + ", " + f.About }

// inquiry is one question of a diagnosis.
type inquiry struct {
	topic, about string
	ask          func(context.Context) (lines []string, next string, err error)
}

// Diagnose gathers what the runbook's troubleshooting asks for, if a check of
// the report failed: target health, stopped tasks and their last lines, the last
// errors in the logs, scaling activity and connection counts. It asks everything
// at once and takes 10 s at most; what has not answered by then says so. It is
// nil for a report without a failure, and for one that failed for want of access
// alone: then nothing here would answer either.
func Diagnose(ctx context.Context, report Report, out outputs.Outputs, sources Sources) []Finding {
	if report.Bad() == 0 || report.NoAccess() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, diagnosisLimit)
	defer cancel()
	inquiries := sources.inquiries(out, report.Started)
	answers := make([]chan Finding, len(inquiries))
	for i, q := range inquiries {
		answers[i] = make(chan Finding, 1) // buffered: one that is left behind can still end
		go func() { answers[i] <- q.answer(ctx) }()
	}
	findings := make([]Finding, len(inquiries))
	for i, q := range inquiries {
		select {
		case findings[i] = <-answers[i]:
		case <-ctx.Done():
			select {
			case findings[i] = <-answers[i]: // both may have come at once
			default:
				findings[i] = q.unread(ctx.Err())
			}
		}
		findings[i] = sources.Hide.finding(findings[i])
	}
	return findings
}

func (q inquiry) answer(ctx context.Context) (f Finding) {
	defer func() {
		if cause := recover(); cause != nil {
			f = q.unread(fmt.Errorf("panic: %v", cause))
		}
	}()
	lines, next, err := q.ask(ctx)
	if err != nil {
		return q.unread(err)
	}
	return Finding{Topic: q.topic, About: q.about, Lines: lines, Next: next}
}

func (q inquiry) unread(err error) Finding {
	why := err.Error()
	if errors.Is(err, context.DeadlineExceeded) {
		why = fmt.Sprintf("no answer in %s", diagnosisLimit)
	}
	return Finding{Topic: q.topic, About: q.about, Lines: []string{"could not be read: " + why}}
}

// inquiries are in the order of the runbook's troubleshooting, services by name.
func (s Sources) inquiries(out outputs.Outputs, started time.Time) []inquiry {
	var all []inquiry
	roles := slices.Sorted(maps.Keys(out.Services))
	each := func(topic string, use func(outputs.Service) bool, ask func(context.Context, outputs.Service) ([]string, string, error)) {
		for _, role := range roles {
			if service := out.Services[role]; use(service) {
				all = append(all, inquiry{topic, role, func(ctx context.Context) ([]string, string, error) { return ask(ctx, service) }})
			}
		}
	}
	each("target health", func(v outputs.Service) bool { return s.Targets != nil && v.TargetGroupArn != "" }, s.targets)
	each("stopped tasks", func(outputs.Service) bool { return s.Stopped != nil }, func(ctx context.Context, v outputs.Service) ([]string, string, error) {
		return s.stopped(ctx, out.ClusterArn, v)
	})
	since := started.Add(-diagnosisWindow)
	each("last errors", func(v outputs.Service) bool { return s.Logs != nil && v.LogGroup != "" }, func(ctx context.Context, v outputs.Service) ([]string, string, error) {
		return s.errors(ctx, v, out.ErrorPattern, since)
	})
	each("scaling", func(outputs.Service) bool { return s.Scaling != nil }, func(ctx context.Context, v outputs.Service) ([]string, string, error) {
		return s.scaling(ctx, out.ClusterName, v)
	})
	if s.Connections != nil {
		all = append(all, inquiry{"connections", "database and cache", func(ctx context.Context) ([]string, string, error) {
			return s.connections(ctx, out, since)
		}})
	}
	return all
}
