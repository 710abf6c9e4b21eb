package browser_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/browser"
	"github.com/flowcomply/infrastructure/local/toolchain"
	"github.com/flowcomply/infrastructure/release/deploylog"
	"github.com/flowcomply/infrastructure/release/deploylog/deploylogtest"
)

// These tests open pages from the disk in a real Chromium. They prove that a page is laid out as it was meant to and that
// nobody else is asked for anything; not that it is beautiful: SCREENSHOTS=folder keeps pictures to look at.

// chromium starts one browser for a test, and ends it.
func chromium(t *testing.T) (context.Context, *browser.Browser) {
	t.Helper()
	program, err := toolchain.FindBrowser()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute) // a test's own ends before what it cleans up
	t.Cleanup(cancel)
	started, err := browser.Start(ctx, program, t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, started.Close()) })
	return ctx, started
}

// address is a file's as a browser has it.
func address(path string) string { return (&url.URL{Scheme: "file", Path: path}).String() }

// Without this the other tests would prove nothing: what they do not want to see is seen.
func TestBrowser_SeesWhatAPageShouldNotDo(t *testing.T) {
	ctx, chromium := chromium(t)
	path := filepath.Join(t.TempDir(), "bad page.html")
	require.NoError(t, os.WriteFile(path, []byte(`<!doctype html><title>bad</title>
		<script>console.error("said", 5); setTimeout(() => {}, 0)</script><script>null.x</script><img src="http://127.0.0.1:9/picture.png">`), 0o600))
	visit, err := chromium.Open(ctx, address(path), browser.Device{Width: 800, Height: 600})
	require.NoError(t, err)
	said := strings.Join(visit.Console(), "\n")
	assert.Contains(t, said, "error: said 5")
	assert.Contains(t, said, "TypeError")
	assert.Contains(t, said, "http://127.0.0.1:9/picture.png", "a request that fails is an error of the console")
	assert.Equal(t, []string{address(path), "http://127.0.0.1:9/picture.png"}, visit.Requests())
	require.ErrorContains(t, visit.Evaluate(ctx, "nowhere.x", nil), "ReferenceError")
}

func TestBrowser_SaysWhenItDoesNotStart(t *testing.T) {
	_, err := browser.Start(t.Context(), filepath.Join(t.TempDir(), "chromium"), t.TempDir())
	require.ErrorContains(t, err, "chromium: ")

	script := filepath.Join(t.TempDir(), "chromium")
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\necho no display >&2\nexit 1\n"), 0o700))
	started, err := browser.Start(t.Context(), script, t.TempDir())
	require.NoError(t, err)
	_, err = started.Open(t.Context(), "about:blank", browser.Device{})
	require.Error(t, err)
	require.ErrorContains(t, started.Close(), "no display")
}

var devices = map[string]browser.Device{
	"screen": {Width: 1280, Height: 900},
	"dark":   {Width: 1280, Height: 900, Dark: true},
	"phone":  {Width: 360, Height: 740},
	"paper":  {Width: 718, Height: 1000, Media: "print"},
}

// layout is what a script measures in the page: see layoutScript.
type layout struct {
	Bars, Hidden, Outside, Critical, Failed int
	Overflow                                float64 // of the page, in pixels
	Strip, StripWidth                       float64
	Rows                                    []float64 // different heights of lines
	Links, LooseLinks                       int
	CriticalFill, OtherFill, FailedFill     string
	Title, Background                       string
}

// opened are what a reader opens to see everything; on paper everything is there.
const openScript = `document.querySelectorAll("details").forEach(d => d.open = true), true`

const layoutScript = `(() => {
	const rect = e => e.getBoundingClientRect(), all = s => [...document.querySelectorAll(s)], fill = s => { const e = document.querySelector(s); return e ? getComputedStyle(e).fill : "" };
	const inside = (inner, outer) => inner.left >= outer.left - 0.5 && inner.right <= outer.right + 0.5 && inner.top >= outer.top && inner.bottom <= outer.bottom;
	const bars = all(".bar"), shown = bars.filter(b => rect(b).width > 0 && rect(b).height > 4);
	const strips = all(".strip"), parts = all(".strip > g > rect");
	const links = all(".link");
	const sum = (list, f) => list.reduce((n, e) => n + f(e), 0);
	return {
		Bars: bars.length, Hidden: bars.length - shown.length,
		Outside: shown.filter(b => !inside(rect(b), rect(b.closest("svg"))) || rect(b).right > innerWidth).length,
		Critical: all(".release .row.critical, .release .row.failed .failed").length, Failed: all(".row.failed").length,
		Overflow: document.documentElement.scrollWidth - innerWidth,
		Strip: sum(parts, p => rect(p).width), StripWidth: sum(strips, s => rect(s).width),
		Rows: [...new Set(all(".row").map(r => Math.round(rect(r).height)))],
		Links: links.length,
		LooseLinks: links.filter(l => {
			const lines = all(".release > .row"), mine = lines.indexOf(l.closest(".row")), from = lines[mine - getComputedStyle(l).getPropertyValue("--rows")];
			const top = rect(from.querySelector(".bar")), end = rect(lines[mine].querySelector(".bar")), line = rect(l);
			return Math.abs(line.top - top.bottom) > 2 || Math.abs(line.bottom - end.top) > 2 || Math.abs(line.left - end.left) > 2;
		}).length,
		CriticalFill: fill(".release .critical > .bar"), OtherFill: fill(".other > .bar"), FailedFill: fill(".failed > .bar"),
		Title: document.title, Background: getComputedStyle(document.body).backgroundColor,
	};
})()`

// bars is how many bars a deployment's page has: one for each operation, and for those beside the release's steps one more
// on their component's line.
func bars(d deploylog.Deployment) int {
	n := 0
	count := func(timeline deploylog.Timeline) {
		for _, step := range timeline.Steps {
			n++
			if step.Phase == "" {
				n++
			}
		}
	}
	count(d.Timeline)
	if d.Rollback != nil {
		count(*d.Rollback.Timeline)
	}
	return n
}

func TestDeploymentLog_OpensFromTheDisk(t *testing.T) {
	ctx, chromium := chromium(t)
	folder := t.TempDir()
	for name, d := range deploylogtest.Samples(t) {
		paths, err := deploylog.Write(filepath.Join(folder, name), d)
		require.NoError(t, err)
		for kind, device := range devices {
			t.Run(name+" on "+kind, func(t *testing.T) {
				visit, err := chromium.Open(ctx, address(paths.HTML), device)
				require.NoError(t, err)
				keep(ctx, t, visit, name+"-"+kind)
				if device.Media == "" {
					require.NoError(t, visit.Evaluate(ctx, openScript, new(bool)))
				}
				var seen layout
				require.NoError(t, visit.Evaluate(ctx, layoutScript, &seen))
				assert.Empty(t, visit.Console())
				assert.Equal(t, []string{address(paths.HTML)}, visit.Requests(), "nothing but the page itself is asked for")
				check(t, d, seen)
			})
		}
	}
}

// check holds what is true of every page's layout.
func check(t *testing.T, d deploylog.Deployment, seen layout) {
	t.Helper()
	assert.Contains(t, seen.Title, d.Version)
	assert.Equal(t, bars(d), seen.Bars)
	assert.Zero(t, seen.Hidden, "bars that cannot be seen")
	assert.Zero(t, seen.Outside, "bars outside of their line or of the page")
	assert.LessOrEqual(t, seen.Overflow, 0.0, "the page is wider than the device")
	assert.Zero(t, seen.LooseLinks, "lines of the critical path that do not lead from bar to bar")
	if len(d.Timeline.Steps) == 0 {
		return
	}
	assert.Len(t, seen.Rows, 1, "heights of lines, which have to be one: %v", seen.Rows)
	assert.Positive(t, seen.Critical)
	assert.Positive(t, seen.Links)
	assert.InDelta(t, seen.StripWidth, seen.Strip, 0.02*seen.StripWidth+4, "the critical path fills its strip")
	assert.NotEmpty(t, seen.CriticalFill)
	assert.NotEqual(t, seen.CriticalFill, seen.OtherFill)
	failed := len(d.Timeline.Failed())
	assert.Equal(t, failed > 0, seen.Failed > 0)
	if failed > 0 {
		assert.NotEqual(t, seen.FailedFill, seen.OtherFill)
	}
}

func TestDeploymentLog_IsDarkWhereDarkIsWanted(t *testing.T) {
	ctx, chromium := chromium(t)
	paths, err := deploylog.Write(t.TempDir(), deploylogtest.Samples(t)["release"])
	require.NoError(t, err)
	grounds := map[bool]string{}
	for _, dark := range []bool{false, true} {
		visit, err := chromium.Open(ctx, address(paths.HTML), browser.Device{Width: 1000, Height: 800, Dark: dark})
		require.NoError(t, err)
		var seen layout
		require.NoError(t, visit.Evaluate(ctx, layoutScript, &seen))
		grounds[dark] = seen.Background
	}
	assert.Equal(t, map[bool]string{false: "rgb(244, 245, 247)", true: "rgb(17, 22, 29)"}, grounds)
}

// The log before this one is a click away, from the disk as well.
func TestDeploymentLog_LeadsToTheOneBefore(t *testing.T) {
	ctx, chromium := chromium(t)
	folder := t.TempDir()
	first, err := deploylog.Write(folder, deploylogtest.Samples(t)["release"])
	require.NoError(t, err)
	later := deploylogtest.Samples(t)["went-back"]
	later.Start = later.Start.Add(time.Hour)
	second, err := deploylog.Write(folder, later)
	require.NoError(t, err)
	visit, err := chromium.Open(ctx, address(second.HTML), browser.Device{Width: 1000, Height: 800})
	require.NoError(t, err)
	var leads string
	require.NoError(t, visit.Evaluate(ctx, `document.querySelector("footer a").href`, &leads))
	assert.Equal(t, address(first.HTML), leads)
}

// keep writes a picture of the page where SCREENSHOTS says, for people to look at.
func keep(ctx context.Context, t *testing.T, visit *browser.Visit, name string) {
	t.Helper()
	folder := os.Getenv("SCREENSHOTS")
	if folder == "" {
		return
	}
	picture, err := visit.Screenshot(ctx)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s.png", name)), picture, 0o644))
}
