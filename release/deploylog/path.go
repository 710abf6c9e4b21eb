package deploylog

import (
	"fmt"
	"time"
)

// Of the critical path a part is shown by name when it is a step of the release or at least this share of the whole.
const worthNaming = 1.5

// segments are the critical path from end to end: its steps, and the time between them in which the engine worked.
// Neighbours that are too short to be named are merged.
func (t Timeline) segments() (all []segment, took string) {
	var sum time.Duration
	cursor := t.Start
	var few []Step // short ones that wait to be drawn together
	flush := func() {
		if len(few) > 0 && t.percent(few[len(few)-1].End.Sub(few[0].Start)) >= thinnest {
			all = append(all, t.together(few))
		}
		few = nil
	}
	number := 0
	for _, step := range t.CriticalPath() {
		sum += step.Took()
		if t.percent(step.Start.Sub(cursor)) >= thinnest {
			flush()
			all = append(all, t.between(cursor, step.Start, len(all) == 0))
		}
		cursor = step.End
		if step.Phase == "" && !step.Failed && t.percent(step.Took()) < worthNaming {
			few = append(few, step)
			continue
		}
		flush()
		number++
		x, width := t.span(step.Start, step.End)
		label := step.Label()
		if step.Phase == "" {
			label += " · " + kind(step.Type)
		}
		share := t.percent(step.Took())
		all = append(all, segment{
			X: x, Width: width, Class: step.class(), Label: label, Took: short(step.Took()), Share: fmt.Sprintf("%.0f%%", share),
			Tip: t.bar(step).Tip, Number: number, Wide: share >= 3.5,
		})
	}
	flush()
	if t.percent(t.End.Sub(cursor)) >= worthNaming {
		all = append(all, t.between(cursor, t.End, false))
	}
	return all, short(sum)
}

func (t Timeline) between(from, to time.Time, first bool) segment {
	label := "engine"
	if first {
		label = "engine starts, program is compiled"
	}
	x, width := t.span(from, to)
	return segment{
		X: x, Width: width, Class: "engine", Label: label, Took: short(to.Sub(from)), Share: fmt.Sprintf("%.0f%%", t.percent(to.Sub(from))),
		Tip: label + ", " + short(to.Sub(from)),
	}
}

func (t Timeline) together(steps []Step) segment {
	first, last := steps[0], steps[len(steps)-1]
	x, width := t.span(first.Start, last.End)
	took, label := last.End.Sub(first.Start), fmt.Sprintf("%d short operations", len(steps))
	if len(steps) == 1 {
		label = first.Name + " · " + kind(first.Type)
	}
	return segment{
		X: x, Width: width, Class: "critical", Label: label, Took: short(took), Share: fmt.Sprintf("%.0f%%", t.percent(took)),
		Tip: label + ", " + short(took),
	}
}
