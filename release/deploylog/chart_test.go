package deploylog

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests hold the numbers of the picture. How it looks, and that a browser lays it out, is tested in local/browser.

var epoch = time.Unix(1765000000, 0).UTC()

// at is a step of an update of 100 seconds, from one second of it to another.
func at(phase Phase, name string, from, to float64) Step {
	moment := func(s float64) time.Time { return epoch.Add(time.Duration(s * float64(time.Second))) }
	return Step{
		URN: "urn::" + name, Name: name, Type: "aws:x/y:Y", Phase: phase, Group: "g", Op: "update", Start: moment(from), End: moment(to), began: int(from*1000) + 2, ended: max(int(to*1000)+1, int(from*1000)+3),
	}
}

// hundred is an update of 100 seconds.
func hundred(known Dependencies, steps ...Step) Timeline {
	connect(steps, known)
	return Timeline{Start: epoch, End: epoch.Add(100 * time.Second), Steps: steps, Path: criticalPath(steps)}
}

func share(t *testing.T, text string) float64 {
	t.Helper()
	value, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
	require.NoError(t, err)
	return value
}

func TestChart_BarsStayInsideAndCanBeSeen(t *testing.T) {
	timeline := hundred(nil, at(Verify, "verify", 99.99, 100), at("", "a", 0, 0), at("", "b", 0, 100), at("", "early", -5, -1), at("", "late", 99, 150))
	drawn := timeline.chart("Timeline")
	bars := drawn.Release[0].Bars
	for _, line := range drawn.Groups[0].Rows {
		bars = append(bars, line.Bars...)
	}
	require.Len(t, bars, 5)
	for _, b := range bars {
		x, width := share(t, b.X), share(t, b.Width)
		assert.GreaterOrEqual(t, x, 0.0)
		assert.GreaterOrEqual(t, width, thinnest)
		assert.LessOrEqual(t, x+width, 100.001)
	}
}

// The strip is the whole update, left to right: steps, and what is between them; what is too short to see is left out, and
// neighbours too short to name are one.
func TestSegments(t *testing.T) {
	timeline := hundred(nil,
		at(Preflight, "preflight", 5, 8), at("", "a", 8, 8.4), at("", "b", 8.4, 8.9), at("", "c", 9, 9.1), at(Migration, "migration", 20, 90), at("", "d", 90, 90.1),
	)
	all, took := timeline.segments()
	var seen []string
	from := 0.0
	for _, s := range all {
		seen = append(seen, fmt.Sprintf("%d %s %s %s", s.Number, s.Label, s.Took, s.Share))
		assert.InDelta(t, from, share(t, s.X), 0.5, s.Label)
		from = share(t, s.X) + share(t, s.Width)
	}
	assert.Equal(t, []string{
		"0 engine starts, program is compiled 5s 5%", "1 Preflight 3s 3%", "0 3 short operations 1.1s 1%", "0 engine 11s 11%", "2 Migration 1m10s 70%", "0 engine 9.9s 10%",
	}, seen)
	assert.Equal(t, "1m14s", took)
	assert.False(t, all[1].Wide)
	assert.True(t, all[4].Wide)
}

// The line of the critical path comes down at the step that waited, from as many lines above as there are.
func TestChart_LinksTheCriticalPath(t *testing.T) {
	known := Dependencies{"urn::preflight": {}, "urn::a": {"urn::preflight"}, "urn::snapshot": {"urn::preflight"}, "urn::migration": {"urn::a", "urn::snapshot"}}
	drawn := hundred(known, at(Preflight, "preflight", 1, 10), at(Images, "a", 10, 30), at(Snapshot, "snapshot", 10, 60), at(Migration, "migration", 60, 99)).chart("")
	var links []string
	for _, line := range drawn.Release {
		links = append(links, fmt.Sprint(line.Class, " ", line.LinkRows, " ", line.LinkX))
	}
	assert.Equal(t, []string{"critical 0 ", "other 0 ", "critical 2 10.000%", "critical 1 60.000%"}, links)
	assert.Contains(t, drawn.Release[3].Bars[0].Tip, "waited for a, snapshot")
	assert.Contains(t, drawn.Release[3].Bars[0].Tip, "from +1m to +1m39s")
}

func TestGroups_AreWhatIsNoStepOfTheRelease(t *testing.T) {
	unfinished := at("", "b", 10, 20)
	unfinished.Group, unfinished.Unfinished = "h", true
	groups := hundred(nil, at("", "a", 0, 10), at("", "c", 5, 15), at("", "d", 50, 60), unfinished, at(Verify, "verify", 60, 70)).groups()
	require.Len(t, groups, 2)
	assert.Equal(t, []string{"g", "25s", "3 operations"}, []string{groups[0].Label, groups[0].Took, groups[0].Note})
	assert.Len(t, groups[0].Bars, 3)
	assert.False(t, groups[0].Open)
	assert.True(t, groups[1].Open)
	assert.Equal(t, "unfinished", groups[1].Class)
}

func TestTicks_AreRoundAndFew(t *testing.T) {
	for took, want := range map[time.Duration]string{
		0: "0", 3 * time.Second: "0 1s 2s 3s", 41 * time.Second: "0 10s 20s 30s 40s", 100 * time.Second: "0 30s 1m 1m30s", 4*time.Minute + 6*time.Second: "0 1m 2m 3m 4m",
		14 * time.Minute: "0 5m 10m", 70 * time.Minute: "0 15m 30m 45m 1h", 5 * time.Hour: "0 1h 2h 3h 4h 5h", 900 * time.Hour: "0 24h 48h 72h 96h 120h 144h",
	} {
		var labels []string
		for _, tick := range (Timeline{Start: epoch, End: epoch.Add(took)}).ticks() {
			labels = append(labels, tick.Label)
			assert.LessOrEqual(t, share(t, tick.X), 100.0)
		}
		assert.Equal(t, want, strings.Join(labels, " "), took)
	}
}

func TestChart_OfNothing(t *testing.T) {
	assert.True(t, Timeline{}.chart("").Empty)
	timeline := Timeline{Start: epoch, End: epoch, Steps: []Step{at("", "a", 0, 0)}}
	assert.Len(t, timeline.chart("").Groups, 1, "an update that took no time divides by none")
}
