package deploylog_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func pageOf(t *testing.T, name string) string {
	t.Helper()
	var page bytes.Buffer
	require.NoError(t, samples()[name].HTML(&page))
	return page.String()
}

// Nothing in a page asks for anything: no script, nothing loaded, and a policy that would forbid it.
func TestHTML_NeedsNothingBesideItself(t *testing.T) {
	loads := regexp.MustCompile(`(?i)<(script|img|iframe|object|embed|source|audio|video)\b|@import|@font-face|url\((?:[^#)]|$)|\son[a-z]+=`)
	refers := regexp.MustCompile(`(?i)\s(?:src|href|action|srcset|xlink:href)\s*=\s*"([^"]*)"`)
	for name := range samples() {
		page := pageOf(t, name)
		tags := regexp.MustCompile(`<[^>]*>|(?s)<style>.*?</style>`).FindAllString(page, -1)
		assert.Empty(t, loads.FindAllString(strings.Join(tags, "\n"), -1), name)
		for _, found := range refers.FindAllStringSubmatch(page, -1) {
			assert.Equal(t, "data:,", found[1], name)
		}
		assert.Contains(t, page, `default-src 'none'`, name)
		assert.NotContains(t, page, "ZgotmplZ", "%s: the template let nothing through", name)
		assert.NotContains(t, page, "<no value>", name)
	}
}

// What people and AWS write is text and no part of the page.
func TestHTML_EscapesWhatOthersWrote(t *testing.T) {
	page := pageOf(t, "long-names")
	assert.NotContains(t, page, "<img")
	assert.Contains(t, page, "&lt;img src=x onerror=alert(1)&gt;")
	assert.NotContains(t, page, "<script")
}

// The page says what the Markdown says.
func TestHTML_HasWhatTheTemplateHas(t *testing.T) {
	for name, wants := range map[string][]string{
		"release": {
			"v1.1.0", "<em>Success</em>", "10:00 AM to 10:04 AM NZDT", "sha256:5ee5e7eee0c1, built", "20250922090000_add_asset_processed_at",
			"flowcomply-production-pre-deploy-v1-1-0-7", "Passing", "0.1%", "120ms", "13 of 13", "Ana Tau", "Approved by", "before: v1.0.0", "release 7",
		},
		"failed":      {"<em>Failed</em>", "Migration failed", "P3009", "<b>Next:</b> no service was changed", "Not measured", "Not run, so nothing is proven."},
		"rolled-back": {"<em>Rolled back</em>", "Rolled back to v1.0.0", "Timeline of the rollback to v1.0.0", "Verify of v1.1.0", "health/api", "Yes, to v1.0.0"},
		"went-back":   {"<em>Went back</em>", "Yes, this one: from v1.1.0 to v1.0.0", "Issues</th><td>None"},
		"nothing":     {"Nothing was changed."},
	} {
		page := pageOf(t, name)
		for _, want := range wants {
			assert.Contains(t, page, want, name)
		}
	}
}

// Each operation is a bar, with its words beside it for those who hover and those who listen.
func TestHTML_DrawsEveryOperation(t *testing.T) {
	for name, d := range samples() {
		page := pageOf(t, name)
		bars := 0
		for _, step := range d.Timeline.Steps {
			bars++
			if step.Phase == "" {
				bars++ // on its component's line too
			}
		}
		if d.Rollback != nil {
			for _, step := range d.Rollback.Timeline.Steps {
				bars++
				if step.Phase == "" {
					bars++
				}
			}
		}
		assert.Equal(t, bars, strings.Count(page, `<rect class="bar"`), name)
		assert.Equal(t, strings.Count(page, "<svg class=\"lane\""), strings.Count(page, "<svg class=\"lane\" role=\"img\" aria-label="), name)
	}
}
