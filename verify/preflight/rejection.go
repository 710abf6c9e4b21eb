package preflight

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/inputs"
)

// Rejection is the error of a release that preflight does not let pass; nil if no check failed. It has every failed
// check with its cause and what to do next. Where a check may be skipped, it says how.
func Rejection(want inputs.Preflight, report check.Report) error {
	if report.Bad() == 0 {
		return nil
	}
	lines := []string{fmt.Sprintf("refused before anything was changed: %d of %s failed", report.Bad(), text.Count(len(report.Results), "check"))}
	next := len(want.Skip)
	var groups, skips []string
	for _, result := range report.Results {
		if !result.Outcome.Bad() {
			continue
		}
		advice := text.First(result.Next, "run the update again")
		lines = append(lines, text.Plain(fmt.Sprintf("  %s/%s: %s", result.Group, result.Name, result.Cause)), text.Plain("    next: "+advice))
		if inputs.Skippable(result.Group) && !slices.Contains(groups, result.Group) {
			groups = append(groups, result.Group)
			skips = append(skips, fmt.Sprintf("  pulumi config set --path 'flowcomply:preflight.skip[%d]' %s", next, result.Group))
			next++
		}
	}
	if len(skips) > 0 && !report.NoAccess() { // without access nothing is known
		lines = append(lines, "to go on all the same, for a reason of yours; take it out again afterwards:")
		lines = append(lines, skips...)
	}
	return errors.New(strings.Join(lines, "\n"))
}
