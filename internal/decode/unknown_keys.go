package decode

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// unknownKeys reports the keys of an object that its type does not have.
func (f *filler) unknownKeys(path string, unknown map[string]any, known []string) {
	for _, key := range slices.Sorted(maps.Keys(unknown)) {
		f.once(join(path, key), unknown[key])
		f.add(invalid, join(path, key), f.words.unknown(key, known))
	}
}

// didYouMean names the known key that is nearest to a misspelt one, if any is near.
func didYouMean(key string, known []string) string {
	near := closest(key, known)
	if near == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", near)
}

// closest finds what a misspelt key was meant to be; empty when nothing is near. Two edits are near, which two swapped
// letters are, but not in a word of two or three letters.
func closest(key string, known []string) string {
	best, bound := "", min(max(2, len(key)/3), max(1, len(key)/2))
	for _, candidate := range known {
		edits := levenshtein.Distance(strings.ToLower(key), strings.ToLower(candidate), nil)
		if edits <= bound && (best == "" || edits < bound) {
			best, bound = candidate, edits
		}
	}
	return best
}
