package main

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests run the program on the real stack files and hold what it declares. They do not prove that AWS accepts
// it, nor what the engine makes of options that children inherit: no engine and no provider runs here. An input that
// only a provider computes has the recorder's made-up value.

func TestProgram_DeclaresTheGoldenGraph(t *testing.T) {
	for _, stack := range []string{"production", "staging"} {
		t.Run(stack, func(t *testing.T) { graphOf(t, stack).Golden(t, stack) })
	}
}

// Same text, same program: the order of maps, the clock and the machine reach no input.
func TestProgram_IsTheSameEveryTime(t *testing.T) {
	for _, stack := range files {
		t.Run(stack, func(t *testing.T) {
			first := graphOf(t, stack)
			for range 3 { // the order of a small map is often the same twice
				again := declare(t, stack, sourceOf(t, stack))
				require.Equal(t, first.String(), again.String())
				for i, resource := range first.All() {
					require.Equal(t, withSortedDependencies(resource), withSortedDependencies(again.All()[i]), resource.String())
				}
				require.Equal(t, first.Exports, again.Exports)
			}
		})
	}
}

// withSortedDependencies makes two registrations comparable: the SDK keeps dependencies in a set.
func withSortedDependencies(r record.Resource) record.Resource {
	r.DependsOn = slices.Sorted(slices.Values(r.DependsOn))
	return r
}

// A preview of an empty stack knows nothing that AWS computes. What it shows is still everything that the update does.
func TestProgram_PreviewsWhatItDeclares(t *testing.T) {
	for _, stack := range files {
		t.Run(stack, func(t *testing.T) {
			preview := declare(t, stack, sourceOf(t, stack), record.Preview())
			assert.Equal(t, graphOf(t, stack).String(), preview.String())
			assert.Equal(t, graphOf(t, stack).Registrations, preview.Registrations)
		})
	}
}

// The program asks AWS for two things only, and through its own provider: other credentials see another account.
func TestProgram_AsksOnlyForLoginAndZone(t *testing.T) {
	const login, zone = "aws:ecr/getAuthorizationToken:getAuthorizationToken", "aws:route53/getZone:getZone"
	wanted := map[string][]string{
		"production": {login, login},
		"staging":    {login, login, zone},
		"local":      {login, login},
	}
	for _, stack := range files {
		t.Run(stack, func(t *testing.T) {
			var asked []string
			for _, call := range graphOf(t, stack).Calls() {
				asked = append(asked, call.Token)
				assert.Contains(t, call.Provider, ownProvider, call.Token)
			}
			assert.ElementsMatch(t, wanted[stack], asked)
		})
	}
}
