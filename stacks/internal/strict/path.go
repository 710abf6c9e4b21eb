package strict

import (
	"regexp"
	"strconv"
	"strings"
)

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_.:-]+$`)

// path joins keys with dots. A key that could be mistaken for something else is shown in quotes.
func path(keys ...string) string {
	shown := make([]string, len(keys))
	for i, key := range keys {
		shown[i] = quoteKey(key)
	}
	return strings.Join(shown, ".")
}

func quoteKey(key string) string {
	if plainKey.MatchString(key) {
		return key
	}
	return strconv.Quote(key)
}

// escape makes a path printable that was put together elsewhere, of keys that may hold anything.
func escape(path string) string {
	quoted := strconv.Quote(path)
	return quoted[1 : len(quoted)-1]
}

func join(parent, key string) string {
	if parent == "" {
		return quoteKey(key)
	}
	return parent + "." + quoteKey(key)
}

// closest finds what a misspelt key was meant to be; empty when nothing is near.
func closest(key string, known []string) string {
	best, bound := "", max(1, len(key)/3)
	for _, candidate := range known {
		d := distance(strings.ToLower(key), strings.ToLower(candidate))
		if d <= bound && (best == "" || d < distance(strings.ToLower(key), strings.ToLower(best))) {
			best = candidate
		}
	}
	return best
}

// maxKey bounds the work of distance; no key of ours is half as long.
const maxKey = 64

// distance counts the insertions, deletions, substitutions and swaps of neighbours between two words.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > maxKey || len(y) > maxKey {
		return maxKey
	}
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}
