package main

import (
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify"
	"github.com/flowcomply/infrastructure/verify/outputs/outputstest"
)

// These tests hold that the table is complete and names what exists. They do not prove that a check or an alarm sees what a row
// says it sees.

const root = "../../.."

// declared are the types in the program's graphs, without its own components.
func declared(t *testing.T) []string {
	t.Helper()
	graphs, err := filepath.Glob(filepath.Join(root, "infra", "testdata", "*.graph"))
	require.NoError(t, err)
	require.NotEmpty(t, graphs)
	var kinds []string
	for _, graph := range graphs {
		text, err := os.ReadFile(graph)
		require.NoError(t, err)
		for line := range strings.Lines(string(text)) {
			if kind, _, _ := strings.Cut(line, " "); !strings.HasPrefix(kind, "flowcomply:") {
				kinds = append(kinds, kind)
			}
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

func TestTable_HasEveryTypeOfTheGraphsOnceAndNoOther(t *testing.T) {
	var rows []string
	for _, area := range table() {
		for _, resource := range area.resources {
			rows = append(rows, resource.kind)
			assert.NotEmpty(t, resource.threats, resource.kind)
		}
	}
	slices.Sort(rows)
	assert.Equal(t, declared(t), rows)
}

func TestTable_NamesChecksAndAlarmsThatExist(t *testing.T) {
	var checks []string
	for _, one := range verify.Checks(outputstest.Example(t), verify.Clients{HTTP: http.DefaultClient}, verify.Settings{}) {
		checks = append(checks, one.Key())
	}
	alarms, err := os.ReadFile(filepath.Join(root, "docs", "alarms.md"))
	require.NoError(t, err)
	var sections []string
	for _, heading := range regexp.MustCompile(`(?m)^### (.+)$`).FindAllStringSubmatch(string(alarms), -1) {
		sections = append(sections, strings.ReplaceAll(strings.ToLower(heading[1]), " ", "-"))
	}
	for kind, threat := range threats() {
		for _, pattern := range threat.verify {
			assert.True(t, slices.ContainsFunc(checks, func(key string) bool {
				matched, err := path.Match(pattern, key)
				require.NoError(t, err)
				return matched
			}), "%s: verify has no check %s", kind, pattern)
		}
		for _, section := range threat.alarms {
			assert.Contains(t, sections, section, "%s: docs/alarms.md has no such section", kind)
		}
	}
}

// What nobody sees has a reason, and what somebody sees has none.
func TestTable_SaysWhoSeesItOrWhyNobodyDoes(t *testing.T) {
	for kind, threat := range threats() {
		assert.NotEmpty(t, threat.does, kind)
		seen := threat.drift || len(threat.verify) > 0 || len(threat.alarms) > 0
		assert.Equal(t, !seen, threat.nobody != "", "%s: %s", kind, threat.does)
		assert.NotContains(t, threat.does+threat.nobody, "|", "it ends a cell of the page")
	}
}

func TestPage_IsWhatTheTableSays(t *testing.T) {
	written, err := os.ReadFile(filepath.Join(root, "docs", "tampering.md"))
	require.NoError(t, err)
	assert.Equal(t, page(), string(written), "run `make golden`, and read the difference")
}

// threats is every row, with its type.
func threats() func(func(string, threat) bool) {
	return func(yield func(string, threat) bool) {
		for _, area := range table() {
			for _, resource := range area.resources {
				for _, threat := range resource.threats {
					if !yield(resource.kind, threat) {
						return
					}
				}
			}
		}
	}
}
