package stacks

import "slices"

// RuleNames lists the rules, for the test that each of them has a test.
func RuleNames() []string {
	var names []string
	for _, r := range slices.Concat(rules, productionRules) {
		names = append(names, r.name)
	}
	return names
}
