package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/verify/check"
)

// choose keeps the checks of the groups, or all if none is named. A group without a check is an error: somebody would
// believe that it was checked.
func choose(checks []check.Check, groups []string) ([]check.Check, error) {
	if len(groups) == 0 {
		return checks, nil
	}
	var chosen []check.Check
	known, found := []string{}, map[string]bool{}
	for _, check := range checks {
		if !slices.Contains(known, check.Group) {
			known = append(known, check.Group)
		}
		if slices.Contains(groups, check.Group) {
			chosen = append(chosen, check)
			found[check.Group] = true
		}
	}
	for _, group := range groups {
		if !found[group] {
			return nil, fmt.Errorf("--only %q: there is no such check here; there are %s", group, strings.Join(known, ", "))
		}
	}
	return chosen, nil
}
