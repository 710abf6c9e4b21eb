package check

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/internal/text"
)

// Format is a way to write a report.
type Format string

// The formats of a report.
const (
	Terminal Format = "terminal" // for people
	JSON     Format = "json"     // for programs; see jsonReport for the keys
	JUnit    Format = "junit"    // for CI
	Markdown Format = "markdown" // for the deployment log
)

// Formats lists all formats in the order the command names them.
func Formats() []Format { return []Format{Terminal, JSON, JUnit, Markdown} }

// Write writes the report in the format. Colour is for Terminal alone.
func (r Report) Write(w io.Writer, format Format, colour bool) error {
	switch format {
	case Terminal:
		return r.writeTerminal(w, colour)
	case JSON:
		return r.writeJSON(w)
	case JUnit:
		return r.writeJUnit(w)
	case Markdown:
		return r.writeMarkdown(w)
	}
	return fmt.Errorf("format %q: unknown; it is one of %v", format, Formats())
}

// title names what was looked at. It names the endpoint of an emulated AWS, so that its report is not taken for one
// about AWS.
func (s Subject) title() string {
	title := fmt.Sprintf("%s %s in %s, account %s", s.Stack, s.Version, s.Region, s.AccountID)
	if s.Endpoint != "" {
		title += ", asked at " + s.Endpoint
	}
	return title
}

// summary is the run in one line, such as
// "1 of 3 checks failed: 2 ok, 1 failed now (1.2 s)".
func (r Report) summary() string {
	var parts []string
	for _, outcome := range Outcomes() {
		if n := r.Count(outcome); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, outcome))
		}
	}
	head := "no check failed"
	switch bad := r.Bad(); {
	case len(r.Results) == 0:
		return "nothing was checked"
	case bad > 0:
		head = fmt.Sprintf("%d of %s failed", bad, text.Count(len(r.Results), "check"))
	case r.Count(OK) == len(r.Results):
		head = "all checks passed"
	}
	return fmt.Sprintf("%s: %s (%s)", head, strings.Join(parts, ", "), took(r.Took))
}

// notOK lists the results that need reading, the worst last.
func (r Report) notOK() []Result {
	results := slices.DeleteFunc(slices.Clone(r.Results), func(result Result) bool { return result.Outcome == OK })
	slices.SortStableFunc(results, func(a, b Result) int {
		return slices.Index(Outcomes(), a.Outcome) - slices.Index(Outcomes(), b.Outcome)
	})
	return results
}

func took(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
