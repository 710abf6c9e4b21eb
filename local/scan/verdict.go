package scan

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Verdict is what the exceptions make of the findings.
type Verdict struct {
	Passed  int      // resources that passed a check
	Checks  int      // checks that said PASS or FAIL of anything
	Manual  []string // checks that only a person can make, sorted
	Decided []Decided
	// Undecided are failures that no exception accepts.
	Undecided []Finding
	// Stale are exceptions of which there was no failure.
	Stale []string
}

// Decided is an exception with the number of failures that it accepts.
type Decided struct {
	Row   Row
	Check Exception
	Count int
}

// Judge holds each failure against the exceptions. A failure that two of them accept counts for both.
func Judge(findings []Finding, rows []Row) Verdict {
	var verdict Verdict
	count, checks, byHand := map[Exception]int{}, map[string]bool{}, map[string]bool{}
	passed := map[string]bool{}
	for _, found := range findings {
		passed[found.Check] = passed[found.Check] || found.Status == pass
	}
	for _, found := range findings {
		switch found.Status {
		case manual:
			byHand[found.Check] = true
			continue
		case pass:
			verdict.Passed++
		case fail:
			if !accept(rows, found, passed, count) {
				verdict.Undecided = append(verdict.Undecided, found)
			}
		}
		checks[found.Check] = true
	}
	for _, row := range rows {
		for _, one := range row.Accepts {
			if count[one] == 0 {
				verdict.Stale = append(verdict.Stale, fmt.Sprintf("%s, of %q", one, row.Control))
				continue
			}
			verdict.Decided = append(verdict.Decided, Decided{row, one, count[one]})
		}
	}
	slices.SortFunc(verdict.Undecided, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Check, b.Check), cmp.Compare(a.Resource, b.Resource))
	})
	verdict.Checks, verdict.Manual = len(checks), slices.Sorted(maps.Keys(byHand))
	return verdict
}

func accept(rows []Row, found Finding, passed map[string]bool, count map[Exception]int) bool {
	accepted := false
	for _, row := range rows {
		for _, one := range row.Accepts {
			if one.matches(found, passed) {
				count[one]++
				accepted = true
			}
		}
	}
	return accepted
}

// Err is nil where every failure is decided and every exception needed.
func (v Verdict) Err() error {
	if len(v.Undecided)+len(v.Stale) == 0 {
		return nil
	}
	return fmt.Errorf("the scanner's findings and docs/controls.md differ: %d failures without an exception, %d exceptions without a failure; see above",
		len(v.Undecided), len(v.Stale))
}

// Write tells people what was found and what there is to do.
func (v Verdict) Write(out io.Writer) error {
	var text strings.Builder
	decided := 0
	for _, one := range v.Decided {
		decided += one.Count
	}
	fmt.Fprintf(&text, "%d checks. Resources that passed: %d; that failed and are decided: %d; that failed and are not: %d.\n",
		v.Checks, v.Passed, decided, len(v.Undecided))
	if len(v.Decided) > 0 {
		text.WriteString("\nDecided, with the exception of docs/controls.md:\n")
	}
	for _, one := range v.Decided {
		fmt.Fprintf(&text, "  %3d  %s: %s (%s)\n", one.Count, one.Check, one.Row.Control, one.Row.Owner)
	}
	if len(v.Manual) > 0 {
		fmt.Fprintf(&text, "\nOnly a person can tell: %s\n", strings.Join(v.Manual, ", "))
	}
	if len(v.Undecided) > 0 {
		text.WriteString("\nNot decided. Mend each, or add its check to a row of the controls in infra, and write docs/controls.md with `make golden`:\n")
	}
	for i, one := range v.Undecided {
		if i == 0 || v.Undecided[i-1].Check != one.Check { // they are sorted, and the advice is the check's
			fmt.Fprintf(&text, "  %s\n    Prowler advises: %s\n", one.Check, strings.Join(strings.Fields(one.Remedy), " "))
		}
		fmt.Fprintf(&text, "    %s\n      %s\n", one.Resource, one.Said)
	}
	if len(v.Stale) > 0 {
		text.WriteString("\nExceptions of which nothing failed. Take each out of the controls in infra, and write docs/controls.md with `make golden`:\n")
	}
	for _, one := range v.Stale {
		fmt.Fprintf(&text, "  %s\n", one)
	}
	_, err := io.WriteString(out, text.String())
	return err
}
