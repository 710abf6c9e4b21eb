package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests compare two recordings: what a change of configuration changes, and what it leaves alone. They do not
// prove whether the provider updates or replaces what has changed: that takes a preview against real state.

// difference is what became of a graph.
type difference struct {
	added, removed []string            // lines of the golden file, without parents
	changed        map[string][]string // "type name" → the inputs that differ, sorted
}

func between(before, after *record.Graph) difference {
	index := func(g *record.Graph) map[string]record.Resource {
		out := map[string]record.Resource{} // without what the engine is told beside the inputs
		for _, r := range g.All() {
			out[r.Type+" "+r.Name] = r
		}
		return out
	}
	old, now, d := index(before), index(after), difference{changed: map[string][]string{}}
	for _, line := range slices.Sorted(maps.Keys(now)) {
		r := now[line]
		earlier, kept := old[line]
		if !kept {
			d.added = append(d.added, r.Type+" "+r.Name)
			continue
		}
		for key := range union(earlier.Plain(), r.Plain()) {
			if !slices.Contains(r.IgnoreChanges, key) && !assert.ObjectsAreEqual(earlier.Plain()[key], r.Plain()[key]) {
				d.changed[r.Type+" "+r.Name] = append(d.changed[r.Type+" "+r.Name], key)
			}
		}
		slices.Sort(d.changed[r.Type+" "+r.Name])
	}
	for _, line := range slices.Sorted(maps.Keys(old)) {
		if _, kept := now[line]; !kept {
			d.removed = append(d.removed, old[line].String())
		}
	}
	maps.DeleteFunc(d.changed, func(_ string, keys []string) bool { return len(keys) == 0 })
	return d
}

func union(a, b map[string]any) map[string]any {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

func TestBetween_SeesEveryKindOfDifference(t *testing.T) {
	production, staging := graphOf(t, "production"), graphOf(t, "staging")
	assert.Equal(t, difference{changed: map[string][]string{}}, between(production, production))
	d := between(production, staging)
	assert.Contains(t, d.removed, "aws:ec2/subnet:Subnet main-public-c < main")
	assert.Contains(t, d.changed["aws:ec2/subnet:Subnet main-public-a"], "cidrBlock")
	assert.Contains(t, between(staging, production).added, "aws:ec2/subnet:Subnet main-public-c")
}

// A release changes images and what runs them. Nothing else: a rollback is then no more than that either. The migrations
// are those that the stack has, so that their step is not touched.
//
//runbook:1.4#4 holds that a release changes images and what runs them and nothing else, so that going back is no more than that.
func TestRelease_ChangesImagesAndWhatRunsThem(t *testing.T) {
	for _, stack := range files {
		t.Run(stack, func(t *testing.T) {
			first := graphOf(t, stack)
			again := declare(t, stack, sourceOf(t, stack), record.AnswerCall(readStackOutputs, map[string]any{"outputs": first.Exports.Mappable()}))
			assert.Equal(t, difference{changed: map[string][]string{}}, between(first, again), "an update that is proven changes nothing")

			want := map[string][]string{
				"command:local:Command preflight": {"stdin", "triggers"}, "command:local:Command verify": {"stdin"},
			}
			for _, service := range first.Of(serviceType) {
				want["docker:index/image:Image "+service.Name+"-image"] = []string{"build", "imageName"}
				want["aws:ecs/taskDefinition:TaskDefinition "+service.Name+"-task"] = []string{"containerDefinitions", "tags"}
				want["aws:ecs/service:Service "+service.Name] = []string{"taskDefinition"}
			}
			second := next(t, stack, "v1.1.0", first)
			d := between(first, second)
			assert.Equal(t, []string{"command:local:Command snapshot", "flowcomply:snapshot:Snapshot snapshot"}, d.added, "an empty database needs no snapshot")
			assert.Empty(t, d.removed)
			assert.Equal(t, want, d.changed)

			want["command:local:Command snapshot"] = []string{"create", "triggers"}
			assert.Equal(t, difference{changed: want}, between(second, next(t, stack, "v1.2.0", second)))
		})
	}
}

func TestZone_IsAddedWithoutMovingAny(t *testing.T) {
	source := edit(t, sourceOf(t, "staging"), "network", func(network map[string]any) { network["zones"] = []any{"a", "b", "c"} })
	d := between(graphOf(t, "staging"), declare(t, "staging", source))
	assert.Empty(t, d.removed)
	for _, line := range d.added {
		assert.True(t, strings.HasSuffix(line, "-c"), line)
	}
	assert.Len(t, d.added, 8, "three subnets with their associations, and a private route table with its way out")
	for changed := range d.changed {
		assert.NotContains(t, changed, "aws:ec2/subnet:Subnet ", "a subnet moved")
		assert.NotContains(t, changed, "aws:ec2/natGateway:NatGateway ", "an address changed")
	}
}

// A rotation makes one value new, and with it what holds or uses it.
func TestRotation_ChangesOneSecretAndItsReaders(t *testing.T) {
	source := edit(t, sourceOf(t, "production"), "secrets", func(all map[string]any) { all["JWT_SECRET"].(map[string]any)["rotation"] = 1 })
	after := declare(t, "production", source,
		record.Answer("command:local:Command", "jwt-secret-value", map[string]any{"stdout": "another"}),
		record.Answer("aws:secretsmanager/secretVersion:SecretVersion", "jwt-secret", map[string]any{"versionId": "another"}))
	d := between(graphOf(t, "production"), after)
	require.Empty(t, d.added)
	require.Empty(t, d.removed)
	assert.Equal(t, map[string][]string{
		"command:local:Command jwt-secret-value":                    {"triggers"},
		"aws:secretsmanager/secretVersion:SecretVersion jwt-secret": {"secretString"},
		"aws:ecs/taskDefinition:TaskDefinition backend-task":        {"containerDefinitions"},
		"command:local:Command verify":                              {"stdin"}, // another configuration is verified
	}, d.changed)
}
