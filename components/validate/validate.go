// Package validate holds the few rules that every configuration type checks its fields with.
//
// A rule returns nil, or one error that reads `field: why; allowed: what`. The field is the key as written in the stack
// file, so that the loader in package stacks only has to put the section in front of it. Rules never stop at the first
// problem: All joins them, and Nested gives every joined problem the path of the part it came from.
package validate

import (
	"cmp"
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

// All joins what the rules found; nil when none found anything.
// Joined errors inside are taken apart, so that one problem is one entry, however deep it was found.
func All(errs ...error) error {
	var leaves []error
	for _, err := range errs {
		leaves = append(leaves, Leaves(err)...)
	}
	return errors.Join(leaves...)
}

// Leaves takes joined errors apart, in order: each result is one problem. It returns nothing for nil.
func Leaves(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error }) // only the outermost error is taken apart
	if !ok {
		return []error{err}
	}
	var leaves []error
	var lines []string
	for _, part := range joined.Unwrap() {
		leaves = append(leaves, Leaves(part)...)
		lines = append(lines, part.Error())
	}
	// An error that says more than its parts (fmt.Errorf with several %w) is one problem, not several.
	if err.Error() != strings.Join(lines, "\n") {
		return []error{err}
	}
	return leaves
}

// Nested puts the path of a part in front of each problem found in it: `deadLetter` and `maxReceives: …` give
// `deadLetter.maxReceives: …`. A problem that starts with an index, `[2]: …`, follows without a dot.
// The originals stay reachable through errors.Is and errors.As.
func Nested(prefix string, err error) error {
	var nested []error
	for _, leaf := range Leaves(err) {
		dot := "."
		if strings.HasPrefix(leaf.Error(), "[") {
			dot = ""
		}
		nested = append(nested, fmt.Errorf("%s%s%w", prefix, dot, leaf))
	}
	return errors.Join(nested...)
}

// Fail is the shape of every problem, for rules of a component's own: `field: why; allowed: what`.
func Fail(field, why, allowed string) error {
	return fmt.Errorf("%s: %s; allowed: %s", field, why, allowed)
}

// Range wants min <= v <= max. NaN is out of every range.
func Range[T Number](field string, v, minimum, maximum T) error {
	if v >= minimum && v <= maximum {
		return nil
	}
	return Fail(field, show(v)+" is out of range", show(minimum)+" to "+show(maximum))
}

// Min wants v >= minimum.
func Min[T Number](field string, v, minimum T) error {
	if v >= minimum {
		return nil
	}
	return Fail(field, show(v)+" is too small", show(minimum)+" or more")
}

// OneOf wants one of the given words, in exactly this spelling.
func OneOf[T ~string](field string, v T, allowed ...T) error {
	if slices.Contains(allowed, v) {
		return nil
	}
	return Fail(field, fmt.Sprintf("%q is not known", v), list(allowed))
}

// Among wants one of the given numbers, where AWS takes only certain ones (retention days, monitoring seconds).
func Among[T Number](field string, v T, allowed ...T) error {
	if slices.Contains(allowed, v) {
		return nil
	}
	return Fail(field, fmt.Sprintf("%v is not offered", v), list(allowed))
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
	if whole.MatchString(string(v)) {
		return nil
	}
	return Fail(field, fmt.Sprintf("%q is malformed", v), allowed)
}

// NotEmpty wants some text beside white space.
func NotEmpty[T ~string](field string, v T) error {
	if strings.TrimSpace(string(v)) != "" {
		return nil
	}
	return Fail(field, "is empty", "any text")
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

// Map validates every value of a map under the path field.key, in the order of the keys.
func Map[K cmp.Ordered, V interface{ Validate() error }](field string, values map[K]V) error {
	keys := make([]K, 0, len(values))
	for k := range values {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var errs []error
	for _, k := range keys {
		errs = append(errs, Nested(fmt.Sprintf("%s.%v", field, k), values[k].Validate()))
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
