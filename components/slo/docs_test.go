package slo

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var notInAnchor = regexp.MustCompile(`[^a-z0-9 _-]`)

// anchor is the fragment that GitHub makes of a heading.
func anchor(heading string) string {
	return strings.ReplaceAll(notInAnchor.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}

// Proves that every alarm's link lands on a section and that no section is left
// of an alarm that is gone. It does not prove that the advice is good.
func TestAlarmsDocument_HasOneSectionPerObjective(t *testing.T) {
	text, err := os.ReadFile("../../docs/alarms.md")
	require.NoError(t, err)
	var want []string
	for _, o := range Objectives() {
		want = append(want, o.Anchor)
	}
	want = append(want, EventDeploymentFailed, EventImageFindings, "event-budget", "event-database") // AWS writes the last two

	headings := regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(string(text), -1)
	all := map[string]int{}
	for _, h := range headings {
		all[anchor(h[1])]++
	}
	for _, a := range want {
		assert.Equal(t, 1, all[a], "headings with the anchor #%s; a second one would get another anchor", a)
	}

	sections := regexp.MustCompile(`(?m)^### `).Split(string(text), -1)[1:]
	var got []string
	for _, s := range sections {
		heading, body, _ := strings.Cut(s, "\n")
		got = append(got, anchor(heading))
		for _, part := range []string{"**Means.**", "**Look.**", "**Do.**"} {
			assert.Contains(t, body, part, "section %q", heading)
		}
	}
	assert.ElementsMatch(t, want, got)
}
