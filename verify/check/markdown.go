package check

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/flowcomply/infrastructure/internal/text"
)

// special are the characters that Markdown or the HTML in it could act on.
var special = regexp.MustCompile("[\\\\`*_{}\\[\\]<>#|~]")

// writeMarkdown writes what the runbook's deployment log has room for: a
// heading, one table, and a section for each result that needs reading.
func (r Report) writeMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## Verification: %s\n\n", escape(r.Subject.title()))
	fmt.Fprintf(&b, "**%s**, started %s\n\n", escape(r.summary()), r.Started.Format("2006-01-02 15:04:05 MST"))
	b.WriteString("| Check | Outcome | Took | Seen |\n| --- | --- | ---: | --- |\n")
	for _, result := range r.Results {
		seen, outcome := result.Seen, string(result.Outcome)
		if result.Outcome != OK {
			seen, outcome = result.Cause, "**"+outcome+"**"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", escape(result.Group+"/"+result.Name), outcome, took(result.Took), escape(seen))
	}
	for _, result := range r.notOK() {
		fmt.Fprintf(&b, "\n### %s: %s\n\n%s\n", escape(result.Group+"/"+result.Name), result.Outcome, escape(result.Cause))
		writeList(&b, result.Details, result.Next)
	}
	for i, finding := range r.Findings {
		if i == 0 {
			b.WriteString("\n### Diagnosis\n")
		}
		fmt.Fprintf(&b, "\n**%s**\n", escape(finding.title()))
		writeList(&b, finding.Lines, finding.Next)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeList writes what was seen, and what to do next.
func writeList(b *strings.Builder, lines []string, next string) {
	for i, line := range lines {
		if i == 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(b, "- %s\n", escape(strings.TrimSpace(line)))
	}
	if next != "" {
		fmt.Fprintf(b, "\nNext: %s\n", escape(next))
	}
}

func escape(s string) string { return special.ReplaceAllString(text.Plain(s), `\$0`) }
