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

var link = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)

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
			_, err := os.Stat(filepath.Join(filepath.Dir(page), one[1]))
			assert.NoError(t, err, "%s", page)
		}
	}
}
