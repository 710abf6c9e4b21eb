// Package faults breaks a running stack, one way after another, and asks verify each time: a fault is caught when verify
// fails, and the check that should see it says what is wrong. Before that, a stack that nothing is wrong with has to
// pass again and again.
//
// No fault is told to verify. Each is real: in the emulated AWS, in a container, or in the application. The suite knows
// which check has to fail, verify does not know the suite.
package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/local/harness"
)

// Fault is one way in which a stack can be broken.
type Fault struct {
	Name  string
	How   string // it is made real; for readers
	Check string // group/name that has to fail; * stands for any name
	Cause string // regular expression for what that check has to say
}

// scenario makes one fault, or several that take their minute side by side, and clears them.
type scenario struct {
	faults []Fault
	before bool // verify compares with the healthy stack's report
	// make returns the outputs that verify is given; nil stands for the stack's own.
	make func(context.Context, *target) ([]byte, error)
	undo func(context.Context, *target) error
	// during happens while verify runs, as soon as it has said something.
	during func(context.Context, *target) error
	// lasting is for what stays in metrics or logs when it is cleared.
	lasting bool
}

// Outcome is what became of a fault.
type Outcome struct {
	Fault
	Caught  bool
	Outcome string // in verify's words
	Code    int    // verify's exit code
	Said    string // by the check
	Why     string // it is not caught
}

// Result is a whole run of the suite.
type Result struct {
	Healthy, False int // runs on the healthy stack, and how many of them failed
	FalseReports   []string
	Outcomes       []Outcome
}

// Caught counts.
func (r Result) Caught() int {
	n := 0
	for _, outcome := range r.Outcomes {
		if outcome.Caught {
			n++
		}
	}
	return n
}

// HealthyRuns is how often the healthy stack is verified.
const HealthyRuns = 50

// watch is for how long alarms are watched: as by default in each tenth run, and a single look in the others.
func watch(run int) string {
	if run%10 == 0 {
		return "10s"
	}
	return "0s"
}

// arguments make runs short: what is broken stays so, and nobody has to wait for it.
var arguments = []string{"--format", "json", "--timeout", "10s", "--watch", "0s", "--window", "1m"}

// Run verifies the healthy stack, then breaks it in every way. The error is for a suite that could not go on.
func Run(ctx context.Context, stack *harness.Stack, verifier harness.Verifier, out io.Writer) (Result, error) {
	t := &target{Stack: stack, verifier: verifier}
	result := Result{Healthy: HealthyRuns}
	for i := range HealthyRuns {
		report, text, err := t.verify(ctx, nil, nil, "--format", "json", "--require-data", "--watch", watch(i))
		if err != nil {
			return result, err
		}
		if report.code != 0 {
			result.False++
			result.FalseReports = append(result.FalseReports, report.failures())
			fmt.Fprintf(out, "healthy run %d: FALSE FAILURE\n%s\n", i+1, report.failures())
		}
		t.before = text
	}
	fmt.Fprintf(out, "healthy stack: %d false failures of %d\n", result.False, result.Healthy)
	for _, s := range scenarios() {
		outcomes, err := t.run(ctx, s)
		for _, outcome := range outcomes {
			word := "caught"
			if !outcome.Caught {
				word = "MISSED"
			}
			fmt.Fprintf(out, "%-7s %-38s %s\n", word, outcome.Name, firstLine(outcome.Said, outcome.Why))
		}
		result.Outcomes = append(result.Outcomes, outcomes...)
		if err != nil {
			return result, fmt.Errorf("fault %s: %w", s.faults[0].Name, err)
		}
	}
	return result, nil
}

// run makes a scenario, verifies, clears it, and waits until its checks pass again.
func (t *target) run(ctx context.Context, s scenario) ([]Outcome, error) {
	outputs, err := s.make(ctx, t)
	if err != nil {
		return nil, err
	}
	args := slices.Clone(arguments)
	if s.before {
		args = append(args, "--before", t.baseline())
	}
	if s.during != nil {
		args = append(args, "--watch", "10s")
	}
	report, _, err := t.verify(ctx, outputs, s.during, args...)
	if err != nil {
		return nil, err
	}
	var outcomes []Outcome
	for _, fault := range s.faults {
		outcomes = append(outcomes, report.judge(fault))
	}
	if err := s.undo(ctx, t); err != nil {
		return outcomes, err
	}
	if s.lasting {
		return outcomes, nil
	}
	return outcomes, t.recovered(ctx, s.faults)
}

// recoveryTimeout is how long a stack may take to recover; seconds are usual.
const recoveryTimeout = 90 * time.Second

// recovered waits until the groups that failed pass again, so that no fault is taken for the one before.
func (t *target) recovered(ctx context.Context, faults []Fault) error {
	ctx, cancel := context.WithTimeout(ctx, recoveryTimeout)
	defer cancel()
	group, _, _ := strings.Cut(faults[0].Check, "/")
	var last report
	err := harness.Until(ctx, "the stack does not recover", func(ctx context.Context) (bool, error) {
		var err error
		last, _, err = t.verify(ctx, nil, nil, append(slices.Clone(arguments), "--only", group)...)
		return last.code == 0, err
	})
	if err != nil {
		return fmt.Errorf("%w\n%s", err, last.failures())
	}
	return nil
}

// report is what the suite reads of verify's.
type report struct {
	code   int
	Checks []struct {
		Group   string   `json:"group"`
		Name    string   `json:"name"`
		Outcome string   `json:"outcome"`
		Cause   string   `json:"cause"`
		Details []string `json:"details"`
	} `json:"checks"`
}

func (t *target) verify(ctx context.Context, outputs []byte, during func(context.Context, *target) error, args ...string) (report, []byte, error) {
	if outputs == nil {
		outputs = t.Text
	}
	var progress io.Writer
	ended := make(chan error, 1)
	if during != nil {
		progress = &once{do: func() { ended <- during(ctx, t) }}
	} else {
		ended <- nil
	}
	verdict, err := t.Verify(ctx, t.verifier, outputs, progress, args...)
	if err != nil {
		return report{}, nil, err
	}
	parsed := report{code: verdict.Code}
	if err := json.Unmarshal(verdict.Report, &parsed); err != nil {
		return parsed, nil, fmt.Errorf("verify ended with %d and no report: %s", verdict.Code, verdict.Said)
	}
	return parsed, verdict.Report, <-ended
}

// once does something at the first write, beside it.
type once struct {
	do   func()
	done bool
}

func (o *once) Write(p []byte) (int, error) {
	if !o.done {
		o.done = true
		go o.do()
	}
	return len(p), nil
}

func (r report) judge(f Fault) Outcome {
	o := Outcome{Fault: f, Code: r.code}
	for _, check := range r.Checks {
		if seen, _ := path.Match(f.Check, check.Group+"/"+check.Name); !seen {
			continue
		}
		o.Outcome = check.Outcome
		o.Said = strings.Join(append([]string{check.Cause}, check.Details...), "\n")
		switch {
		case check.Outcome == "ok" || check.Outcome == "not enough data":
			o.Why = f.Check + " says " + check.Outcome
		case r.code == 0:
			o.Why = "verify ended with exit code 0"
		case !regexp.MustCompile(f.Cause).MatchString(o.Said):
			o.Why = fmt.Sprintf("the message does not name the cause (%s): %s", f.Cause, o.Said)
		default:
			o.Caught = true
		}
		return o
	}
	o.Why = "there is no check " + f.Check
	return o
}

// failures are what failed, for people.
func (r report) failures() string {
	var lines []string
	for _, check := range r.Checks {
		if check.Outcome != "ok" {
			lines = append(lines, fmt.Sprintf("  %s/%s: %s: %s", check.Group, check.Name, check.Outcome, check.Cause))
		}
	}
	return strings.Join(lines, "\n")
}

func firstLine(said, why string) string {
	if why != "" {
		return why
	}
	line, _, _ := strings.Cut(said, "\n")
	return line
}
