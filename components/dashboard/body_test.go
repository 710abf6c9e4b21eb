package dashboard

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
	"github.com/flowcomply/infrastructure/components/slo"
)

// These tests prove the body's structure. They do not prove that CloudWatch
// accepts every property; its documented schema was followed by hand.

// full is a board with one panel for each scope.
func full(t *testing.T) Board {
	t.Helper()
	limits, err := slo.DatabaseLimits("db.t4g.medium", 100, 200)
	require.NoError(t, err)
	b := Board{
		Title: "FlowComply-Production", Stack: "flowcomply-production", Region: "ap-southeast-2",
		RunbookURL: "https://example.com/alarms.md", LogGroups: []string{"/ecs/flowcomply-backend", "/ecs/flowcomply-frontend"},
	}
	node, _, err := slo.CacheTarget("cache.t4g.small")
	require.NoError(t, err)
	maps.Copy(limits, node)
	for _, scope := range slo.Scopes() {
		panel := Panel{
			Scope: scope, Role: "role-" + string(scope), Traits: []slo.Trait{slo.Burstable, slo.FewCPUs, slo.ManyCPUs}, Limits: limits,
			Dimensions: map[string]string{},
		}
		for _, d := range scope.Dimensions() {
			panel.Dimensions[d] = "value-of-" + d
		}
		for _, row := range slo.For(scope, panel.Traits...) {
			panel.Alarms = append(panel.Alarms, "arn:alarm:"+row.AlarmName(b.Stack, panel.Role))
		}
		b.Panels = append(b.Panels, panel)
	}
	return b
}

func widgets(t *testing.T, b Board) []widget {
	t.Helper()
	text, err := Body(b)
	require.NoError(t, err)
	var parsed struct{ Widgets []widget }
	require.NoError(t, json.Unmarshal([]byte(text), &parsed))
	return parsed.Widgets
}

func TestBody_Golden(t *testing.T) {
	text, err := Body(full(t))
	require.NoError(t, err)
	var indented bytes.Buffer
	require.NoError(t, json.Indent(&indented, []byte(text), "", "  "))
	record.Golden(t, "board.json", indented.String()+"\n")
}

func TestBody_OrderOfPanelsDoesNotMatter(t *testing.T) {
	want, err := Body(full(t))
	require.NoError(t, err)
	for range 20 {
		b := full(t)
		rand.Shuffle(len(b.Panels), func(i, j int) { b.Panels[i], b.Panels[j] = b.Panels[j], b.Panels[i] })
		got, err := Body(b)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
}

// Whatever is drawn, no widget leaves the grid or lies on another.
func TestBody_WidgetsDoNotOverlap(t *testing.T) {
	for seed := range uint64(200) {
		b := shuffled(full(t), rand.New(rand.NewPCG(seed, 0)))
		taken := map[[2]int]int{}
		for i, w := range widgets(t, b) {
			require.Positive(t, w.Width)
			require.Positive(t, w.Height)
			require.GreaterOrEqual(t, w.X, 0)
			require.LessOrEqual(t, w.X+w.Width, 24)
			for x := w.X; x < w.X+w.Width; x++ {
				for y := w.Y; y < w.Y+w.Height; y++ {
					other, found := taken[[2]int{x, y}]
					require.False(t, found, "seed %d: widgets %d and %d share column %d, row %d", seed, other, i, x, y)
					taken[[2]int{x, y}] = i
				}
			}
		}
	}
}

// shuffled takes any number of panels, some of them several times over.
func shuffled(b Board, r *rand.Rand) Board {
	all := b.Panels
	b.Panels = nil
	for i := range r.IntN(12) {
		panel := all[r.IntN(len(all))]
		panel.Role = fmt.Sprintf("role-%d", i)
		b.Panels = append(b.Panels, panel)
	}
	if r.IntN(2) == 0 {
		b.LogGroups = nil
	}
	return b
}

func TestBody_EveryObjectiveIsDrawnWithItsLimit(t *testing.T) {
	b := full(t)
	graphs := map[string]map[string]any{}
	for _, w := range widgets(t, b) {
		if w.Type == "metric" {
			properties := w.Properties.(map[string]any)
			line := properties["annotations"].(map[string]any)["horizontal"].([]any)[0].(map[string]any)
			graphs[properties["title"].(string)] = line
		}
	}
	assert.Len(t, graphs, len(slo.Objectives()))
	for _, o := range slo.Objectives() {
		line := graphs[o.Title]
		require.NotNil(t, line, o.Anchor)
		limit, err := o.Limit(b.Panels[0].Limits)
		require.NoError(t, err)
		assert.InDelta(t, limit, line["value"], 0, o.Anchor)
		side := "above"
		if o.Comparison == slo.Less || o.Comparison == slo.LessOrEqual {
			side = "below"
		}
		assert.Equal(t, side, line["fill"], "%s: the broken side is shaded", o.Anchor)
	}
}

func TestBody_StatusShowsEveryAlarm(t *testing.T) {
	for _, w := range widgets(t, full(t)) {
		if w.Type == "alarm" {
			assert.Len(t, w.Properties.(map[string]any)["alarms"], len(slo.Objectives()))
			return
		}
	}
	t.Fatal("no alarm status widget")
}

func TestBody_LogGroupsAreSearchedInOrder(t *testing.T) {
	all := widgets(t, full(t))
	query := all[len(all)-1].Properties.(map[string]any)["query"].(string)
	assert.True(t, strings.HasPrefix(query, "SOURCE '/ecs/flowcomply-backend' | SOURCE '/ecs/flowcomply-frontend' | fields "), query)
	assert.Contains(t, query, "/ERROR/", "the runbook's pattern")
}

func TestBody_EmptyBoardHasOnlyItsHeadline(t *testing.T) {
	assert.Len(t, widgets(t, Board{Title: "x"}), 1)
}

func TestBody_MissingLimitIsNamed(t *testing.T) {
	_, err := Body(Board{Title: "x", Panels: []Panel{{Scope: slo.Database, Role: "database"}}})
	require.EqualError(t, err, `dashboard "x": panel "database": objective "database-connections": limit "maxConnections": missing; pass it in the target's limits`)
}
