package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests hold that every line of the old runbook is accounted for, and that docs/runbook.md is what the anchors say
// today. They do not prove that an anchor's sentence is true of the code that it stands at: other tests do that.

func TestRunbook_EveryLineIsAccountedForAndThePageIsUpToDate(t *testing.T) {
	readFolders(t, "../../..")
	want, err := generate("../../..")
	require.NoError(t, err)
	got, err := os.ReadFile("../../runbook.md")
	require.NoError(t, err)
	assert.Equal(t, want, string(got), "run `go run ./docs/cmd/runbookdocs > docs/runbook.md` and read the difference")
}

// readFolders makes a new file a reason to run the test again: `go test` remembers a result together with what was read.
func readFolders(t *testing.T, root string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(root, func(_ string, entry fs.DirEntry, err error) error {
		if name := entry.Name(); err == nil && (name == ".git" || name == ".local") {
			if entry.IsDir() {
				return filepath.SkipDir
			}
		}
		return err
	}))
}

// Every line of the old text that is not blank, a mark, a heading or a label is on the page, word for word: what a
// mistake of the parser's dropped would be missing here.
func TestRunbook_DropsNoWord(t *testing.T) {
	old, err := os.ReadFile("../../runbook-2025-10.md")
	require.NoError(t, err)
	page, err := os.ReadFile("../../runbook.md")
	require.NoError(t, err)
	there := strings.Join(strings.Fields(strings.ReplaceAll(string(page), `\|`, "|")), " ")
	lines := 0
	for one := range strings.Lines(string(old)) {
		one = strings.TrimSuffix(strings.TrimSpace(one), `\`)
		one = strings.TrimSpace(itemForm.ReplaceAllString(strings.TrimPrefix(one, "# "), ""))
		if one == "" || one == "---" || strings.HasPrefix(one, "```") || labelForm.MatchString(one) || one == "Production Deployment Runbook" {
			continue
		}
		lines++
		assert.Contains(t, there, strings.Join(strings.Fields(one), " "))
	}
	assert.Greater(t, lines, 300)
}

const little = "# Title\n\n**Version:** 1.0\n\n---\n\n## Overview\n\n**Diagnosis:**\n- [ ] Checked (`npm test`)\n1. First\n- Second\n\n" +
	"## Deployment Steps\n\n### Phase 1: Before (T-2 hours)\n\n#### Step 1.3: Backup\n```bash\n" +
	"# Create\naws one \\\n  --two $(date)\n\naws three -d '{\n  \"four\": 5\n}'\n\n# Expected: Fine\n\n# It says:\n# {\n# }\n\n# Swap\n# Restart\n```\n\n**Expected:** Done\n\n" +
	"## Appendix\n\n### A. Variables (Backend)\n```env\nA=1\n\nB=2\n```\n---\n**Next Review:** never\n"

func TestParse_FindsEachLineAndItsAddress(t *testing.T) {
	sections, err := parse(little)
	require.NoError(t, err)
	var got []line
	for _, s := range sections {
		got = append(got, s.lines...)
	}
	assert.Equal(t, []line{
		{address: "top#1", text: "**Version:** 1.0"},
		{address: "overview#1", text: "Checked (`npm test`)"},
		{address: "overview#2", text: "First"},
		{address: "overview#3", text: "Second"},
		{address: "1.3#1", caption: "Create", text: "aws one --two $(date)", code: true},
		{address: "1.3#2", text: `aws three -d '{ "four": 5 }'`, code: true},
		{address: "1.3#3", text: "Expected: Fine"},
		{address: "1.3#4", text: "It says: { }"},
		{address: "1.3#5", text: "Swap"},
		{address: "1.3#6", text: "Restart"},
		{address: "1.3#7", text: "**Expected:** Done"},
		{address: "appendix.A#1", text: "A=1", code: true},
		{address: "appendix.A#2", text: "B=2", code: true},
		{address: "end#1", text: "**Next Review:** never"},
	}, got)
}

func TestParse_RefusesWhatItCannotAddress(t *testing.T) {
	_, err := parse("## Something new\n\n- a line\n")
	require.ErrorContains(t, err, `chapter "Something new" has no address`)
	_, err = parse("## Overview\n```bash\nls\n")
	require.ErrorContains(t, err, "is not closed")
}

func TestOpen_NamesASectionByItsNumberOrItsFirstWord(t *testing.T) {
	r := &reader{sections: []section{{}}}
	for _, c := range []struct {
		level         int
		heading, want string
	}{
		{2, "Pre-Deployment Checklist", "pre"},
		{3, "2. Infrastructure Readiness", "pre.2"},
		{2, "Deployment Steps", ""},
		{4, "Step 6.3: Performance Metrics", "6.3"},
		{2, "Rollback Procedures", "rollback"},
		{3, "When to Rollback", "rollback.when"},
		{4, "Option 2: Rollback Database (Slow, 30-60 minutes)", "rollback.2"},
		{2, "Troubleshooting", "trouble"},
		{3, "Issue: Service won't start", "trouble.service"},
	} {
		require.NoError(t, r.open(c.level, c.heading))
		assert.Equal(t, c.want, r.current().address, c.heading)
	}
}

func TestExpand(t *testing.T) {
	assert.Equal(t, []string{"1.3#2", "1.3#3"}, expand("1.3#2-3"))
	for _, one := range []string{"1.3#2", "1.3#3-2", "1.3#2-2", "1.3#1-99999"} {
		assert.Equal(t, []string{one}, expand(one))
	}
}

// two is an old runbook of two lines.
var two = []section{{address: "1", lines: []line{{address: "1#1", text: "first"}, {address: "1#2", text: "second"}}}}

func TestAccount_WantsOneKindOfAnswerForEachLine(t *testing.T) {
	code := func(addresses ...string) []anchor {
		return []anchor{{addresses: addresses, says: "does it.", where: "a.go:1"}}
	}
	hand := func(reason, instead string, lines ...string) []byHand {
		return []byHand{{Lines: lines, Reason: reason, Instead: instead}}
	}
	for name, c := range map[string]struct {
		anchors []anchor
		hands   []byHand
		want    string
	}{
		"all by code":                 {anchors: code("1#1-2")},
		"code and hand":               {anchors: code("1#1"), hands: hand("why", "who", "1#2")},
		"two anchors at one line":     {anchors: append(code("1#1-2"), code("1#2")...)},
		"a line without an answer":    {anchors: code("1#1"), want: "line 1#2 (second): nothing says what does it now"},
		"an anchor at no line":        {anchors: code("1#1-2", "1.9#1"), want: "a.go:1: the old runbook has no line 1.9#1"},
		"a range beyond the end":      {anchors: code("1#1-3"), want: "no line 1#3"},
		"an anchor at one line twice": {anchors: code("1#1-2", "1#2"), want: "a.go:1: names 1#2 twice"},
		"by hand without a reason":    {anchors: code("1#1"), hands: hand(" ", "who", "1#2"), want: "by hand, [1#2]: lines, reason and instead"},
		"by hand without instead":     {anchors: code("1#1"), hands: hand("why", "", "1#2"), want: "by hand, [1#2]: lines, reason and instead"},
		"by hand at no line":          {anchors: code("1#1-2"), hands: hand("why", "who", "2#1"), want: "by hand, [2#1]: the old runbook has no line 2#1"},
		"by hand without lines":       {anchors: code("1#1-2"), hands: hand("why", "who"), want: "by hand, []: lines"},
		"by hand, and an anchor":      {anchors: code("1#1-2"), hands: hand("why", "who", "1#2"), want: "line 1#2: is done by a.go:1 and by hand"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := account(two, c.anchors, c.hands)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestAccount_TellsTwoLinesOfOneAddress(t *testing.T) {
	_, err := account(append(two, two...), nil, nil)
	require.ErrorContains(t, err, "two lines have the address 1#1")
}

func TestPage_ShowsWhoDoesALine(t *testing.T) {
	answers, err := account(two, []anchor{
		{addresses: []string{"1#1"}, says: "makes it a | b.", file: "infra/deploy.go", symbol: "infra.deploy"},
		{addresses: []string{"1#1"}, says: "sets it.", file: ".ci/run"},
	}, []byHand{{Lines: []string{"1#2"}, Reason: "Nobody else can.", Instead: "The engineer does."}})
	require.NoError(t, err)
	text := page(two, answers)
	assert.Contains(t, text, "2 lines: 1 are done by code, 1 by people.\n")
	assert.Contains(t, text, "| `1#1` | first | [`infra.deploy`](../infra/deploy.go) makes it a \\| b.<br>[`.ci/run`](../.ci/run) sets it. |\n")
	assert.Contains(t, text, "| `1#2` | second | **By hand.** The engineer does. *Why:* Nobody else can. |\n")
	assert.Equal(t, "Take: `a \\| b`", then(line{caption: "Take", text: "a | b", code: true}))
}
