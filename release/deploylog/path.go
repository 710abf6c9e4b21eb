package deploylog

import (
	"fmt"
	"time"

	"github.com/flowcomply/infrastructure/internal/text"
)

// Of the critical path a part is shown by name when it is a step of the release or at least this share of the whole.
const worthNaming = 1.5

// segments are the critical path from end to end: its steps, and the time between them in which the engine worked.
// Neighbours that are too short to be named are merged.
func (t Timeline) segments() (all []segment, took string) {
	var sum time.Duration
	cursor, number := t.Start, 0
	var few []Step // short ones that wait to be drawn together
	flush := func() {
		if len(few) > 0 && t.percent(few[len(few)-1].End.Sub(few[0].Start)) >= thinnest {
			all = append(all, t.together(few))
		}
		few = nil
	}
	for _, step := range t.CriticalPath() {
		sum += step.Took()
		if t.percent(step.Start.Sub(cursor)) >= thinnest {
			flush()
			label := "engine"
			if len(all) == 0 {
				label = "engine starts, program is compiled"
			}
			all = append(all, t.segment(cursor, step.Start, "engine", label))
		}
		cursor = step.End
		if step.Phase == "" && !step.Failed && t.percent(step.Took()) < worthNaming {
			few = append(few, step)
			continue
		}
		flush()
		label := step.Label()
		if step.Phase == "" {
			label += " · " + kind(step.Type)
		}
		number++
		drawn := t.segment(step.Start, step.End, step.class(), label)
		drawn.Tip, drawn.Number = t.bar(step).Tip, number
		all = append(all, drawn)
	}
	flush()
	if t.percent(t.End.Sub(cursor)) >= worthNaming {
		all = append(all, t.segment(cursor, t.End, "engine", "engine"))
	}
	return all, short(sum)
}

func (t Timeline) segment(from, to time.Time, class, label string) segment {
	took, share := short(to.Sub(from)), t.percent(to.Sub(from))
	return segment{
		bar: t.span(from, to, class, label+", "+took), Label: label, Took: took, Share: fmt.Sprintf("%.0f%%", share), Wide: share >= 3.5,
	}
}

func (t Timeline) together(steps []Step) segment {
	first, last := steps[0], steps[len(steps)-1]
	label := text.Count(len(steps), "short operation")
	if len(steps) == 1 {
		label = first.Name + " · " + kind(first.Type)
	}
	return t.segment(first.Start, last.End, "critical", label)
}
