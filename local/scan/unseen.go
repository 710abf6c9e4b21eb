package scan

import (
	"maps"
	"regexp"
	"slices"
)

// notEmulated is how the emulated AWS refuses a call that it does not have, as Prowler's log repeats it.
var notEmulated = regexp.MustCompile(`: ([a-z0-9-]+):[A-Za-z]+ is not emulated`)

// Unseen names the services, sorted, of which Prowler asked what the emulated AWS does not have, by Prowler's log of errors.
// What a check would have found there, nobody knows: it says nothing, or that a thing is not there.
func Unseen(log string) []string {
	services := map[string]bool{}
	for _, found := range notEmulated.FindAllStringSubmatch(log, -1) {
		services[found[1]] = true
	}
	return slices.Sorted(maps.Keys(services))
}
