package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
	"github.com/flowcomply/infrastructure/stacks"
)

// BenchmarkProgram runs the whole program, configuration included, as production with more services. The recorder
// stands in for the engine, so it measures what the program costs by itself; not the engine, which keeps what is
// registered, and not the provider.
func BenchmarkProgram(b *testing.B) {
	for _, services := range []int{2, 20, 100} {
		b.Run(fmt.Sprintf("services=%d", services), func(b *testing.B) {
			source := withServices(b, services)
			var graph *record.Graph
			for b.Loop() {
				graph = declare(b, "production", source)
			}
			b.ReportMetric(float64(len(graph.All())), "resources")
		})
	}
}

// withServices is production with copies of its services up to that number, each with what its original has. They
// answer for paths of the two hosts: more hosts than one certificate can have are refused.
func withServices(t testing.TB, services int) stacks.Source {
	return edit(t, sourceOf(t, "production"), "services", func(set map[string]any) {
		originals := slices.DeleteFunc(slices.Sorted(maps.Keys(set)), func(name string) bool {
			return set[name].(map[string]any)["route"] == nil
		})
		for _, name := range originals {
			route(set[name])["priority"] = 10_000 + route(set[name])["priority"].(float64) // after its copies' paths
		}
		for n := len(set); n < services; n++ {
			original := originals[n%len(originals)]
			name := fmt.Sprintf("%s-%d", original, n)
			text, err := json.Marshal(set[original])
			require.NoError(t, err)
			var one map[string]any
			require.NoError(t, json.Unmarshal(text, &one))
			route(one)["priority"], route(one)["paths"] = n, []string{"/" + name, "/" + name + "/*"}
			set[name] = one
		}
	})
}

func route(service any) map[string]any { return service.(map[string]any)["route"].(map[string]any) }
