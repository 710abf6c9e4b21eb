package dashboard

import (
	"fmt"

	"github.com/flowcomply/infrastructure/components/slo"
)

const red = "#d13212"

// draw is the graph of one objective: its series and the line not to cross,
// with the side that breaks the promise shaded.
func draw(b Board, panel Panel, row slo.Objective) (map[string]any, error) {
	limit, err := row.Limit(panel.Limits)
	if err != nil {
		return nil, err
	}
	shade := "above"
	if row.Comparison == slo.Less || row.Comparison == slo.LessOrEqual {
		shade = "below"
	}
	return map[string]any{
		"title":   row.Title,
		"view":    "timeSeries",
		"stacked": false,
		"region":  b.Region,
		"period":  row.PeriodSeconds,
		"metrics": series(b, panel, row),
		"yAxis":   map[string]any{"left": map[string]any{"min": 0, "label": string(row.Unit), "showUnits": false}},
		"annotations": map[string]any{"horizontal": []any{map[string]any{
			"label": fmt.Sprintf("%s (%s)", row.ID, row.Severity), "value": limit, "fill": shade, "color": red,
		}}},
	}, nil
}

// series lists the metrics; behind an expression they are read but not drawn.
func series(b Board, panel Panel, row slo.Objective) []any {
	var out []any
	for _, m := range row.Metrics {
		line := []any{m.Namespace, row.MetricName(m, b.Stack, panel.Role)}
		line = append(line, dimensionPairs(panel.Dimensions)...)
		out = append(out, append(line, map[string]any{"id": m.ID, "stat": m.Stat, "visible": row.Expression == ""}))
	}
	if row.Expression != "" {
		out = append(out, []any{map[string]any{"id": "result", "expression": row.Expression, "label": row.ID}})
	}
	return out
}
