package stacks

import (
	"fmt"
	"regexp"
	"time"

	"github.com/flowcomply/infrastructure/components/validate"
)

// Drift is what `flowcomply drift` goes by; the program does not look at it.
type Drift struct {
	// Expected are differences between the stack and AWS that somebody knows of, each an object with path, reason and until. path
	// is type::name of the resource as the report writes it and, behind #, the property: aws:ecs/service:Service::backend#desiredCount;
	// without a property, whatever differs. until is the last day on which it is expected, such as 2026-12-31, in UTC; after that the
	// entry is an error of the report. Default none.
	Expected []ExpectedDrift `json:"expected"`
}

// ExpectedDrift is one difference that is known of.
type ExpectedDrift struct {
	// Path is type::name of the resource and, behind #, a property; without one, whatever differs of the resource.
	Path string `json:"path"`
	// Reason says why it is as it is, and who takes it back.
	Reason string `json:"reason"`
	// Until is the last day on which it is expected, in UTC. After that what it was about counts as drift again.
	Until string `json:"until"`
}

var driftPath = regexp.MustCompile(`[a-zA-Z][\w:/.-]*::[^#\s]+(#\S+)?`)

// Validate returns every problem of the section.
func (d Drift) Validate() error {
	paths := make([]string, len(d.Expected))
	var errs []error
	for i, one := range d.Expected {
		paths[i] = one.Path
		errs = append(errs, validate.Nested(fmt.Sprintf("expected[%d]", i), one.Validate()))
	}
	return validate.All(append(errs, validate.Unique("expected", paths))...)
}

// Validate returns every problem of one expectation. Whether its day is over is for the report to say.
func (e ExpectedDrift) Validate() error {
	_, err := time.Parse(time.DateOnly, e.Until)
	return validate.All(
		validate.Match("path", e.Path, driftPath, "type::name of a resource and, behind #, a property"),
		validate.NotEmpty("reason", e.Reason),
		validate.Demand(err == nil, "until", fmt.Sprintf("%q is malformed", e.Until), "a day such as 2026-12-31"),
	)
}

// Over tells whether the last day of the expectation is over. One that is not a day is.
func (e ExpectedDrift) Over(now time.Time) bool {
	last, err := time.Parse(time.DateOnly, e.Until)
	return err != nil || !now.Before(last.AddDate(0, 0, 1))
}
