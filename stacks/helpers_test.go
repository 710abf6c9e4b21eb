package stacks_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/stacks"
)

// canary stands for a secret's value; it must never come out again.
const canary = "sk-canary-7f3a9c1e"

// files are the real stack files: there is no other configuration in these tests.
var files = []string{"production", "staging", "local"}

// source is a real stack file, with what an operator sets beside it.
func source(t testing.TB, stack string) stacks.Source {
	t.Helper()
	src, err := stacks.FromFile("../Pulumi." + stack + ".yaml")
	require.NoError(t, err)
	src = src.WithSecret("flowcomply:ANTHROPIC_API_KEY").WithSecret("flowcomply:" + stacks.SmokeUser)
	if stack == "production" {
		src = src.WithSecret("flowcomply:" + stacks.PagerDutyKey)
	}
	return src
}

func load(t testing.TB, stack string) stacks.Spec {
	t.Helper()
	spec, err := stacks.Load(source(t, stack))
	require.NoError(t, err)
	return spec
}

// edit changes one value of a source by its path; a value is JSON, and nothing takes the key out.
func edit(t *testing.T, src stacks.Source, path, value string) stacks.Source {
	t.Helper()
	section, inside, nested := strings.Cut(path, ".")
	whole := "flowcomply:" + path
	if _, dotted := src.Values[whole]; dotted || !nested {
		if value == "" {
			out := stacks.Source{Values: maps.Clone(src.Values), Secrets: src.Secrets}
			delete(out.Values, whole)
			return out
		}
		var text string
		if json.Unmarshal([]byte(value), &text) != nil {
			text = value
		}
		return src.With(whole, text)
	}
	var object map[string]any
	require.NoError(t, json.Unmarshal([]byte(src.Values["flowcomply:"+section]), &object), path)
	at, keys := object, strings.Split(inside, ".")
	for _, key := range keys[:len(keys)-1] {
		next, ok := at[key].(map[string]any)
		require.True(t, ok, "%s: no object %q", path, key)
		at = next
	}
	if value == "" {
		delete(at, keys[len(keys)-1])
	} else {
		at[keys[len(keys)-1]] = json.RawMessage(value)
	}
	text, err := json.Marshal(object)
	require.NoError(t, err)
	return src.With("flowcomply:"+section, string(text))
}

// problems are the lines of Load's error, without what is around them.
func problems(err error) []string {
	if err == nil {
		return nil
	}
	text, _ := strings.CutPrefix(err.Error(), "configuration: ")
	lines := strings.Split(text, "\n  ")
	if len(lines) > 1 {
		return lines[1:]
	}
	return slices.Clone(lines)
}
