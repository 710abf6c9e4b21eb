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
	var known []string
	for _, check := range checks {
		if !slices.Contains(known, check.Group) {
			known = append(known, check.Group)
		}
	}
	for _, group := range groups {
		if !slices.Contains(known, group) {
			return nil, fmt.Errorf("--only %q: there is no such check here; there are %s", group, strings.Join(known, ", "))
		}
	}
	return slices.DeleteFunc(checks, func(c check.Check) bool { return len(groups) > 0 && !slices.Contains(groups, c.Group) }), nil
}
