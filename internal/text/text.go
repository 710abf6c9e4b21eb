// Package text has the small words that messages share: a number with its noun, the first few of many names, a time.
package text

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Some names the first few.
func Some(names []string) string {
	const few = 3
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
}

// Count writes a number with its noun: 1 alarm, 2 alarms.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Duration writes a duration without zeros at its end: 15m, 1h.
func Duration(d time.Duration) string {
	s := d.String()
	for _, zeros := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zeros) {
			s = s[:len(s)-2]
		}
	}
	return s
}

// First is the first that is not empty.
func First(texts ...string) string { return cmp.Or(texts...) }

// OrUnknown is the text, or unknown where it is empty.
func OrUnknown(s string) string { return cmp.Or(s, "unknown") }

// Clock writes a time, which may be nil or zero, as RFC 3339 in UTC.
func Clock(t *time.Time) string {
	if t == nil || t.IsZero() {
		return "at an unknown time"
	}
	return t.UTC().Format(time.RFC3339)
}

// Plain takes from text of other systems whatever could move a cursor or break a line.
func Plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// PlainAll is Plain of each line.
func PlainAll(lines []string) []string {
	lines = slices.Clone(lines)
	for i, line := range lines {
		lines[i] = Plain(line)
	}
	return lines
}
