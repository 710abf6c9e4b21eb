// Package validate holds the few rules that every configuration type checks its fields with.
//
// A rule returns nil, or one ProblemError: the key as written in the stack file, why its value is wrong, and what is allowed.
// Rules never stop at the first problem: All joins them, and Nested puts the path of a part in front of its problems.
package validate

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Number is what Range and Min compare: a count, a size in the unit of its key, or a share.
type Number interface {
	~int | ~int32 | ~int64 | ~uint | ~uint32 | ~uint64 | ~float32 | ~float64
}

// ProblemError is one thing that is wrong in configuration.
type ProblemError struct {
	Path    string // the key: database.storageGiB; empty for the whole
	Why     string // what is wrong with its value
	Allowed string // what would be right; empty where Why says it

	cause error // what was found, before it had this path
}

// Error is the one form in which problems are printed: `path: why; allowed: what`.
func (p *ProblemError) Error() string {
	text := p.Why
	if p.Path != "" {
		text = p.Path + ": " + text
	}
	if p.Allowed != "" {
		text += "; allowed: " + p.Allowed
	}
	return text
}

func (p *ProblemError) Unwrap() error { return p.cause }

// Fail is a problem of one field.
func Fail(field, why, allowed string) error {
	return &ProblemError{Path: field, Why: why, Allowed: allowed}
}

// Demand is a problem unless it holds.
func Demand(holds bool, field, why, allowed string) error {
	if holds {
		return nil
	}
	return Fail(field, why, allowed)
}

// Problems takes joined errors apart, in order; nothing for nil. An error that is no ProblemError becomes one without a path.
func Problems(err error) []*ProblemError {
	if err == nil {
		return nil
	}
	if problem, ok := err.(*ProblemError); ok { //nolint:errorlint // only the outermost error is taken apart
		return []*ProblemError{problem}
	}
	alone := []*ProblemError{{Why: err.Error(), cause: err}}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return alone
	}
	var problems []*ProblemError
	var lines []string
	for _, part := range joined.Unwrap() {
		problems = append(problems, Problems(part)...)
		lines = append(lines, part.Error())
	}
	if err.Error() != strings.Join(lines, "\n") { // it says more than its parts, and is one problem
		return alone
	}
	return problems
}

// All joins what the rules found, a problem an entry, however deep it was found; nil when none found anything.
func All(errs ...error) error {
	return join(Problems(errors.Join(errs...)))
}

// Nested puts the path of a part in front of each problem found in it: `deadLetter` and `maxReceives` give
// `deadLetter.maxReceives`. A path that starts with an index, `[2]`, follows without a dot. The originals stay reachable
// through errors.Is and errors.As.
func Nested(prefix string, err error) error {
	problems := Problems(err)
	for i, one := range problems {
		path := prefix + "." + one.Path
		if one.Path == "" || one.Path[0] == '[' {
			path = prefix + one.Path
		}
		problems[i] = &ProblemError{Path: path, Why: one.Why, Allowed: one.Allowed, cause: one}
	}
	return join(problems)
}

func join(problems []*ProblemError) error {
	errs := make([]error, len(problems))
	for i, one := range problems {
		errs[i] = one
	}
	return errors.Join(errs...)
}

// Range wants min <= v <= max. NaN is out of every range.
func Range[T Number](field string, v, minimum, maximum T) error {
	return Demand(v >= minimum && v <= maximum, field, show(v)+" is out of range", show(minimum)+" to "+show(maximum))
}

// Min wants v >= minimum.
func Min[T Number](field string, v, minimum T) error {
	return Demand(v >= minimum, field, show(v)+" is too small", show(minimum)+" or more")
}

// OneOf wants one of the given words, in exactly this spelling.
func OneOf[T ~string](field string, v T, allowed ...T) error {
	return Demand(slices.Contains(allowed, v), field, fmt.Sprintf("%q is not known", v), list(allowed))
}

// Among wants one of the given numbers, where AWS takes only certain ones (retention days, monitoring seconds).
func Among[T Number](field string, v T, allowed ...T) error {
	return Demand(slices.Contains(allowed, v), field, fmt.Sprintf("%v is not offered", v), list(allowed))
}

// logDays are the days for which CloudWatch can keep a log group's events.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var logDays = []int{
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
}

// LogDays wants a number of days for which CloudWatch can keep logs. For ever, which CloudWatch writes as 0, is none.
func LogDays(field string, v int) error { return Among(field, v, logDays...) }

// Match wants the whole of v to match re; allowed says the same in words, for whoever has to correct the value.
func Match[T ~string](field string, v T, re *regexp.Regexp, allowed string) error {
	whole := regexp.MustCompile(`\A(?:` + re.String() + `)\z`)
	return Demand(whole.MatchString(string(v)), field, fmt.Sprintf("%q is malformed", v), allowed)
}

// NotEmpty wants some text beside white space.
func NotEmpty[T ~string](field string, v T) error {
	return Demand(strings.TrimSpace(string(v)) != "", field, "is empty", "any text")
}

// CIDR wants an IPv4 network in its shortest spelling: 10.0.0.0/16, not 10.0.0.1/16.
func CIDR(field, v string) error {
	const allowed = "an IPv4 network such as 10.0.0.0/16"
	prefix, err := netip.ParsePrefix(v)
	switch {
	case err != nil || !prefix.Addr().Is4():
		return Fail(field, fmt.Sprintf("%q is not a network", v), allowed)
	case prefix.Masked() != prefix:
		return Fail(field, fmt.Sprintf("%q has bits behind its mask", v), prefix.Masked().String())
	}
	return nil
}

// Unique wants no value twice; it names the place of each repetition.
func Unique[T comparable](field string, values []T) error {
	var errs []error
	seen := make(map[T]bool, len(values))
	for i, v := range values {
		if seen[v] {
			errs = append(errs, Fail(fmt.Sprintf("%s[%d]", field, i), fmt.Sprintf("%#v is given twice", v), "each value once"))
		}
		seen[v] = true
	}
	return errors.Join(errs...)
}

// Each runs a rule on every value of a list, under the path field[i].
func Each[T any](field string, values []T, rule func(field string, v T) error) error {
	var errs []error
	for i, v := range values {
		errs = append(errs, rule(fmt.Sprintf("%s[%d]", field, i), v))
	}
	return All(errs...)
}

// show writes a number as people do: 1000000, not 1e+06.
func show[T Number](v T) string {
	switch f := any(v).(type) {
	case float64:
		return strconv.FormatFloat(f, 'f', -1, 64)
	case float32:
		return strconv.FormatFloat(float64(f), 'f', -1, 32)
	default:
		return fmt.Sprint(v)
	}
}

func list[T any](values []T) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = fmt.Sprint(v)
	}
	return strings.Join(words, ", ")
}
