package main

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests hold docs/rollback.md over the program: every kind of resource is in one of its tables, and what the last
// column says holds it is what production declares. They do not prove what the prose says of a kind, nor that AWS and the
// engine act on what is declared.

// kindForm is a type token, as the page writes it: in backticks.
var kindForm = regexp.MustCompile("`([a-z]+:[A-Za-z0-9/]+:[A-Za-z0-9]+)`")

// pageKinds are the last cells of the tables' rows, by the kinds that their first cells name.
func pageKinds(t *testing.T, page string) map[string]string {
	t.Helper()
	held := map[string]string{}
	for row := range strings.Lines(page) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(row), "|"), "|")
		if !strings.HasPrefix(row, "| `") || len(cells) < 2 {
			continue
		}
		for _, found := range kindForm.FindAllStringSubmatch(cells[0], -1) {
			assert.NotContains(t, held, found[1], "stands in the tables twice")
			held[found[1]] = strings.TrimSpace(cells[len(cells)-1])
		}
	}
	return held
}

func rollbackPage(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../docs/rollback.md")
	require.NoError(t, err)
	return pageKinds(t, string(text))
}

//runbook:pre.4#4 holds that docs/rollback.md tells of every kind of resource what going back does to it.
func TestRollbackPage_TellsOfEveryKindOnce(t *testing.T) {
	declared := map[string]bool{}
	everyResource(t, func(_ *testing.T, _ string, r record.Resource) { declared[r.Type] = true })
	for _, r := range next(t, "staging", "v1.1.0", graphOf(t, "staging")).All() { // the second release is the first with a snapshot
		declared[r.Type] = true
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(declared)), slices.Collect(maps.Keys(rollbackPage(t))),
		"docs/rollback.md: a kind that is new needs a row, one that no program declares has none")
}

// words are what the page calls what holds a resource, in the order in which it lists them.
var words = []string{"protect", "AWS refuses", "kept 30 days", "retainOnDelete", "skipDestroy", "ignoreChanges", "no delete command", "fixed name"}

// holds tells whether a resource of production is held in that way.
func holds(r record.Resource, word string) bool {
	switch word {
	case "protect":
		return r.Protect
	case "AWS refuses": // while it is on, full, or in use
		return r.Get("deletionProtection") == true || r.Get("enableDeletionProtection") == true ||
			r.Get("forceDestroy") == false || r.Get("forceDelete") == false
	case "kept 30 days":
		return r.Get("deletionWindowInDays") == 30.0 || r.Get("recoveryWindowInDays") == 30.0
	case "retainOnDelete":
		return r.RetainOnDelete
	case "skipDestroy":
		return r.Get("skipDestroy") == true
	case "ignoreChanges":
		return len(r.IgnoreChanges) > 0
	case "no delete command":
		return r.Type == "command:local:Command" && r.Get("delete") == nil
	case "fixed name":
		for at, reason := range physical {
			if strings.HasPrefix(at, r.Type+" ") && !strings.HasPrefix(reason, "no name:") {
				return true
			}
		}
	}
	return false
}

func TestRollbackPage_SaysWhatHoldsEachKind(t *testing.T) {
	production := graphOf(t, "production")
	page := rollbackPage(t)
	seen := map[string]bool{}
	for kind, said := range page {
		var want []string
		for _, word := range words {
			if slices.ContainsFunc(production.Of(kind), func(r record.Resource) bool { return holds(r, word) }) {
				want = append(want, word)
				seen[word] = true
			}
		}
		assert.Equal(t, strings.Join(want, ", "), said, kind)
	}
	assert.Len(t, seen, len(words), "words that hold nothing")
}

// Nothing is declared with another way to be held, of which the page would have to tell.
func TestRollbackPage_KnowsEveryWayToHold(t *testing.T) {
	everyResource(t, func(t *testing.T, stack string, r record.Resource) {
		assert.False(t, r.DeleteBeforeReplace, "%s: %s", stack, r)
		if len(r.ReplaceOnChanges) > 0 { // which package command asks for itself: another trigger runs a step again
			assert.Equal(t, "command:local:Command [triggers[*]]", fmt.Sprint(r.Type, " ", r.ReplaceOnChanges), "%s: %s", stack, r)
		}
	})
}

// Somebody who is woken follows the links of the first table.
func TestOnCallPage_LinksLandOnItsHeadings(t *testing.T) {
	text, err := os.ReadFile("../docs/on-call.md")
	require.NoError(t, err)
	headings := map[string]bool{}
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(string(text), -1) {
		headings[strings.ReplaceAll(strings.ToLower(heading[1]), " ", "-")] = true
	}
	links := regexp.MustCompile(`\]\(#([^)]+)\)`).FindAllStringSubmatch(string(text), -1)
	assert.Greater(t, len(links), 5)
	for _, link := range links {
		assert.True(t, headings[link[1]], "#%s leads nowhere", link[1])
	}
}

func TestPageKinds_ReadsTheTablesOnly(t *testing.T) {
	page := "`aws:a/b:B` in prose\n\n| kind | what | held by |\n| --- | --- | --- |\n| `aws:c/d:D`, `x:y:Z` | text with `aws:e/f:F` | protect |\n| `aws:g/h:H` | more |  |\n"
	assert.Equal(t, map[string]string{"aws:c/d:D": "protect", "x:y:Z": "protect", "aws:g/h:H": ""}, pageKinds(t, page))
}
