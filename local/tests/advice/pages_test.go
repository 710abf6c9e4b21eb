package advice

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var inline = regexp.MustCompile("`([^`\n]+(?:\n[^`\n]+)?)`")

// pages are the commands of the README, the changelog and the docs.
func pages(t testing.TB) []command {
	t.Helper()
	var all []command
	for _, pattern := range []string{"README.md", "CHANGELOG.md", "docs/*.md", "docs/decisions/*.md"} {
		found, err := filepath.Glob(filepath.Join(root(t), pattern))
		require.NoError(t, err)
		for _, path := range found {
			if filepath.Base(path) == "runbook-2025-10.md" { // the old runbook, as it was
				continue
			}
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			name, err := filepath.Rel(root(t), path)
			require.NoError(t, err)
			all = append(all, page(name, string(text))...)
		}
	}
	return all
}

// page are the commands in one page's blocks and in its running text.
func page(name, text string) []command {
	var all []command
	var running, block []string
	inside, shell := false, false
	for number, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		if kind, fence := strings.CutPrefix(trimmed, "```"); fence {
			inside, shell = !inside, slices.Contains([]string{"", "sh", "bash", "console"}, kind)
			running, block = append(running, ""), nil
			continue
		}
		if !inside {
			running = append(running, line)
			continue
		}
		running = append(running, "")
		if !shell {
			continue
		}
		block = append(block, strings.TrimPrefix(trimmed, "$ "))
		if strings.HasSuffix(trimmed, `\`) {
			continue
		}
		if whole := strings.Join(block, "\n"); begins.MatchString(whole) && !strings.Contains(whole, "─▶") {
			all = append(all, command{where: fmt.Sprintf("%s:%d", name, number+1), text: whole})
		}
		block = nil
	}
	prose := strings.Join(running, "\n")
	for _, at := range inline.FindAllStringSubmatchIndex(prose, -1) {
		one := strings.NewReplacer("\n", " ", `\|`, "|").Replace(prose[at[2]:at[3]])
		if !strings.HasPrefix(one, "aws … ") && begins.MatchString(one) {
			all = append(all, command{fmt.Sprintf("%s:%d", name, 1+strings.Count(prose[:at[0]], "\n")), one, true})
		}
	}
	return all
}
