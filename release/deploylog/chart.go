package deploylog

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/internal/text"
)

// chart is a timeline as the page draws it: lengths are shares of the width, so that it fits a phone as well as paper.
type chart struct {
	Title, Took string
	Ticks       []tick
	Path        []segment
	PathTook    string
	Release     []row   // the steps of the release, in its order
	Groups      []group // everything else, by component
	Empty       bool
}

type tick struct{ X, Anchor, Label string }

type bar struct{ X, Width, Class, Tip string }

// segment is a part of the critical path, or of the time between two of its steps.
type segment struct {
	bar
	Label, Took, Share string
	Number             int  // 0 for time between steps
	Wide               bool // has room for its number
}

// row is one line of the picture.
type row struct {
	Label, Note, Took, Class string
	Bars                     []bar
	LinkX                    string // where the critical path comes down from a line above
	LinkRows                 int    // how many lines above; 0: not at all
}

// group is a component: one line with the bars of all its operations, and a line for each.
type group struct {
	row
	Rows  []row
	Open  bool // something in it failed
	steps []Step
}

// thinnest is the smallest share of the width that can still be seen.
const thinnest = 0.4

// percent is a share of the whole as SVG has it.
func (t Timeline) percent(d time.Duration) float64 {
	if whole := t.Took(); whole > 0 {
		return min(100, max(0, 100*float64(d)/float64(whole)))
	}
	return 0
}

func svg(percent float64) string { return fmt.Sprintf("%.3f%%", percent) }

// span is a bar from one moment to another, wide enough to be seen.
func (t Timeline) span(start, end time.Time, class, tip string) bar {
	from := t.percent(start.Sub(t.Start))
	wide := max(t.percent(end.Sub(t.Start))-from, thinnest)
	return bar{svg(min(from, 100-wide)), svg(wide), class, tip}
}

// chart draws a timeline.
func (t Timeline) chart(title string) chart {
	drawn := chart{Title: title, Took: short(t.Took()), Ticks: t.ticks(), Empty: len(t.Steps) == 0}
	if drawn.Empty {
		return drawn
	}
	drawn.Path, drawn.PathTook = t.segments()
	drawn.Groups = t.groups()
	release := map[string]int{} // lines of the release's steps, by URN
	for _, phase := range Phases() {
		for _, step := range t.Of(phase) {
			release[step.URN] = len(drawn.Release)
			drawn.Release = append(drawn.Release, t.row(step, step.Label()))
		}
	}
	path := t.CriticalPath()
	for i := 1; i < len(path); i++ {
		from, fromKnown := release[path[i-1].URN]
		to, toKnown := release[path[i].URN]
		if fromKnown && toKnown && from < to && path[i].Phase != "" {
			drawn.Release[to].LinkX, drawn.Release[to].LinkRows = svg(t.percent(path[i].Start.Sub(t.Start))), to-from
		}
	}
	return drawn
}

// groups are the operations that are no steps of the release, by component, in the order in which they began.
func (t Timeline) groups() []group {
	var all []group
	for _, step := range t.Of("") {
		i := slices.IndexFunc(all, func(g group) bool { return g.Label == step.Group })
		if i < 0 {
			i, all = len(all), append(all, group{row: row{Label: step.Group, Class: "other"}})
		}
		in, line := &all[i], t.row(step, step.Name+" · "+kind(step.Type))
		in.steps, in.Rows, in.Bars = append(in.steps, step), append(in.Rows, line), append(in.Bars, line.Bars...)
		if slices.Index(classes, line.Class) > slices.Index(classes, in.Class) {
			in.Class = line.Class
		}
		in.Open = in.Open || step.Failed || step.Unfinished
		in.Took, in.Note = short(Busy(in.steps)), text.Count(len(in.Rows), "operation")
	}
	return all
}

// Busy is for how long at least one of the steps was running. Steps are sorted by their start.
func Busy(steps []Step) time.Duration {
	var sum time.Duration
	var until time.Time
	for _, step := range steps {
		if step.Start.After(until) {
			until = step.Start
		}
		if step.End.After(until) {
			sum += step.End.Sub(until)
			until = step.End
		}
	}
	return sum
}

// kind is the last word of a type: Service of aws:ecs/service:Service.
func kind(typ string) string { return typ[strings.LastIndex(typ, ":")+1:] }

func (t Timeline) row(step Step, label string) row {
	return row{Label: label, Note: step.verb(), Took: short(step.Took()), Class: step.class(), Bars: []bar{t.bar(step)}}
}

func (t Timeline) bar(step Step) bar {
	tip := []string{
		fmt.Sprintf("%s: %s, %s", step.Label(), step.verb(), short(step.Took())),
		fmt.Sprintf("from +%s to +%s", short(step.Start.Sub(t.Start)), short(step.End.Sub(t.Start))), step.Type,
	}
	if waited := step.waited(); waited != "" {
		tip = append(tip, "waited for "+waited)
	}
	if step.Critical {
		tip = append(tip, "on the critical path")
	}
	return t.span(step.Start, step.End, step.class(), strings.Join(tip, "\n"))
}

// classes are how a step is drawn, from the least to the most important to see.
var classes = []string{"other", "critical", "unfinished", "failed"}

func (s Step) class() string {
	switch {
	case s.Failed:
		return "failed"
	case s.Unfinished:
		return "unfinished"
	case s.Critical:
		return "critical"
	}
	return "other"
}

// waited names what the step waited for.
func (s Step) waited() string {
	var names []string
	for _, urn := range s.After {
		names = append(names, urn[strings.LastIndex(urn, "::")+2:])
	}
	return strings.Join(names, ", ")
}

// ticks are round times along the axis: as many as have room.
func (t Timeline) ticks() []tick {
	const most = 6
	step := 24 * time.Hour
	for _, wide := range []time.Duration{
		time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute,
		2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour,
	} {
		if t.Took() <= most*wide {
			step = wide
			break
		}
	}
	ticks := []tick{{X: svg(0), Anchor: "start", Label: "0"}}
	for at := step; at <= t.Took() && len(ticks) <= most; at += step {
		x, anchor := t.percent(at), "middle"
		if x > 94 {
			anchor = "end"
		}
		ticks = append(ticks, tick{svg(x), anchor, short(at)})
	}
	return ticks
}
