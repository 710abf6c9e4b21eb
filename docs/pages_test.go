// Package docs has no code: its tests hold what the pages say of the rest of the repository.
package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/exit"
)

func text(t *testing.T, file string) string {
	t.Helper()
	read, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(read)
}

// That the README says the truth of a target, this does not prove.
func TestReadme_NamesEveryTarget(t *testing.T) {
	makefile, readme := text(t, "../Makefile"), text(t, "../README.md")
	phony := regexp.MustCompile(`(?m)^\.PHONY: help (.*)$`).FindStringSubmatch(makefile)
	require.NotNil(t, phony)
	for target := range strings.FieldsSeq(phony[1]) {
		if strings.HasPrefix(target, "$") {
			continue // a program that others need
		}
		assert.True(t, regexp.MustCompile(`(?m)^`+target+`: .*## `).MatchString(makefile), "`make help` does not list %s", target)
		assert.True(t, regexp.MustCompile("`(make )?"+target+"[` ]").MatchString(readme), "the README does not name %s", target)
	}
}

func TestReadme_IsOneScreen(t *testing.T) {
	assert.LessOrEqual(t, strings.Count(text(t, "../README.md"), "\n"), 200, "lines; the rest belongs in docs/")
}

func TestReadme_SaysWhatExitCodesMean(t *testing.T) {
	readme := text(t, "../README.md")
	for line := range strings.Lines(exit.Table()) {
		code, meaning, _ := strings.Cut(strings.TrimSpace(line), "  ")
		assert.Contains(t, readme, "| "+code+" | "+meaning+" |\n")
	}
}

var (
	link        = regexp.MustCompile(`\]\(([^)#:]*)(?:#([^)]*))?\)`)
	heading     = regexp.MustCompile(`(?m)^#+ (.+)$`)
	notInAnchor = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors are the fragments that GitHub makes of a page's headings.
func anchors(page string) map[string]bool {
	all := map[string]bool{}
	for _, one := range heading.FindAllStringSubmatch(page, -1) {
		all[strings.ReplaceAll(notInAnchor.ReplaceAllString(strings.ToLower(one[1]), ""), " ", "-")] = true
	}
	return all
}

func TestLinks_LeadSomewhere(t *testing.T) {
	pages := []string{"../README.md", "../CHANGELOG.md"}
	for _, pattern := range []string{"*.md", "decisions/*.md"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, found)
		pages = append(pages, found...)
	}
	for _, page := range pages {
		for _, one := range link.FindAllStringSubmatch(text(t, page), -1) {
			target := page
			if one[1] != "" {
				target = filepath.Join(filepath.Dir(page), one[1])
			}
			_, err := os.Stat(target)
			if assert.NoError(t, err, "%s", page) && one[2] != "" && strings.HasSuffix(target, ".md") {
				assert.Contains(t, anchors(text(t, target)), one[2], "%s links to a heading that %s does not have", page, target)
			}
		}
	}
}
