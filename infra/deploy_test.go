package main

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
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
// What secrets are made of is known here all the same: mocks cannot pass on a secret whose value is not known.
func TestProgram_PreviewsWhatItDeclares(t *testing.T) {
	known := map[string]map[string]any{
		"command:local:Command":                             {"stdout": "generated"},
		"aws:rds/instance:Instance":                         {"address": "database.example", "endpoint": "database.example:5432", "port": 5432},
		"aws:elasticache/replicationGroup:ReplicationGroup": {"primaryEndpointAddress": "cache.example"},
	}
	for _, stack := range files {
		t.Run(stack, func(t *testing.T) {
			options := []record.Option{record.Preview()}
			for typ, outputs := range known {
				for _, r := range graphOf(t, stack).Of(typ) {
					options = append(options, record.Answer(typ, r.Name, outputs))
				}
			}
			preview := declare(t, stack, sourceOf(t, stack), options...)
			assert.Equal(t, graphOf(t, stack).String(), preview.String())
			assert.Equal(t, graphOf(t, stack).Registrations, preview.Registrations)
		})
	}
}

// The SDK takes a component in DependsOn for those of its children that happen to be registered by then, and registers
// each in the background: such a list differs from run to run, and what is missing in it is not waited for.
func TestProgram_WaitsForNoComponent(t *testing.T) {
	for _, stack := range files {
		t.Run(stack, func(t *testing.T) {
			source := sourceOf(t, stack)
			var mutex sync.Mutex
			waits, uncertain := 0, []string{}
			observe := func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
				snapshot, err := pulumi.NewResourceOptions(args.Opts...)
				mutex.Lock()
				defer mutex.Unlock()
				if err != nil {
					uncertain = append(uncertain, args.Name+": "+err.Error())
					return nil
				}
				for _, on := range snapshot.DependsOn {
					waits++
					if _, custom := on.(pulumi.CustomResource); !custom {
						uncertain = append(uncertain, fmt.Sprintf("%s %s waits for a %T", args.Type, args.Name, on))
					}
				}
				return nil
			}
			_, err := tryWith(stack, source, func(ctx *pulumi.Context) error {
				if err := ctx.RegisterStackTransformation(observe); err != nil {
					return err
				}
				return program(ctx, source)
			})
			require.NoError(t, err)
			assert.Greater(t, waits, 10, "the transformation saw nothing")
			slices.Sort(uncertain)
			assert.Empty(t, slices.Compact(uncertain))
		})
	}
}

// The program asks AWS for three things only, and through its own provider: other credentials see another account. What
// the registry holds it asks for a new release alone.
func TestProgram_AsksOnlyForLoginZoneAndHeldImages(t *testing.T) {
	const login, zone = "aws:ecr/getAuthorizationToken:getAuthorizationToken", "aws:route53/getZone:getZone"
	const held = "aws:ecr/getImage:getImage"
	wanted := map[string][]string{
		"production": {login, held, held, held, held}, // one login, however many images there are; each before its build and after
		"staging":    {login, held, held, held, held, zone},
		"local":      {login, held, held, held, held},
	}
	for _, stack := range files {
		t.Run(stack, func(t *testing.T) {
			var asked []string
			for _, call := range graphOf(t, stack).Calls() {
				if call.Token == readStackOutputs {
					continue // asks the engine, not AWS
				}
				asked = append(asked, call.Token)
				assert.Contains(t, call.Provider, ownProvider, call.Token)
			}
			assert.ElementsMatch(t, wanted[stack], asked)
			settled := declare(t, stack, sourceOf(t, stack), record.AnswerCall(readStackOutputs, map[string]any{"outputs": graphOf(t, stack).Exports.Mappable()}))
			for _, call := range settled.Calls() {
				assert.NotEqual(t, held, call.Token)
			}
		})
	}
}
