package deploylog

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"slices"
	"strings"
	texttemplate "text/template"
	"time"

	"github.com/flowcomply/infrastructure/internal/text"
)

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

//go:embed markdown.tmpl
var markdownText string

// functions are what the templates call beside the methods of view.
var functions = template.FuncMap{
	"about": Component.about, "class": Step.class, "duration": FormatDuration, "md": Escape, "notOK": notOK, "others": Timeline.others,
	"short": short, "shown": Timeline.shown, "title": (*Report).title, "took": took, "upper": upper,
	"verb": Step.verb, "waited": Step.waited,
}

var (
	pageTemplate     = template.Must(template.New("page").Funcs(functions).Parse(pageText))
	markdownTemplate = texttemplate.Must(texttemplate.New("markdown").Funcs(functions).Parse(markdownText))
)

// HTML writes the log as one page that loads nothing: no script, font, picture or request. It adapts to dark mode, phones
// and paper.
func (d Deployment) HTML(w io.Writer) error { return pageTemplate.Execute(w, view{d.Clean()}) }

// Markdown writes the log in the runbook's "Deployment Log Template": its lines in its order, and more beside them where
// there is more to say.
//
//runbook:log#1-18 writes the template from what happened, with lines to sign.
func (d Deployment) Markdown(w io.Writer) error { return markdownTemplate.Execute(w, view{d.Clean()}) }

// Style is the look of every page that a command writes.
func Style() template.CSS { return template.CSS(pageStyle) }

// view is what the templates show of a deployment.
type view struct{ Deployment }

// ending is how the log says how a deployment ended: the runbook's word and mark, and the page's class.
type ending struct{ Word, Mark, Class string }

var endings = map[Status]ending{
	Succeeded: {"Success", "✅", "good"}, RolledBackManually: {"Went back", "✅", "good"},
	RolledBack: {"Rolled back", "⚠️", "back"}, Failed: {"Failed", "❌", "failed"},
}

func (v view) Ending() ending      { return endings[v.Status] }
func (v view) Style() template.CSS { return Style() }

// Release is what identifies it beside the version: "7, from commit 0123456789".
func (v view) Release() string {
	number, commit := "", ""
	if v.Number > 0 {
		number = fmt.Sprint(v.Number)
	}
	if v.Commit != "" {
		commit = fmt.Sprintf("from commit %.10s", v.Commit)
	}
	return list(number, commit)
}

// Back is the runbook's "Rollback": No, or Yes and to what.
func (v view) Back() string {
	switch back := v.Rollback; {
	case back == nil && v.Status == RolledBackManually:
		return "Yes, this one: from " + v.Previous + " to " + v.Version
	case back == nil:
		return "No"
	case back.Failed:
		return "Failed, to " + back.To
	default:
		return "Yes, to " + back.To
	}
}

// Current is verify's report about what runs now.
func (v view) Current() *Report {
	if v.Rollback != nil {
		return v.Rollback.Report
	}
	return v.Report
}

func (v view) Findings() []finding { return v.Current().findings() }
func (v view) Errors() []Issue     { return v.issues(false) }
func (v view) Warnings() []Issue   { return v.issues(true) }

func (v view) issues(warnings bool) []Issue {
	return slices.DeleteFunc(v.AllIssues(), func(i Issue) bool { return i.Warning != warnings })
}

func (v view) Charts() []chart {
	if back := v.Rollback; back != nil && back.Timeline != nil {
		return []chart{v.Timeline.chart("Timeline of " + v.Version), back.Timeline.chart("Timeline of the rollback to " + back.To)}
	}
	return []chart{v.Timeline.chart("Timeline")}
}

func (v view) Operations() []Step {
	steps := v.Timeline.ordered()
	if v.Rollback != nil && v.Rollback.Timeline != nil {
		steps = append(steps, v.Rollback.Timeline.ordered()...)
	}
	return steps
}

// titled is a report of verify with its heading.
type titled struct {
	Title string
	*Report
}

func (v view) Reports() []titled {
	if back := v.Rollback; back != nil && back.Timeline != nil {
		return []titled{{"Verify after the rollback", back.Report}, {"Verify of " + v.Version, v.Report}}
	}
	return []titled{{"Verify", v.Report}}
}

// Tiles are the numbers of the summary: two of the update, then what verify found.
func (v view) Tiles() []finding {
	duration := finding{What: "Duration", Seen: short(v.Took())}
	if _, took := v.Timeline.segments(); len(v.Timeline.Path) > 0 {
		duration.Detail = "critical path " + took
	}
	if v.Rollback != nil && v.Rollback.Timeline != nil {
		duration.Detail = "of which rollback " + short(v.Rollback.Timeline.Took())
	}
	tiles := []finding{duration, {What: "Operations", Seen: fmt.Sprint(len(v.Timeline.Steps)), Detail: v.Timeline.counts()}}
	if report := v.Current(); report != nil {
		tiles = append(tiles, report.summary())
	}
	for _, found := range v.Findings() {
		if found.Seen == noneSignaled {
			found.Seen = "None"
		}
		tiles = append(tiles, found)
	}
	return tiles
}

// about is what there is to say beside the version: "sha256:0123456789ab, built".
func (c Component) about() string {
	unchanged := ""
	if !c.Changed && c.Version != "" {
		unchanged = "unchanged"
	}
	return list(fmt.Sprintf("%.19s", c.Digest), c.Origin, unchanged, c.Note)
}

func took(r Result) string { return short(time.Duration(r.TookMs) * time.Millisecond) }

// ordered are the steps of the release in its order, then all others as they began.
func (t Timeline) ordered() []Step {
	var all []Step
	for _, phase := range append(Phases(), "") {
		all = append(all, t.Of(phase)...)
	}
	return all
}

// shown are the steps of the release, in its order, and what else is on the critical path.
func (t Timeline) shown() []Step {
	return slices.DeleteFunc(t.ordered(), func(s Step) bool { return s.Phase == "" && (!s.Critical || s.Took() < time.Second) })
}

// others counts the operations that are not shown; empty where there are none.
func (t Timeline) others() string {
	if rest := len(t.Steps) - len(t.shown()); rest > 0 {
		return text.Count(rest, "other operation")
	}
	return ""
}

// special are the characters that Markdown or the HTML in it could act on.
var special = regexp.MustCompile("[\\\\`*_{}\\[\\]<>#|~]")

// Escape writes into Markdown what others wrote, as it is. A line break would end the list or table it stands in.
func Escape(value any) string {
	return special.ReplaceAllString(strings.Join(strings.Fields(fmt.Sprint(value)), " "), `\$0`)
}
