package deploylog

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/verify/check"
)

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// page is what page.html shows.
type page struct {
	Deployment
	Style      template.CSS
	Class      string // how it ended: good, failed, back
	Mark       string
	When       string
	Release    string
	Components []deployed
	Tiles      []tile
	Charts     []chart
	Errors     []Issue
	Warnings   []Issue
	Back       string // the template's "Rollback"
	Operations []operation
	Reports    []proof
	Signatures []signature
	Few        bool // few enough operations to show the table at once
}

type deployed struct {
	Component
	About string
}

// tile is one number of the summary.
type tile struct{ Label, Value, Note, Class string }

// operation is one line of the table of steps.
type operation struct {
	Step
	Label, Verb, Class, Began, Ran, Waited string
}

// proof is a report of verify.
type proof struct {
	Title    string
	Report   *Report
	Bad, All []checkResult
}

// checkResult is one result of verify.
type checkResult struct {
	Result
	Name, Class, Ran, Text string
}

// HTML writes the log as one page that loads nothing: no script, font, picture or request. It adapts to dark mode, phones
// and paper.
func (d Deployment) HTML(w io.Writer) error {
	d = d.Clean()
	classes := map[Status]string{Succeeded: "good", RolledBackManually: "good", Failed: "failed", RolledBack: "back"}
	shown := page{
		Deployment: d, Style: template.CSS(pageStyle), Class: classes[d.Status], Mark: strings.Trim(marks[d.Status], " ✅❌⚠️"),
		When: d.when(), Release: d.release(), Charts: []chart{d.Timeline.chart("Timeline")}, Back: d.rollback(),
		Reports: []proof{d.Report.proof("Verify")}, Signatures: d.SignOff.lines(), Few: len(d.Timeline.Steps) <= 24,
	}
	for _, issue := range d.AllIssues() {
		if issue.Warning {
			shown.Warnings = append(shown.Warnings, issue)
		} else {
			shown.Errors = append(shown.Errors, issue)
		}
	}
	for _, c := range d.Components {
		shown.Components = append(shown.Components, deployed{c, c.about()})
	}
	shown.Operations = d.Timeline.operations(d.Start.Location())
	if back := d.Rollback; back != nil && back.Timeline != nil {
		shown.Charts[0].Title = "Timeline of " + d.Version
		shown.Charts = append(shown.Charts, back.Timeline.chart("Timeline of the rollback to "+back.To))
		shown.Operations = append(shown.Operations, back.Timeline.operations(d.Start.Location())...)
		shown.Reports = []proof{back.Report.proof("Verify after the rollback"), d.Report.proof("Verify of " + d.Version)}
	}
	shown.Tiles = d.tiles()
	return pageTemplate.Execute(w, shown)
}

// when is the deployment's time: "7 October 2025, 10:00 AM to 10:04 AM NZDT".
func (d Deployment) when() string {
	end := d.End.In(d.Start.Location())
	return fmt.Sprintf("%s to %s", d.Start.Format("2 January 2006, 3:04 PM"), end.Format("3:04 PM MST"))
}

func (t Timeline) operations(in *time.Location) []operation {
	var all []operation
	for _, step := range t.ordered() {
		all = append(all, operation{
			Step: step, Label: step.Label(), Verb: step.verb(), Class: step.class(), Began: step.Start.In(in).Format(time.TimeOnly),
			Ran: short(step.Took()), Waited: step.waited(),
		})
	}
	return all
}

func (r *Report) proof(title string) proof {
	shown := proof{Title: title, Report: r}
	if r == nil {
		return shown
	}
	for _, result := range r.Checks {
		shown.All = append(shown.All, result.check())
		if result.Outcome != check.OK {
			shown.Bad = append(shown.Bad, result.check())
		}
	}
	return shown
}

func (r Result) check() checkResult {
	shown := checkResult{Result: r, Name: r.Group + "/" + r.Name, Class: "good", Ran: short(time.Duration(r.TookMs) * time.Millisecond), Text: r.Seen}
	switch {
	case r.Outcome.Bad():
		shown.Class, shown.Text = "failed", r.Cause
	case r.Outcome != check.OK:
		shown.Class, shown.Text = "unknown", r.Cause
	}
	return shown
}
