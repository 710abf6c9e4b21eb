package deploylog

import (
	"slices"
	"strings"
	"time"
)

// groups are the operations that are no steps of the release, by component, in the order in which they began.
func (t Timeline) groups() []group {
	var all []group
	at, steps := map[string]int{}, map[string][]Step{}
	for _, step := range t.Steps {
		if step.Phase != "" {
			continue
		}
		i, known := at[step.Group]
		if !known {
			i = len(all)
			at[step.Group] = i
			all = append(all, group{row: row{Label: step.Group, Class: "other"}})
		}
		steps[step.Group] = append(steps[step.Group], step)
		line := t.row(step, step.Name+" · "+kind(step.Type))
		all[i].Rows, all[i].Bars = append(all[i].Rows, line), append(all[i].Bars, line.Bars...)
		if worse(step.class(), all[i].Class) {
			all[i].Class = step.class()
		}
		all[i].Open = all[i].Open || step.Failed || step.Unfinished
	}
	for i := range all {
		all[i].Took, all[i].Note = short(Busy(steps[all[i].Label])), count(len(all[i].Rows), "operation")
	}
	return all
}

// Busy is for how long at least one of the steps was running. Steps are sorted by their start.
func Busy(steps []Step) time.Duration {
	var sum time.Duration
	var until time.Time
	for _, step := range steps {
		if step.End.After(until) {
			sum += step.End.Sub(later(step.Start, until))
			until = step.End
		}
	}
	return sum
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// classes are sorted from the least to the most important to see.
var classes = []string{"other", "critical", "unfinished", "failed"}

func worse(a, b string) bool { return slices.Index(classes, a) > slices.Index(classes, b) }

// kind is the last word of a type: Service of aws:ecs/service:Service.
func kind(typ string) string { return typ[strings.LastIndex(typ, ":")+1:] }
