package awschecks

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

const (
	shownStopped = 3 // tasks; the newest say why
	shownLines   = 5 // of a stopped task's log, and of errors
	shownScaling = 3
	shownWidth   = 400 // characters of a line
)

//runbook:trouble.high#2 shows each target's health and reason.
func (s Sources) targets(ctx context.Context, service outputs.Service) (lines []string, next string, err error) {
	states, err := s.Targets.TargetHealth(ctx, service.TargetGroupArn)
	if err != nil {
		return nil, "", err
	}
	healthy := 0
	for _, t := range states {
		if t.State == "healthy" {
			healthy++
			continue
		}
		lines = append(lines, t.line())
		next = text.First(next, TargetHint(t.Reason))
	}
	lines = append([]string{fmt.Sprintf("%d of %s healthy", healthy, text.Count(len(states), "target"))}, lines...)
	if len(states) == 0 {
		next = "no task is registered: read stopped tasks below and the service's events in identity"
	}
	return lines, next, nil
}

// stopped shows why tasks stopped. It leaves out tasks that a deployment or scaling ended: those are meant to stop.
//
//runbook:trouble.service#2 shows why tasks stopped.
func (s Sources) stopped(ctx context.Context, cluster string, service outputs.Service) (lines []string, next string, err error) {
	tasks, err := s.Stopped.StoppedTasks(ctx, cluster, service)
	if err != nil {
		return nil, "", err
	}
	all := len(tasks)
	tasks = slices.DeleteFunc(slices.Clone(tasks), func(t StoppedTask) bool { return strings.Contains(t.Reason, "Scaling activity initiated by") })
	slices.SortStableFunc(tasks, func(a, b StoppedTask) int { return b.Stopped.Compare(a.Stopped) })
	if replaced := all - len(tasks); replaced > 0 {
		lines = append(lines, text.Count(replaced, "task")+" ended by a deployment or by scaling")
	}
	if len(tasks) == 0 {
		return append(lines, "no task stopped by itself in the last hour"), "", nil
	}
	lines = append(lines, text.Count(len(tasks), "task")+" stopped in the last hour")
	shown := tasks[:min(shownStopped, len(tasks))]
	logs := s.lastLines(ctx, shown)
	for i, t := range shown {
		lines = append(lines, fmt.Sprintf("%s %s of %s: %s", text.Clock(&t.Stopped), t.ID, t.Definition, s.line(stop{t.Reason, t.Beside}.line())))
		lines = append(lines, logs[i]...)
		next = text.First(next, Hint(t.Reason+" "+strings.Join(logs[i], " ")))
	}
	return lines, next, nil
}

// lastLines reads the tasks' logs side by side.
//
//runbook:trouble.service#3 shows what they wrote last.
func (s Sources) lastLines(ctx context.Context, tasks []StoppedTask) [][]string {
	logs := make([][]string, len(tasks))
	if s.Logs == nil {
		return logs
	}
	var group sync.WaitGroup
	for i, task := range tasks {
		group.Go(func() {
			for _, stream := range task.Streams {
				events, err := s.Logs.LastLines(ctx, stream, shownLines)
				if err != nil {
					logs[i] = append(logs[i], fmt.Sprintf("  its log %s could not be read: %v", stream.Name, err))
					continue
				}
				for _, event := range events {
					logs[i] = append(logs[i], "  log: "+s.line(event.Message))
				}
			}
		})
	}
	group.Wait()
	return logs
}

//runbook:trouble.high#3 shows the last errors of the log.
func (s Sources) errors(ctx context.Context, service outputs.Service, pattern string, since time.Time) (lines []string, next string, err error) {
	events, err := s.Logs.LastErrors(ctx, service.LogGroup, pattern, since, shownLines)
	if err != nil {
		return nil, "", err
	}
	if len(events) == 0 {
		return []string{fmt.Sprintf("no error in %s since %s", service.LogGroup, text.Clock(&since))}, "", nil
	}
	for _, event := range events {
		lines = append(lines, text.Clock(&event.At)+" "+s.line(event.Message))
	}
	return lines, "read what came before: aws logs tail " + service.LogGroup + " --since 30m", nil
}

// line makes a log event fit to be shown: without credentials, then cut.
func (s Sources) line(message string) string {
	return oneLine(s.Hide.Foreign(strings.ToValidUTF8(message, "?")), shownWidth)
}

//runbook:trouble.slow#3 shows what auto-scaling did.
func (s Sources) scaling(ctx context.Context, cluster string, service outputs.Service) (lines []string, next string, err error) {
	activities, err := s.Scaling.ScalingActivities(ctx, cluster, service.ServiceName, shownScaling)
	if err != nil {
		return nil, "", err
	}
	if len(activities) == 0 {
		return []string{"no scaling activity"}, "", nil
	}
	for _, a := range activities[:min(shownScaling, len(activities))] {
		line := fmt.Sprintf("%s %s: %s", text.Clock(&a.Started), text.OrUnknown(a.Status), a.Description)
		for _, more := range []string{a.Cause, a.Words} {
			if more != "" {
				line += "; " + more
			}
		}
		lines = append(lines, line)
		if a.Status == "Failed" {
			next = text.First(next, "auto-scaling cannot change the service: read why above, then raise the task count by hand if load asks for it")
		}
	}
	return lines, next, nil
}

//runbook:trouble.high#4 shows the connections to database and cache.
func (s Sources) connections(ctx context.Context, out outputs.Outputs, since time.Time) (lines []string, next string, err error) {
	counts, err := s.Connections.Connections(ctx, out.DatabaseIdentifier, out.CacheID, since)
	if err != nil {
		return nil, "", err
	}
	for _, c := range counts {
		switch {
		case c.At.IsZero():
			lines = append(lines, fmt.Sprintf("%s: no count reported since %s", c.Store, text.Clock(&since)))
			next = text.First(next, "a store that reports nothing may be down: check its state")
		case c.Latest == 0:
			lines = append(lines, fmt.Sprintf("%s: no connection at %s, at most %g in %s", c.Store, text.Clock(&c.At), c.Peak, window()))
			next = text.First(next, "no task is connected: check the store's state, the security groups and the secret with its address")
		default:
			lines = append(lines, fmt.Sprintf("%s: %g at %s, at most %g in %s", c.Store, c.Latest, text.Clock(&c.At), c.Peak, window()))
		}
	}
	if len(lines) == 0 {
		lines = []string{"no store to count"}
	}
	return lines, next, nil
}

func window() string { return fmt.Sprintf("%d minutes", int(diagnosisWindow.Minutes())) }
