package decode

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// problem is one thing wrong with one value.
type problem struct{ Path, why string }

// Problems are all problems of one text, in the order in which they were found.
type Problems []problem

// Add adds a problem: the path of a value, and why it is wrong, as a format and its values.
func (p *Problems) Add(path, why string, args ...any) {
	*p = append(*p, problem{path, fmt.Sprintf(why, args...)})
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

// Covers says whether path or something that holds it was complained about, so
// that a missing field is not called malformed too.
func (p Problems) Covers(path string) bool {
	for _, known := range p {
		if path == known.Path || strings.HasPrefix(path, known.Path+".") || strings.HasPrefix(path, known.Path+"[") {
			return true
		}
	}
	return false
}

// Err is all problems as one error, nil where there are none.
func (p Problems) Err() error {
	errs := make([]error, 0, len(p))
	for _, one := range p {
		errs = append(errs, fmt.Errorf("%s: %s", one.Path, one.why))
	}
	return errors.Join(errs...)
}
