package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/stacks"
)

// These tests hold what happens before anything is declared: wrong configuration. They do not test every rule of it,
// which is for package stacks, nor what happens when AWS refuses something halfway.

// refused is the error of a configuration that has to declare nothing.
func refused(t *testing.T, stack string, source stacks.Source) string {
	t.Helper()
	graph, err := try(stack, source)
	require.Error(t, err)
	assert.Empty(t, graph.All(), "something was declared beside an error")
	assert.Empty(t, graph.Calls(), "AWS was asked beside an error")
	assert.Equal(t, 1, graph.Registrations, "the stack's own")
	assert.Empty(t, graph.Exports)
	return err.Error()
}

func TestProgram_DeclaresNothingWithBadConfiguration(t *testing.T) {
	source := sourceOf(t, "production").
		With("flowcomply:release.version", "latest").
		With("flowcomply:colour", "blue").
		With("flowcomply:protection", "none")
	source = edit(t, source, "database", func(section map[string]any) { section["storageGiB"] = 5; section["multiAz"] = "yes" })
	source = edit(t, source, "services", func(section map[string]any) {
		section["backend"].(map[string]any)["secrets"] = []any{"NOBODYS"}
		delete(section["frontend"].(map[string]any), "user")
	})
	text := refused(t, "production", source)
	for _, path := range []string{
		"flowcomply:release.version", "flowcomply:colour", "flowcomply:protection", "flowcomply:database.storageGiB",
		"flowcomply:database.multiAz", "flowcomply:services.backend.secrets", "flowcomply:services.frontend.user",
	} {
		assert.Contains(t, text, path)
	}
	assert.Contains(t, text, "stack production")
}

func TestProgram_NamesTheCommandForAMissingSecret(t *testing.T) {
	source, err := stacks.FromFile("../Pulumi.production.yaml")
	require.NoError(t, err)
	text := refused(t, "production", source)
	assert.Contains(t, text, "pulumi config set --secret flowcomply:ANTHROPIC_API_KEY")
	assert.Contains(t, text, "pulumi config set --secret flowcomply:PAGERDUTY_ENDPOINT")
	assert.Contains(t, text, "pulumi config set --secret flowcomply:SMOKE_USER")
}

func TestProgram_RefusesAPlainSecretWithoutShowingIt(t *testing.T) {
	for _, stack := range files {
		source, err := stacks.FromFile("../Pulumi." + stack + ".yaml")
		require.NoError(t, err)
		source = source.WithSecret("flowcomply:"+stacks.PagerDutyKey).With("flowcomply:ANTHROPIC_API_KEY", operatorCanary)
		text := refused(t, stack, source)
		assert.Contains(t, text, "flowcomply:ANTHROPIC_API_KEY")
		assert.Contains(t, text, "plain text")
		assert.NotContains(t, text, operatorCanary)
	}
}

func TestProgram_DeclaresNothingWithoutConfiguration(t *testing.T) {
	text := refused(t, "production", stacks.Source{Values: map[string]string{}, Secrets: map[string]bool{}})
	assert.Contains(t, text, "flowcomply:account")
}
