package verify

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Refusal is the last word on a release that preflight does not let pass: every
// failed check with its cause and what to do next, and how to go on without it
// where that is possible. It is nil when no check failed.
func Refusal(question Question, report Report) error {
	if report.Bad() == 0 {
		return nil
	}
	lines := []string{fmt.Sprintf("refused before anything was changed: %d of %s failed", report.Bad(), count(len(report.Results), "check"))}
	next := len(question.Skip)
	var groups, skips []string
	for _, result := range report.Results {
		if !result.Outcome.Bad() {
			continue
		}
		cure := firstText(result.Next, "run the update again")
		lines = append(lines, plain(fmt.Sprintf("  %s/%s: %s", result.Group, result.Name, result.Cause)), plain("    next: "+cure))
		if Skippable(result.Group) && !slices.Contains(groups, result.Group) {
			groups = append(groups, result.Group)
			skips = append(skips, fmt.Sprintf("  pulumi config set --path 'flowcomply:preflight.skip[%d]' %s", next, result.Group))
			next++
		}
	}
	if len(skips) > 0 && !report.NoAccess() { // without access there is nothing to judge by
		lines = append(lines, "to go on all the same, for a reason of yours; take it out again afterwards:")
		lines = append(lines, skips...)
	}
	return errors.New(strings.Join(lines, "\n"))
}
