package check

import (
	"fmt"
	"io"
	"strings"

	"github.com/flowcomply/infrastructure/internal/text"
)

const (
	bold  = "1"
	faint = "2"
)

// colours are SGR codes; the words carry the meaning without them.
var colours = map[Outcome]string{OK: "32", NotEnoughData: "33", TimedOut: "31", FailedNow: "31"}

type terminal struct {
	strings.Builder
	colour bool
}

func (t *terminal) paint(code, s string) string {
	if !t.colour {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (t *terminal) line(format string, args ...any) {
	t.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), " ") + "\n")
}

// writeTerminal writes one aligned row for each check, in groups. Then come the results that need reading, failures
// last, and the summary, where the eye lands.
func (r Report) writeTerminal(w io.Writer, colour bool) error {
	t := &terminal{colour: colour}
	t.line("%s", t.paint(bold, text.Plain(r.Subject.title())))
	names := 0
	for _, result := range r.Results {
		names = max(names, len(result.Name))
	}
	for _, group := range r.groups() {
		t.line("")
		t.line("%s", t.paint(bold, group[0].Group))
		for _, result := range group {
			t.row(result, names)
		}
	}
	for _, result := range r.notOK() {
		t.details(result)
	}
	t.diagnosis(r.Findings)
	code := colours[OK]
	if r.Bad() > 0 {
		code = colours[FailedNow]
	} else if r.Count(OK) < len(r.Results) {
		code = colours[NotEnoughData]
	}
	t.line("")
	t.line("%s", t.paint(code, r.summary()))
	_, err := io.WriteString(w, t.String())
	return err
}

func (t *terminal) row(result Result, names int) {
	outcome := fmt.Sprintf("%-*s", len(NotEnoughData), result.Outcome)
	note := text.Plain(result.Seen)
	if result.Outcome != OK {
		note = "see below"
	}
	t.line("  %s  %-*s  %7s  %s", t.paint(colours[result.Outcome], outcome), names, result.Name, took(result.Took), note)
}

func (t *terminal) details(result Result) {
	t.line("")
	t.line("%s", t.paint(colours[result.Outcome], fmt.Sprintf("%s: %s/%s", result.Outcome, result.Group, result.Name)))
	t.line("  %s  %s", t.paint(faint, "cause"), text.Plain(result.Cause))
	label := "seen"
	for _, detail := range text.PlainAll(result.Details) {
		t.line("  %s  %s", t.paint(faint, fmt.Sprintf("%-5s", label)), detail)
		label = ""
	}
	if result.Next != "" {
		t.line("  %s  %s", t.paint(faint, "next "), text.Plain(result.Next))
	}
}

// diagnosis writes what was gathered about the failures, between them and the
// summary.
func (t *terminal) diagnosis(findings []Finding) {
	if len(findings) == 0 {
		return
	}
	t.line("")
	t.line("%s", t.paint(bold, "diagnosis"))
	for _, finding := range findings {
		t.line("  %s", text.Plain(finding.title()))
		for _, line := range text.PlainAll(finding.Lines) {
			t.line("    %s", line)
		}
		if finding.Next != "" {
			t.line("    %s  %s", t.paint(faint, "next"), text.Plain(finding.Next))
		}
	}
}
