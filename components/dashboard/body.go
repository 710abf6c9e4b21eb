package dashboard

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/components/slo"
)

// Board is everything a dashboard shows, as plain values.
type Board struct {
	Title, Stack, Region, RunbookURL string
	Panels                           []Panel
	LogGroups                        []string
}

// Panel is one target: a section of the board.
type Panel struct {
	Scope      slo.Scope
	Role       string
	Traits     []slo.Trait
	Dimensions map[string]string
	Limits     map[string]float64
	Alarms     []string // ARNs
}

// CloudWatch lays widgets out on a grid of 24 columns.
const (
	columns     = 24
	graphWidth  = 8
	graphHeight = 6
	textHeight  = 2
	logHeight   = 8
	perRow      = 8 // alarms next to each other in the status widget
)

type widget struct {
	Type       string `json:"type"`
	X          int    `json:"x"`
	Y          int    `json:"y"`
	Width      int    `json:"width"`
	Height     int    `json:"height"`
	Properties any    `json:"properties"`
}

// Body is the dashboard's JSON: a headline, the state of all alarms, a section
// for each panel with a graph for each objective, and the latest errors.
// Equal boards give equal text, whatever the order of their panels.
func Body(b Board) (string, error) {
	panels := slices.SortedFunc(slices.Values(b.Panels), func(a, c Panel) int {
		return cmp.Or(slices.Index(slo.Scopes(), a.Scope)-slices.Index(slo.Scopes(), c.Scope), strings.Compare(a.Role, c.Role))
	})
	p := &page{}
	p.full(textHeight, "text", markdown(fmt.Sprintf(
		"# %s\nStack `%s`, region %s. What an alarm means and what to do: [runbook](%s)", b.Title, b.Stack, b.Region, b.RunbookURL)))
	var alarms []string
	for _, panel := range panels {
		alarms = append(alarms, panel.Alarms...)
	}
	if len(alarms) > 0 {
		p.full(2+(len(alarms)+perRow-1)/perRow, "alarm", map[string]any{"title": "Alarms", "alarms": alarms})
	}
	for _, panel := range panels {
		p.full(1, "text", markdown(fmt.Sprintf("## %s: %s", panel.Role, headings[panel.Scope])))
		for _, row := range slo.For(panel.Scope, panel.Traits...) {
			graph, err := draw(b, panel, row)
			if err != nil {
				return "", fmt.Errorf("dashboard %q: panel %q: %w", b.Title, panel.Role, err)
			}
			p.graph(graph)
		}
	}
	if len(b.LogGroups) > 0 {
		p.full(logHeight, "log", errorLog(b))
	}
	return marshal(map[string]any{"widgets": p.widgets})
}

// marshal leaves the > of an expression readable in the console's source view.
func marshal(v any) (string, error) {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return strings.TrimSpace(out.String()), err
}

// headings say what a section is about beside its role.
var headings = map[slo.Scope]string{
	slo.LoadBalancer: "all traffic", slo.Routed: "traffic", slo.Availability: "availability", slo.Service: "tasks",
	slo.Deployments: "failures", slo.Database: "database", slo.Cache: "cache", slo.Mail: "this stack's mail",
	slo.MailAccount: "all mail of the account", slo.Logs: "log",
}

func markdown(text string) map[string]any { return map[string]any{"markdown": text} }

func errorLog(b Board) map[string]any {
	var query strings.Builder
	for _, group := range b.LogGroups {
		fmt.Fprintf(&query, "SOURCE '%s' | ", group)
	}
	query.WriteString("fields @timestamp, @log, @message | filter @message like /ERROR/ | sort @timestamp desc | limit 50")
	return map[string]any{"title": "Latest errors", "region": b.Region, "view": "table", "query": query.String()}
}

// page places widgets from the top left, row by row.
type page struct {
	widgets []widget
	x, y    int // where the next graph goes
}

// full adds a widget across the page, below everything before it.
func (p *page) full(height int, kind string, properties any) {
	p.endRow()
	p.widgets = append(p.widgets, widget{Type: kind, X: 0, Y: p.y, Width: columns, Height: height, Properties: properties})
	p.y += height
}

func (p *page) graph(properties any) {
	if p.x+graphWidth > columns {
		p.endRow()
	}
	p.widgets = append(p.widgets, widget{Type: "metric", X: p.x, Y: p.y, Width: graphWidth, Height: graphHeight, Properties: properties})
	p.x += graphWidth
}

func (p *page) endRow() {
	if p.x > 0 {
		p.x, p.y = 0, p.y+graphHeight
	}
}

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
		for _, name := range slices.Sorted(maps.Keys(panel.Dimensions)) {
			line = append(line, name, panel.Dimensions[name])
		}
		out = append(out, append(line, map[string]any{"id": m.ID, "stat": m.Stat, "visible": row.Math() == ""}))
	}
	if row.Math() != "" {
		out = append(out, []any{map[string]any{"id": "result", "expression": row.Math(), "label": row.ID}})
	}
	return out
}
