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
	kind    remark
}

// remark tells a verdict on a value from the news that there is no value to judge.
type remark int

const (
	verdict remark = iota
	missing
	unreadable
)

// Problems are collected, never thrown: one run shows all of them.
type Problems []Problem

func (p *Problems) add(path, why, allowed string) {
	*p = append(*p, Problem{Path: path, Why: why, Allowed: allowed})
}

func (p *Problems) unread(path, format string, args ...any) {
	*p = append(*p, Problem{Path: path, Why: fmt.Sprintf(format, args...), kind: unreadable})
}

// Merge adds what Validate or a rule found, given as `path: why; allowed: what` per leaf, under its prefix.
// A leaf about a key that is already reported, or about something inside it, says nothing new and is dropped; when
// that key is missing, the leaf still knows better than the Go type what may stand there.
func (p *Problems) Merge(prefix string, err error) {
	if prefix != "" {
		err = validate.Nested(prefix, err)
	}
	for _, leaf := range validate.Leaves(err) {
		found := parse(leaf.Error())
		i := slices.IndexFunc(*p, func(known Problem) bool { return covers(known, found) })
		switch {
		case i < 0:
			*p = append(*p, found)
		case (*p)[i].kind == missing && (*p)[i].Path == found.Path && found.Allowed != "":
			(*p)[i].Allowed = found.Allowed
		}
	}
}

// covers says whether known makes found superfluous. Two different remarks on one value both stand; a remark on a
// value that could not be read does not.
func covers(known, found Problem) bool {
	if known == found {
		return true
	}
	if known.kind == verdict {
		return false
	}
	rest, ok := strings.CutPrefix(found.Path, known.Path)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

func parse(text string) Problem {
	path, rest, found := strings.Cut(text, ": ")
	if !found {
		return Problem{Why: oneLine(text)}
	}
	why, allowed := rest, ""
	if i := strings.LastIndex(rest, "; allowed: "); i >= 0 {
		why, allowed = rest[:i], rest[i+len("; allowed: "):]
	}
	return Problem{Path: escape(path), Why: oneLine(why), Allowed: oneLine(allowed)}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Lines renders the problems sorted by key, one a line, none twice, each key behind its namespace.
func (p Problems) Lines(namespace string) []string {
	sorted := slices.Clone(p)
	slices.SortFunc(sorted, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Why, b.Why), cmp.Compare(a.Allowed, b.Allowed))
	})
	var lines []string
	for _, problem := range sorted {
		line := namespace + ":" + problem.Path + ": " + problem.Why
		if problem.Foreign {
			line = quoteKey(problem.Path) + ": " + problem.Why
		}
		if problem.Allowed != "" {
			line += "; allowed: " + problem.Allowed
		}
		lines = append(lines, line)
	}
	return slices.Compact(lines)
}
