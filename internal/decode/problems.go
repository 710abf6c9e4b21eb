package decode

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Problem is one thing wrong with one value.
type Problem struct {
	Path    string // the key: database.storageGiB
	Why     string // what is wrong: "is missing"
	Allowed string // what would be right; may be empty when Why says it
	kind    kind
}

type kind int

const (
	invalid    kind = iota // there is a value, and it is wrong
	missing                // there is no value
	unreadable             // the value could not be decoded
)

// String is the one form in which problems are printed.
func (p Problem) String() string {
	text := p.Path + ": " + p.Why
	if p.Allowed != "" {
		text += "; allowed: " + p.Allowed
	}
	return text
}

// Problems are all problems of one text, in the order in which they were found.
type Problems []Problem

// Add adds a problem: the path of a value, and why it is wrong, as a format and its values.
func (p *Problems) Add(path, why string, args ...any) {
	*p = append(*p, Problem{Path: path, Why: fmt.Sprintf(why, args...)})
}

// Present adds a problem if the value is blank.
func (p *Problems) Present(path, value string) {
	if strings.TrimSpace(value) == "" {
		p.Add(path, "is empty")
	}
}

// OneOf adds a problem if the value is none of those allowed.
func (p *Problems) OneOf(path, value string, allowed []string) {
	if !slices.Contains(allowed, value) {
		p.Add(path, "is %q; must be one of %s", value, strings.Join(allowed, ", "))
	}
}

// Merge adds what a rule found. A problem of a value that could not be read, or of something inside it, says nothing new and is
// dropped; of what could be read, two different problems both stand. When a key is missing, the rule still knows better than
// the Go type what may stand there.
func (p *Problems) Merge(found Problem) {
	quoted := strconv.Quote(found.Path) // keys may hold anything
	found.Path, found.Why, found.Allowed = quoted[1:len(quoted)-1], oneLine(found.Why), oneLine(found.Allowed)
	i := slices.IndexFunc(*p, func(known Problem) bool {
		return known == found || known.kind != invalid && inside(found.Path, known.Path)
	})
	switch {
	case i < 0:
		*p = append(*p, found)
	case (*p)[i].kind == missing && (*p)[i].Path == found.Path && found.Allowed != "":
		(*p)[i].Allowed = found.Allowed
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Covers says whether path or something that holds it was complained about, so
// that a missing field is not called malformed too.
func (p Problems) Covers(path string) bool {
	return slices.ContainsFunc(p, func(known Problem) bool { return inside(path, known.Path) })
}

// inside tells whether path is the known one, or of something in it.
func inside(path, known string) bool {
	rest, ok := strings.CutPrefix(path, known)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// Lines are the problems as they are printed: sorted by path, one a line, none twice.
func (p Problems) Lines() []string {
	sorted := slices.SortedFunc(slices.Values(p), func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Why, b.Why), cmp.Compare(a.Allowed, b.Allowed))
	})
	var lines []string
	for _, one := range sorted {
		lines = append(lines, one.String())
	}
	return slices.Compact(lines)
}

// Err is all problems as one error, nil where there are none.
func (p Problems) Err() error {
	errs := make([]error, len(p))
	for i, one := range p {
		errs[i] = errors.New(one.String())
	}
	return errors.Join(errs...)
}
