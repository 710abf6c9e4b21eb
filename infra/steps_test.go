package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/record"
	"github.com/flowcomply/infrastructure/verify/inputs"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// These tests hold the order of a release's steps: what waits for what, by way of others too. They do not prove that the
// engine keeps it: package local/tests/ordering does.

const command = "command:local:Command::"

// waits tells whether a resource waits for another, directly or by way of others. Both are "<type>::<name>".
func waits(graph *record.Graph, who, forWhom string) bool {
	seen := map[string]bool{}
	var reach func(at string) bool
	reach = func(at string) bool {
		if seen[at] {
			return false
		}
		seen[at] = true
		kind, name, _ := strings.Cut(at, "::")
		for _, r := range graph.Of(kind) {
			if r.Name != name {
				continue
			}
			for _, on := range ends(r.DependsOn) {
				if on == forWhom || reach(on) {
					return true
				}
			}
		}
		return false
	}
	return reach(who)
}

func TestSteps_AreInOrderAndSideBySide(t *testing.T) {
	for _, stack := range files {
		t.Run(stack, func(t *testing.T) {
			graph := next(t, stack, "v1.1.0", graphOf(t, stack))
			var images, services []string
			for _, r := range graph.Of("docker:index/image:Image") {
				images = append(images, r.Type+"::"+r.Name)
			}
			for _, r := range graph.Of(serviceType) {
				services = append(services, r.Type+"::"+r.Name)
			}
			require.Len(t, images, len(services))
			after := func(who string, all ...string) {
				for _, one := range all {
					assert.True(t, waits(graph, who, one), "%s does not wait for %s", who, one)
					assert.False(t, waits(graph, one, who), "%s waits for %s", one, who)
				}
			}
			for _, r := range graph.All() {
				if r.Custom && !strings.HasPrefix(r.Type, "pulumi:providers:") && r.Name != "preflight" {
					assert.Contains(t, ends(r.DependsOn), command+"preflight", "%s is changed before preflight", r)
				}
			}
			after(command+"migration", append(images, command+"snapshot")...)
			assert.True(t, waits(graphOf(t, stack), command+"migration", "docker:index/image:Image::backend-image"), "what migrates is the new image")
			for _, one := range services {
				after(one, command+"migration")
				after(command+"verify", one)
			}
			for _, all := range [][]string{append(images, command+"snapshot"), services} {
				for _, one := range all {
					for _, other := range all {
						assert.False(t, waits(graph, one, other), "%s waits for %s, which it need not", one, other)
					}
				}
			}
		})
	}
}

func TestVerify_IsTheLastResource(t *testing.T) {
	for _, stack := range files {
		graph := graphOf(t, stack)
		for _, r := range graph.All() {
			assert.False(t, slices.Contains(ends(r.DependsOn), command+"verify"), "%s waits for the verification", r)
		}
		for _, r := range graph.Of(alarmType) {
			assert.True(t, waits(graph, command+"verify", alarmType+"::"+r.Name), "%s: the verification does not wait for %s", stack, r)
		}
		var asked struct{ Outputs outputs.Outputs }
		require.NoError(t, json.Unmarshal([]byte(graph.One(t, "command:local:Command", "verify").Get("stdin").(string)), &asked))
		assert.Equal(t, stack, asked.Outputs.Stack)
	}
}

func TestPreflight_IsAskedAboutTheReleaseAndWhatRuns(t *testing.T) {
	question := func(graph *record.Graph) inputs.Preflight {
		q, err := inputs.ParsePreflight([]byte(graph.One(t, "command:local:Command", "preflight").Get("stdin").(string)))
		require.NoError(t, err)
		return q
	}
	first := question(graphOf(t, "staging"))
	assert.Nil(t, first.Before, "nothing runs before the first release")
	assert.Equal(t, "infra/testdata/app", first.Source)
	assert.Equal(t, "backend/prisma/migrations", first.Migrations)
	assert.Equal(t, ".local/contexts", first.Staging)
	require.Len(t, first.Contexts, 2)
	for i, service := range []string{"backend", "frontend"} {
		assert.Equal(t, service, first.Contexts[i].Folder)
		assert.Equal(t, "Dockerfile", first.Contexts[i].Dockerfile)
		assert.Equal(t, graphOf(t, "staging").One(t, "docker:index/image:Image", service+"-image").Get("build.args.CONTENT"), first.Contexts[i].Content)
	}
	second := question(next(t, "staging", "v1.1.0", graphOf(t, "staging")))
	assert.Equal(t, "v1.1.0", second.Version)
	assert.Equal(t, "v1.0.0", second.Before.Version)
	assert.False(t, second.GoingBack)
}

// Another look is made for another source, and none for an update that is run again after it has pushed some images.
func TestPreflight_IsMadeAgainForAnotherSource(t *testing.T) {
	of := func(kind releaseKind, origin, content, schema string) pulumi.Array {
		decided := release{kind: kind, version: "v1.1.0"}
		decided.Number, decided.Schema.Hash = 2, schema
		decided.Images = map[string]outputs.Image{
			"backend": {Origin: origin, Content: content}, "frontend": {Origin: outputs.Built, Content: "sha256:f"},
		}
		return decided.preflightTriggers()
	}
	first := of(releaseNew, outputs.Built, "sha256:b", "sha256:s")
	assert.Equal(t, first, of(releaseNew, outputs.Existing, "sha256:b", "sha256:s"))
	assert.NotEqual(t, first, of(releaseNew, outputs.Built, "sha256:other", "sha256:s"))
	assert.NotEqual(t, first, of(releaseNew, outputs.Built, "sha256:b", "sha256:other"))
	assert.Equal(t, of(releaseRollback, outputs.Pinned, "sha256:b", "sha256:s"), of(releaseRollback, outputs.Pinned, "sha256:other", "sha256:other"), "nothing is built")
}
