package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests prove where anchors are found and what they are said to stand at.

const goSource = `// Package thing has a runbook:1.1#9 in the middle of a sentence.
package thing

// Spec is data.
type Spec struct {
	// CPU is a number.
	//
	//runbook:1.1#1 is raised here.
	CPU int
	B   int //runbook:1.1#2 is beside a field.
}

//runbook:1.1#3 is above a group.
const (
	a = 1
	//runbook:1.1#4 is above one of them.
	b = 2
)

// New makes one.
//
//runbook:1.2#1-3,pre.2#4 makes one.
func New() {
	_ = []Spec{{
		//runbook:rollback.1#1 is inside.
		CPU: 1,
	}}
}

func (s *Spec) Do() {
	//runbook:appendix.A#2 is in a method.
	_ = "\n//runbook:9.9#9 is in quotes.\n"
}

//runbook:1.3#1 is at the end, above nothing.
`

func TestAnchorsOf_Go(t *testing.T) {
	found, err := anchorsOf("components/thing/thing.go", []byte(goSource))
	require.NoError(t, err)
	got := map[string]string{}
	for _, one := range found {
		for _, address := range one.addresses {
			got[address] = one.symbol
		}
	}
	assert.Equal(t, map[string]string{
		"1.1#1": "thing.Spec.CPU", "1.1#2": "thing.Spec", "1.1#3": "thing.a", "1.1#4": "thing.b",
		"1.2#1-3": "thing.New", "pre.2#4": "thing.New", "rollback.1#1": "thing.New", "appendix.A#2": "thing.Spec.Do", "1.3#1": "thing",
	}, got)
	assert.Equal(t, "makes one.", found[4].says)
	assert.Equal(t, "components/thing/thing.go:22", found[4].where)
}

func TestAnchorsOf_OtherFiles(t *testing.T) {
	for file, c := range map[string]struct{ text, symbol string }{
		"Makefile":               {"x:\n\n# runbook:1.1#1 goes back.\n# more\nrollback: ## help\n", "make rollback"},
		"Pulumi.production.yaml": {"config:\n  # runbook:1.1#1 is set.\n  flowcomply:alerts:\n    emails:\n", "alerts"},
		"local/x.py":             {"class A:\n    # runbook:1.1#1 is done.\n    async def ask(self):\n", "ask"},
		".ci/run":                {"# runbook:1.1#1 is run.\nmake test\n", ""},
	} {
		found, err := anchorsOf(file, []byte(c.text))
		require.NoError(t, err, file)
		require.Len(t, found, 1, file)
		assert.Equal(t, c.symbol, found[0].symbol, file)
		assert.Equal(t, []string{"1.1#1"}, found[0].addresses, file)
	}
}

func TestAnchorsOf_RefusesWhatWouldBeMissed(t *testing.T) {
	for _, text := range []string{
		"// runbook:1.1#1 has a blank.", "//runbook: 1.1#1 has another.", "//Runbook:1.1#1 is a word.", "//runbook:1.1 has no line.",
		"//runbook:1.1#1, 1.1#2 has a blank between.", "//runbook:1.1#1", "//runbook:1.1#1 has no full stop", "# runbook:1.1#1 is of another language.",
	} {
		_, err := anchorsOf("a.go", []byte("package a\n\n"+text+"\nvar X int\n"))
		if text[0] == '#' {
			_, err = anchorsOf("Makefile", []byte("//runbook:1.1#1 is of another language.\n#runbook:1.1#1 has no blank.\n"))
		}
		require.ErrorContains(t, err, "is not an anchor; write //runbook:ADDRESS", text)
	}
	_, err := anchorsOf("a.go", []byte("package a\n\n// The runbook: what of it is here (runbook 1.1).\nvar X int\n"))
	require.NoError(t, err, "prose about the runbook is none")
}

// Git says which files there are: a new one counts before it is added, an ignored one never, a deleted one no more.
func TestScan_AsksGit(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(text), 0o644))
	}
	git := func(args ...string) {
		command := exec.Command("git", args...)
		command.Dir = root
		output, err := command.CombinedOutput()
		require.NoError(t, err, string(output))
	}
	git("init", "-q")
	write(".gitignore", "/.local/\n")
	write("gone.go", "package a\n\n//runbook:1.1#9 is gone.\nvar X int\n")
	write("a/known.go", "package a\n\n//runbook:1.1#1 is known.\nvar X int\n")
	git("add", ".")
	require.NoError(t, os.Remove(filepath.Join(root, "gone.go")))
	write("a/fresh.go", "package a\n\n//runbook:1.1#2 is new.\nvar Y int\n")
	write(".local/built.go", "package a\n\n//runbook:1.1#3 is ignored.\nvar Z int\n")
	write("notes.md", "//runbook:1.1#4 is prose.\n")
	found, err := scan(root)
	require.NoError(t, err)
	var got []string
	for _, one := range found {
		got = append(got, one.file+" "+one.addresses[0])
	}
	assert.ElementsMatch(t, []string{"a/known.go 1.1#1", "a/fresh.go 1.1#2"}, got)

	_, err = scan(filepath.Join(root, "nowhere"))
	require.ErrorContains(t, err, "git ls-files")
}

func TestRead_IsStrict(t *testing.T) {
	file := filepath.Join(t.TempDir(), "list.json")
	require.NoError(t, os.WriteFile(file, []byte(`[{"lines": ["1#1"], "reasons": "misspelt"}]`), 0o644))
	_, err := read(file)
	require.ErrorContains(t, err, `unknown field "reasons"`)
	_, err = read(filepath.Join(t.TempDir(), "none.json"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
