package deploylog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/flowcomply/infrastructure/verify/check"
)

func (d Deployment) tiles() []tile {
	tiles := []tile{{Label: "Duration", Value: short(d.Took())}}
	if _, took := d.Timeline.segments(); len(d.Timeline.Path) > 0 {
		tiles[0].Note = "critical path " + took
	}
	if d.Rollback != nil && d.Rollback.Timeline != nil {
		tiles[0].Note = "of which rollback " + short(d.Rollback.Timeline.Took())
	}
	tiles = append(tiles, tile{Label: "Operations", Value: fmt.Sprint(len(d.Timeline.Steps)), Note: d.Timeline.counts()})
	if report := d.report(); report != nil {
		tiles = append(tiles, report.tile())
	}
	for _, found := range d.report().findings() {
		class := "good"
		if !found.Good {
			class = "failed"
		}
		if d.report() == nil {
			class = "unknown"
		}
		value := upper(found.Seen)
		if value == noneSignaled {
			value = "None"
		}
		tiles = append(tiles, tile{found.What, value, found.Detail, class})
	}
	return tiles
}

// tile counts the checks that were ok, and what became of the others.
func (r *Report) tile() tile {
	shown := tile{Label: "Verify", Class: "good"}
	var notes []string
	for _, outcome := range check.Outcomes() {
		n := len(slices.DeleteFunc(slices.Clone(r.Checks), func(check Result) bool { return check.Outcome != outcome }))
		switch {
		case outcome == check.OK:
			shown.Value = fmt.Sprintf("%d of %d", n, len(r.Checks))
			notes = append(notes, "checks ok")
		case n > 0:
			notes = append(notes, fmt.Sprintf("%d %s", n, outcome))
			if outcome.Bad() {
				shown.Class = "failed"
			}
		}
	}
	shown.Note = strings.Join(notes, ", ")
	return shown
}

// counts are the operations by kind: "5 replaced, 1 deleted, 240 unchanged".
func (t Timeline) counts() string {
	kinds := []struct {
		op   apitype.OpType
		done string
	}{
		{apitype.OpCreate, "created"}, {apitype.OpReplace, "replaced"}, {apitype.OpUpdate, "updated"}, {apitype.OpDelete, "deleted"}, {apitype.OpImport, "imported"},
	}
	var parts []string
	for _, kind := range kinds {
		n := 0
		for _, step := range t.Steps {
			if step.Op == kind.op && !step.Failed && !step.Unfinished {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, kind.done))
		}
	}
	if n := len(t.Failed()); n > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", n))
	}
	if t.Unchanged > 0 {
		parts = append(parts, fmt.Sprintf("%d unchanged", t.Unchanged))
	}
	return strings.Join(parts, ", ")
}
