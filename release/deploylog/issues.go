package deploylog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
)

// How much of a message a log shows: the engine's own log has the rest.
const (
	mostLines    = 24
	longestLine  = 400
	mostWarnings = 20
)

// next is what to do about a failed step of a release. The graph has them in this order, so each says what was not reached.
var next = map[Phase]string{
	Preflight: "nothing was changed; put right what is named and release again",
	Images:    "no service was changed; put the build right and release again: what was pushed is not built twice",
	Snapshot:  "neither database nor services were changed; look at the database's events and release again",
	Migration: "no service was changed; look at the migration's log, put it right and release again",
	Services:  "ECS goes back by itself; look at stopped tasks and the service's log (runbook: Service won't start), then release again",
	Verify:    "what runs is not proven: go back, or put right what is named and release again",
}

// AllIssues are the failed steps with their causes, other errors, checks that failed, what the caller added, and warnings:
// what somebody should read first is first. They hold no credentials.
func (d Deployment) AllIssues() []Issue {
	d = d.Clean()
	issues := stepIssues(d.Timeline, d.Report)
	if back := d.Rollback; back != nil {
		for i := range issues {
			issues[i].Next = issues[i].after // what there was to do about what ran, the rollback did
		}
		if back.Failed {
			issues = append(issues, Issue{
				What: "Rollback to " + back.To + " failed", Next: "follow docs/on-call.md by hand: it is not known what runs",
			})
		}
		if back.Timeline != nil {
			for _, issue := range stepIssues(*back.Timeline, back.Report) {
				issue.What = "Rollback: " + issue.What
				issues = append(issues, issue)
			}
		}
	}
	var failures, warnings []Issue
	for _, issue := range append(issues, d.Issues...) {
		if issue.Warning {
			warnings = append(warnings, issue)
		} else {
			failures = append(failures, issue)
		}
	}
	if left := len(warnings) - mostWarnings; left > 0 {
		warnings = append(warnings[:mostWarnings], Issue{Warning: true, What: "and " + text.Count(left, "more warning")})
	}
	return append(failures, warnings...)
}

func stepIssues(t Timeline, report *Report) []Issue {
	var issues []Issue
	explained := false
	for _, step := range t.Steps {
		switch {
		case step.Failed && step.Phase == Verify && report != nil && len(report.Bad()) > 0:
			issues, explained = append(issues, checksIssue(report)), true
		case step.Failed:
			issues = append(issues, Issue{What: step.what() + " failed", Causes: lines(step.Causes), Next: next[step.Phase]})
		case step.Unfinished:
			issues = append(issues, Issue{
				What: step.what() + " was interrupted", Next: "it is not known whether it was done; `flowcomply recover` finds out before the next update",
			})
		}
	}
	if report != nil && !explained && len(report.Bad()) > 0 {
		issues = append(issues, checksIssue(report))
	}
	for _, problem := range t.Problems {
		what := "Warning"
		if problem.Error {
			what = "Error"
		}
		if problem.Name != "" {
			what += " of " + problem.Name
		}
		issues = append(issues, Issue{Warning: !problem.Error, What: what, Causes: lines([]string{problem.Message})})
	}
	return issues
}

// what names a step in a sentence: a step of the release by its label, another by operation and type too.
func (s Step) what() string {
	if s.Phase != "" {
		return s.Label()
	}
	return fmt.Sprintf("%s of %s (%s)", upper(string(s.Op)), s.Name, s.Type)
}

// checksIssue is about the checks of verify that failed.
func checksIssue(report *Report) Issue {
	bad := report.Bad()
	issue := Issue{What: fmt.Sprintf("Verify failed: %d of %s", len(bad), text.Count(len(report.Checks), "check"))}
	var advice []string
	for _, one := range bad {
		cause := fmt.Sprintf("%s/%s: %s", one.Group, one.Name, one.Cause)
		if one.Outcome == check.TimedOut {
			cause += " (" + string(check.TimedOut) + ")"
		}
		issue.Causes = append(issue.Causes, cause)
		if one.Next != "" && !slices.Contains(advice, one.Next) {
			advice = append(advice, one.Next)
		}
	}
	issue.Causes, issue.after = lines(issue.Causes), strings.Join(advice, "; ")
	issue.Next = strings.Join(append([]string{next[Verify]}, advice...), "; ")
	return issue
}

// lines are the lines of messages, each once, none empty, not too many and not too long.
func lines(messages []string) []string {
	var all []string
	for _, message := range messages {
		for _, line := range strings.Split(message, "\n") {
			line = cut(strings.TrimSpace(line), longestLine)
			if line != "" && !slices.Contains(all, line) {
				all = append(all, line)
			}
		}
	}
	if len(all) > mostLines {
		left := len(all) - mostLines
		all = append([]string{fmt.Sprintf("… %s before", text.Count(left, "line"))}, all[left:]...) // what failed says so at its end
	}
	return all
}
