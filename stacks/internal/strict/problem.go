// Package strict decodes configuration into Go types and accepts nothing it does not understand.
//
// The engine hands a program text by key; the SDK's own helpers turn a misspelt key into a default and garbage into
// zero. Here every unknown key, every missing one and every value of the wrong type is a problem, all of them are
// reported together, and each line starts with the key to correct. No line shows a value: what was typed into the
// wrong place may be a secret.
package strict

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/components/validate"
)

// Problem is one thing wrong at one key.
type Problem struct {
	Path    string // the key, without its namespace: database.storageGiB
	Why     string // what is wrong: "is missing"
	Allowed string // what would be right; may be empty when Why says it
	Foreign bool   // the path is a whole key of another namespace
	kind    kindOfProblem
}

type kindOfProblem int

const (
	invalid    kindOfProblem = iota // there is a value, and it is wrong
	missing                         // there is no value
	unreadable                      // the value could not be decoded
)

// Problems are collected, never thrown: one run shows all of them.
type Problems []Problem

func (p *Problems) add(path, why, allowed string) {
	*p = append(*p, Problem{Path: path, Why: why, Allowed: allowed})
}

func (p *Problems) unread(path, format string, args ...any) {
	*p = append(*p, Problem{Path: path, Why: fmt.Sprintf(format, args...), kind: unreadable})
}

// Merge adds what Validate or a rule found. A problem of a key that is already reported, or of something inside it, says
// nothing new and is dropped. When that key is missing, the rule still knows better than the Go type what may stand there.
func (p *Problems) Merge(err error) {
	for _, one := range validate.Problems(err) {
		found := Problem{Path: escape(one.Path), Why: oneLine(one.Why), Allowed: oneLine(one.Allowed)}
		i := slices.IndexFunc(*p, func(known Problem) bool { return covers(known, found) })
		switch {
		case i < 0:
			*p = append(*p, found)
		case (*p)[i].kind == missing && (*p)[i].Path == found.Path && found.Allowed != "":
			(*p)[i].Allowed = found.Allowed
		}
	}
}

// covers says whether known makes found superfluous. Two different problems of one value both stand; a problem of a value
// that could not be read does not.
func covers(known, found Problem) bool {
	if known == found {
		return true
	}
	if known.kind == invalid {
		return false
	}
	rest, ok := strings.CutPrefix(found.Path, known.Path)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Lines are the problems as they are printed: sorted by key, one a line, none twice, each key behind its namespace.
func (p Problems) Lines(namespace string) []string {
	sorted := slices.SortedFunc(slices.Values(p), func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Why, b.Why), cmp.Compare(a.Allowed, b.Allowed))
	})
	var lines []string
	for _, one := range sorted {
		path := namespace + ":" + one.Path
		if one.Foreign {
			path = quoteKey(one.Path)
		}
		lines = append(lines, validate.Fail(path, one.Why, one.Allowed).Error())
	}
	return slices.Compact(lines)
}
