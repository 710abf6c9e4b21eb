package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests hold rules that every resource of every stack file obeys, whatever component declares it. They do not
// prove that the values are right: controls_test.go and the components' own tests do that for what matters.

// ownProvider is in the reference of every resource that the program's one provider makes.
const ownProvider = "pulumi:providers:aws::aws"

// everyResource runs a check on every registration of every stack file.
func everyResource(t *testing.T, check func(t *testing.T, stack string, r record.Resource)) {
	t.Helper()
	for _, stack := range files {
		t.Run(stack, func(t *testing.T) {
			all := graphOf(t, stack).All()
			require.Greater(t, len(all), 200, "a program that declares little obeys any rule")
			for _, r := range all {
				check(t, stack, r)
			}
		})
	}
}

func TestEveryResource_DescendsFromAComponentOfOurs(t *testing.T) {
	everyResource(t, func(t *testing.T, _ string, r record.Resource) {
		if strings.HasPrefix(r.Type, "pulumi:providers:") || strings.HasPrefix(r.Type, "flowcomply:") {
			return // the provider and the components themselves stand at the top
		}
		assert.True(t, strings.HasPrefix(r.ParentType(), "flowcomply:"), "%s has the parent %q", r, r.ParentType())
		assert.True(t, r.Name == r.ParentName() || strings.HasPrefix(r.Name, r.ParentName()+"-"), "%s is not named after its parent", r)
	})
}

func TestEveryComponent_RegistersItsOutputsOnce(t *testing.T) {
	for _, stack := range files {
		components := 0
		for _, r := range graphOf(t, stack).All() {
			if !r.Custom {
				components++
				assert.True(t, strings.HasPrefix(r.Type, "flowcomply:"), "%s is a component of somebody else's", r)
			}
		}
		assert.Equal(t, components, graphOf(t, stack).Registrations-1, "%s: one registration is the stack's own", stack)
	}
}

func TestEveryResource_IsRegisteredOnce(t *testing.T) {
	for _, stack := range files {
		seen := map[string]bool{}
		for _, r := range graphOf(t, stack).All() {
			urn := r.ParentURN + "$" + r.Type + "::" + r.Name
			assert.False(t, seen[urn], "%s: %s is registered twice", stack, r)
			seen[urn] = true
		}
	}
}

func TestEveryResource_IsMadeByTheOneProvider(t *testing.T) {
	everyResource(t, func(t *testing.T, _ string, r record.Resource) {
		if strings.HasPrefix(r.Type, "aws:") {
			assert.Contains(t, r.Provider, ownProvider, r.String())
		}
	})
}

// The other providers are the two that need no settings: the builder of images and the runner of commands.
func TestEveryResource_IsOfAKnownProvider(t *testing.T) {
	everyResource(t, func(t *testing.T, _ string, r record.Resource) {
		kind, _, _ := strings.Cut(r.Type, ":")
		assert.Contains(t, []string{"aws", "flowcomply", "docker", "command", "pulumi"}, kind, r.String())
		if kind == "pulumi" {
			assert.Equal(t, "pulumi:providers:aws aws", r.String(), "there is one provider of ours")
		}
	})
}

func TestProvider_RefusesOtherAccounts(t *testing.T) {
	for stack, account := range map[string]string{"production": "210987654321", "staging": "210987654321", "local": "000000000000"} {
		provider := graphOf(t, stack).One(t, "pulumi:providers:aws", "aws")
		assert.Equal(t, []any{account}, provider.Get("allowedAccountIds"), stack)
		assert.Equal(t, "ap-southeast-2", provider.Get("region"), stack)
		assert.Equal(t, map[string]any{"project": "flowcomply", "stack": "flowcomply-" + stack, "owner": "platform"}, provider.Get("defaultTags.tags"),
			"%s: a version here would touch every resource with every release", stack)
	}
}

// ignored are the inputs whose drift the program leaves alone, with the reason.
var ignored = map[string]string{
	"aws:ecs/service:Service desiredCount":           "auto-scaling owns it; a deployment must not undo what the load asks for",
	"aws:rds/instance:Instance snapshotIdentifier":   "what an instance was restored from is history; without it the end of a restore would replace the data",
	"aws:rds/instance:Instance restoreToPointInTime": "the same, for a moment in the place of a snapshot",
}

func TestEveryResource_IgnoresNoChangeWithoutAReason(t *testing.T) {
	used := map[string]bool{}
	everyResource(t, func(t *testing.T, _ string, r record.Resource) {
		for _, input := range r.IgnoreChanges {
			used[r.Type+" "+input] = true
			assert.Contains(t, ignored, r.Type+" "+input, r.String())
		}
		if r.Type != "command:local:Command" { // its SDK says so of its triggers
			assert.Empty(t, r.ReplaceOnChanges, r.String())
		}
		assert.False(t, r.DeleteBeforeReplace, r.String())
	})
	assert.Len(t, used, len(ignored), "the table has what nothing ignores")
}

func TestEveryInput_NamesNoMovingVersion(t *testing.T) {
	everyResource(t, func(t *testing.T, _ string, r record.Resource) {
		walk("", r.Plain(), func(path string, value any) {
			text, _ := value.(string)
			if r.Type == "aws:ecs/service:Service" && path == "platformVersion" {
				return // ECS.10: AWS patches the platform under running tasks
			}
			assert.NotContains(t, strings.ToLower(text), ":latest", "%s: %s", r, path)
			assert.NotEqual(t, "latest", strings.ToLower(text), "%s: %s", r, path)
		})
	})
}

// walk calls visit with every value inside a plain one that is neither list nor map, and its path.
func walk(path string, value any, visit func(path string, value any)) {
	at := func(step string) string { return strings.TrimPrefix(path+"."+step, ".") }
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			walk(at(key), inner, visit)
		}
	case []any:
		for i, inner := range v {
			walk(at(fmt.Sprint(i)), inner, visit)
		}
	default:
		visit(path, v)
	}
}
