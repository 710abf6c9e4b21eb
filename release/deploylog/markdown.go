package deploylog

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
)

// special are the characters that Markdown or the HTML in it could act on.
var special = regexp.MustCompile("[\\\\`*_{}\\[\\]<>#|~]")

// escape writes text of others as it is. A line break would end the list or table it stands in.
func escape(s string) string {
	return special.ReplaceAllString(strings.Join(strings.Fields(s), " "), `\$0`)
}

// marks are how the template says how a deployment ended.
var marks = map[Status]string{Succeeded: "Success ✅", Failed: "Failed ❌", RolledBack: "Rolled back ⚠️", RolledBackManually: "Went back ✅"}

// Markdown writes the log in the runbook's "Deployment Log Template": its lines in its order, and more beside them where
// there is more to say.
//
//runbook:log#1-18 writes the template from what happened, with lines to sign.
func (d Deployment) Markdown(w io.Writer) error {
	d = d.Clean()
	var b strings.Builder
	d.head(&b)
	d.deployed(&b)
	d.encountered(&b)
	d.wayBack(&b)
	d.after(&b)
	table(&b, "Timeline", d.Timeline)
	if d.Rollback != nil && d.Rollback.Timeline != nil {
		table(&b, "Timeline of the rollback", *d.Rollback.Timeline)
	}
	fmt.Fprintf(&b, "\n### Sign-off:\n")
	for _, line := range d.SignOff.lines() {
		fmt.Fprintf(&b, "- %s: %s\n", line.What, cmp.Or(escape(line.Name), blank))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (d Deployment) head(b *strings.Builder) {
	fmt.Fprintf(b, "## Deployment: %s\n", escape(d.Version))
	fmt.Fprintf(b, "**Date:** %s\n**Time:** %s\n", d.Start.Format(time.DateOnly), d.Start.Format("3:04 PM MST"))
	fmt.Fprintf(b, "**Duration:** %s\n**Status:** %s\n**Stack:** %s\n", FormatDuration(d.Took()), marks[d.Status], escape(d.Stack))
	if release := d.release(); release != "" {
		fmt.Fprintf(b, "**Release:** %s\n", escape(release))
	}
	if d.Previous != "" || d.PreviousLog != "" {
		fmt.Fprintf(b, "**Previous:** %s", escape(d.Previous))
		if d.PreviousLog != "" {
			fmt.Fprintf(b, " ([log](%s.md))", d.PreviousLog)
		}
		b.WriteString("\n")
	}
}

func (d Deployment) deployed(b *strings.Builder) {
	b.WriteString("\n### Deployed Components:\n")
	for _, c := range d.Components {
		fmt.Fprintf(b, "- %s: %s", upper(escape(c.Service)), escape(c.version()))
		if about := c.about(); about != "" {
			fmt.Fprintf(b, " (%s)", escape(about))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(b, "- Database: %s\n", escape(d.Database.String()))
	if d.SnapshotID != "" {
		fmt.Fprintf(b, "- Snapshot: %s\n", escape(d.SnapshotID))
	}
}

func (d Deployment) encountered(b *strings.Builder) {
	b.WriteString("\n### Issues Encountered:\n")
	issues := d.AllIssues()
	if len(issues) == 0 {
		b.WriteString("- None\n")
	}
	for _, issue := range issues {
		fmt.Fprintf(b, "- %s", escape(issue.What))
		switch len(issue.Causes) {
		case 0:
		case 1:
			fmt.Fprintf(b, ": %s", escape(issue.Causes[0]))
		default:
			for _, cause := range issue.Causes {
				fmt.Fprintf(b, "\n  - %s", escape(cause))
			}
		}
		if issue.Next != "" {
			fmt.Fprintf(b, "\n  - Next: %s", escape(issue.Next))
		}
		b.WriteString("\n")
	}
}

func (d Deployment) wayBack(b *strings.Builder) {
	fmt.Fprintf(b, "\n### Rollback: %s\n", escape(d.rollback()))
	back := d.Rollback
	if back == nil {
		return
	}
	if back.Reason != "" {
		fmt.Fprintf(b, "- Reason: %s\n", escape(back.Reason))
	}
	if back.Timeline != nil {
		fmt.Fprintf(b, "- Duration: %s\n", FormatDuration(back.Timeline.Took()))
	}
}

func (d Deployment) after(b *strings.Builder) {
	b.WriteString("\n### Post-Deployment:\n")
	report := d.report()
	for _, found := range report.findings() {
		if found.Good && found.What == "Alarms" {
			fmt.Fprintf(b, "- %s\n", escape(found.String())) // the template's line has no name
			continue
		}
		fmt.Fprintf(b, "- %s: %s\n", found.What, escape(found.String()))
	}
	if report != nil {
		fmt.Fprintf(b, "- Verify: %s\n", escape(report.title()))
	}
}

// table lists the steps of the release, in its order, and what else is on the critical path.
func table(b *strings.Builder, title string, t Timeline) {
	fmt.Fprintf(b, "\n### %s:\n", title)
	if len(t.Steps) == 0 {
		b.WriteString("- Nothing was changed\n")
		return
	}
	b.WriteString("| Step | Operation | Began | Took | Critical path |\n| --- | --- | ---: | ---: | :---: |\n")
	shown := 0
	for _, step := range t.ordered() {
		if step.Phase == "" && (!step.Critical || step.Took() < time.Second) {
			continue
		}
		shown++
		mark := ""
		if step.Critical {
			mark = "●"
		}
		fmt.Fprintf(b, "| %s | %s | +%s | %s | %s |\n", escape(step.Label()), step.verb(), short(step.Start.Sub(t.Start)), short(step.Took()), mark)
	}
	if rest := len(t.Steps) - shown; rest > 0 {
		fmt.Fprintf(b, "\nand %s, which the page beside this file has.\n", count(rest, "other operation"))
	}
}

// ordered are the steps of the release in its order, then all others as they began.
func (t Timeline) ordered() []Step {
	var all []Step
	for _, phase := range append(Phases(), "") {
		all = append(all, t.Of(phase)...)
	}
	return all
}
