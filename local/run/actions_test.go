package run

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/toolchain"
)

// These tests are of which journals are held against the page, and how. The comparison itself is the emulator's, in Python, and
// tested there; here a script tells what it is asked for.

// rehearsal is one in a checkout of three stack files, with a journal, and a Python that says its arguments and ends with a code.
func rehearsal(t *testing.T, stack string, parts []string, code string) (Run, engine.Stack, *strings.Builder) {
	t.Helper()
	root, out := t.TempDir(), &strings.Builder{}
	r := Run{Root: root, Name: "rehearse", Stack: stack, Parts: parts, Out: out}
	python := filepath.Join(root, "python")
	for name, text := range map[string]string{
		"Pulumi.local.yaml": "", "Pulumi.production.yaml": "", "Pulumi.staging.yaml": "", "local/emulator/x": "",
		".local/rehearse/moto/calls.jsonl": "of " + stack, "python": "#!/bin/sh\necho \"$@\"\nexit " + code + "\n",
	} {
		file := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o755))
	}
	return r, engine.Stack{Tools: toolchain.Tools{Python: python}}, out
}

func TestActions_HoldsPartsAgainstWhatThePageLacks(t *testing.T) {
	for name, row := range map[string]struct {
		parts        []string
		commit       string
		kept         []string // of other rehearsals
		says, misses string   // what is run, and what is missing
	}{
		"a part of a life":               {[]string{"release"}, "c1", []string{".local/rehearse-staging.c1.calls.jsonl"}, "--part PAGE ROOT/.local/rehearse/moto/calls.jsonl", "missing: this part of a life"},
		"a changed checkout":             {nil, "", nil, "--part PAGE ROOT/.local/rehearse/moto/calls.jsonl", "missing: this part of a life"},
		"one whole life":                 {nil, "c1", nil, "--part PAGE ROOT/.local/rehearse-production.c1.calls.jsonl", "missing: staging"},
		"the other is of another commit": {Parts, "c1", []string{".local/rehearse-staging.c0.calls.jsonl"}, "--part PAGE ROOT/.local/rehearse-production.c1.calls.jsonl", "missing: staging"},
		"all whole lives": {
			Parts, "c1", []string{".local/rehearse-staging.c1.calls.jsonl", ".local/rehearse-production.c0.calls.jsonl"},
			"PAGE ROOT/.local/rehearse-production.c1.calls.jsonl ROOT/.local/rehearse-staging.c1.calls.jsonl", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, stack, out := rehearsal(t, "production", row.parts, "1")
			for _, file := range row.kept {
				require.NoError(t, os.WriteFile(filepath.Join(r.Root, file), nil, 0o600))
			}
			err := r.actions(row.commit)(t.Context(), stack)
			want := strings.NewReplacer("PAGE", "../../docs/deployer-actions.md", "ROOT", r.Root).Replace(row.says)
			require.EqualError(t, err, "-m awslocal.deployer "+want)
			if row.misses == "" {
				assert.Empty(t, out.String())
			} else {
				assert.Contains(t, out.String(), row.misses+"\n")
			}
		})
	}
}

func TestActions_KeepsTheLastWholeLifeOfAStack(t *testing.T) {
	r, stack, _ := rehearsal(t, "staging", nil, "0")
	for _, commit := range []string{"c1", "c2"} {
		require.NoError(t, r.actions(commit)(t.Context(), stack))
	}
	kept, err := filepath.Glob(r.journalOf("*", "*"))
	require.NoError(t, err)
	require.Equal(t, []string{r.journalOf("staging", "c2")}, kept)
	text, err := os.ReadFile(kept[0])
	require.NoError(t, err)
	assert.Equal(t, "of staging", string(text))
}

func TestActions_FailsWithoutAPython(t *testing.T) {
	r, stack, _ := rehearsal(t, "staging", nil, "0")
	require.NoError(t, os.Remove(stack.Tools.Python))
	require.ErrorContains(t, r.actions("")(t.Context(), stack), "no such file")
}
