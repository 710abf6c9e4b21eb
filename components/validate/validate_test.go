package validate

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests prove each rule's verdict and wording. They do not prove that any component calls a rule, nor that the
// bounds it passes are the ones AWS has: that is for the component's own table.

type mode string

func TestRules_SayWhatIsWrongAndWhatIsAllowed(t *testing.T) {
	letters := regexp.MustCompile(`[a-z]|[a-z]-[a-z]`)
	for name, tc := range map[string]struct {
		err  error
		want string // empty: the value is fine
	}{
		"range, below":           {Range("storageGiB", 5, 20, 65536), "storageGiB: 5 is out of range; allowed: 20 to 65536"},
		"range, above":           {Range("share", 1.5, 0, 1), "share: 1.5 is out of range; allowed: 0 to 1"},
		"range, not a number":    {Range("share", math.NaN(), 0, 1), "share: NaN is out of range; allowed: 0 to 1"},
		"range, large":           {Range("usd", 0.5, 1, 1_000_000), "usd: 0.5 is out of range; allowed: 1 to 1000000"},
		"range, lower bound":     {Range("storageGiB", 20, 20, 65536), ""},
		"range, upper bound":     {Range("storageGiB", 65536, 20, 65536), ""},
		"min, below":             {Min("keepReleases", 29, 30), "keepReleases: 29 is too small; allowed: 30 or more"},
		"min, not a number":      {Min("x", math.NaN(), 1), "x: NaN is too small; allowed: 1 or more"},
		"min, equal":             {Min("keepReleases", 30, 30), ""},
		"one of, unknown":        {OneOf("nat", mode("both"), "none", "single"), `nat: "both" is not known; allowed: none, single`},
		"one of, other spelling": {OneOf("nat", "Single", "none", "single"), `nat: "Single" is not known; allowed: none, single`},
		"one of, known":          {OneOf("nat", mode("single"), "none", "single"), ""},
		"among, unknown":         {Among("days", 31, 30, 60), "days: 31 is not offered; allowed: 30, 60"},
		"among, known":           {Among("days", 60, 30, 60), ""},
		"log days, for ever":     {LogDays("logDays", 0), "logDays: 0 is not offered; allowed: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653"},
		"log days, a leap year":  {LogDays("logDays", 366), "logDays: 366 is not offered; allowed: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653"},
		"log days, a year":       {LogDays("logDays", 365), ""},
		"match, a part only":     {Match("zone", "a1", letters, "a letter"), `zone: "a1" is malformed; allowed: a letter`},
		"match, empty":           {Match("zone", "", letters, "a letter"), `zone: "" is malformed; allowed: a letter`},
		"match, line break":      {Match("zone", "a\n", letters, "a letter"), `zone: "a\n" is malformed; allowed: a letter`},
		"match, second branch":   {Match("zone", "a-b", letters, "a letter"), ""},
		"not empty, blank":       {NotEmpty("class", " \t"), "class: is empty; allowed: any text"},
		"not empty, text":        {NotEmpty("class", mode("x")), ""},
		"cidr, no network":       {CIDR("cidr", "10.0/16"), `cidr: "10.0/16" is not a network; allowed: an IPv4 network such as 10.0.0.0/16`},
		"cidr, IPv6":             {CIDR("cidr", "fd00::/16"), `cidr: "fd00::/16" is not a network; allowed: an IPv4 network such as 10.0.0.0/16`},
		"cidr, loose bits":       {CIDR("cidr", "10.0.0.1/16"), `cidr: "10.0.0.1/16" has bits behind its mask; allowed: 10.0.0.0/16`},
		"cidr, network":          {CIDR("cidr", "10.0.0.0/16"), ""},
		"unique, twice":          {Unique("zones", []string{"a", "b", "a"}), `zones[2]: "a" is given twice; allowed: each value once`},
		"unique, once each":      {Unique("zones", []string{"a", "b"}), ""},
		"each, second is wrong": {
			Each("zones", []string{"a", "1"}, func(field, v string) error { return Match(field, v, letters, "a letter") }),
			`zones[1]: "1" is malformed; allowed: a letter`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.want == "" {
				assert.NoError(t, tc.err)
				return
			}
			assert.EqualError(t, tc.err, tc.want)
		})
	}
}

func TestAll_JoinsEveryProblemAndOnlyProblems(t *testing.T) {
	assert.NoError(t, All())
	assert.NoError(t, All(nil, nil, All(nil)))

	err := All(nil, errors.New("a: one"), All(errors.New("b: two"), nil, Fail("c", "three", "")))
	require.EqualError(t, err, "a: one\nb: two\nc: three")
	assert.Len(t, Problems(err), 3)
}

func TestProblems_KeepAnErrorThatSaysMoreThanItsParts(t *testing.T) {
	cause := errors.New("too few")
	err := fmt.Errorf("zones: %w and %w", cause, errors.New("unsorted"))
	require.Len(t, Problems(err), 1)
	require.EqualError(t, Problems(err)[0], err.Error())
	require.ErrorIs(t, Problems(err)[0], cause)
	assert.Nil(t, Problems(nil))
}

func TestNested_PutsThePathInFrontOfEveryProblem(t *testing.T) {
	cause := Fail("[1].port", "0 is out of range", "")
	err := Nested("service", All(Fail("cpu", "too small", "256"), Nested("routes", cause), errors.New("it is no service")))

	require.EqualError(t, err, "service.cpu: too small; allowed: 256\nservice.routes[1].port: 0 is out of range\nservice: it is no service")
	require.ErrorIs(t, err, cause)
	var first *ProblemError
	require.ErrorAs(t, err, &first)
	assert.Equal(t, []string{"service.cpu", "too small", "256"}, []string{first.Path, first.Why, first.Allowed})
	assert.NoError(t, Nested("service", nil))
}
