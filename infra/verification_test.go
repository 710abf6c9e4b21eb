package main

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// These tests hold what is exported by what the engine answers with for the parts of a release. They do not prove what the
// engine answers in an update that is limited: local/tests/limited does, with the real engine.

const (
	commandType = "command:local:Command"
	buildType   = "docker:index/image:Image"
)

// stale answers for resources of a release as the engine does where an update leaves them out: with the outputs that the
// release before gave them.
func stale(t *testing.T, before *record.Graph, parts map[string][]string) []record.Option {
	t.Helper()
	var options []record.Option
	for typ, names := range parts {
		for _, name := range names {
			outputs := before.One(t, typ, name).Plain()
			options = append(options, record.Answer(typ, name, outputs))
		}
	}
	return options
}

// verifyAsked is what verify was asked.
func verifyAsked(t *testing.T, graph *record.Graph) (question outputs.UpdateQuestion) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(graph.One(t, commandType, "verify").Get("stdin").(string)), &question))
	return question
}

func versionOf(graph *record.Graph) any { return graph.Exports.Mappable()["version"] }

func TestExports_NameTheReleaseThatWasVerified(t *testing.T) {
	first := graphOf(t, "staging")
	second := next(t, "staging", "v1.1.0", first)
	assert.Equal(t, "v1.1.0", versionOf(second))
	assert.Empty(t, verifyAsked(t, second).LeftOut)
	assert.NotEmpty(t, verifyAsked(t, second).Outputs)
}

// A receipt for anything else is none: of the release before, of nothing, of other outputs, or a text that is no report.
func TestExports_StayWhereTheReceiptIsForSomethingElse(t *testing.T) {
	first := graphOf(t, "staging")
	receiptOf := func(change func(*outputs.Outputs)) record.Option {
		return record.AnswerWith(commandType, "verify", func(inputs resource.PropertyMap) map[string]any {
			var question struct{ Outputs outputs.Outputs }
			_ = json.Unmarshal([]byte(inputs["stdin"].StringValue()), &question) // an empty one has no receipt that covers it
			change(&question.Outputs)
			text, _ := json.Marshal(map[string]any{"verified": question.Outputs.Receipt()})
			return map[string]any{"stdout": string(text)}
		})
	}
	for name, answer := range map[string]record.Option{
		"the release before":      record.Answer(commandType, "verify", map[string]any{"stdout": `{"verified":{"version":"v1.0.0","number":1}}`}),
		"a report without one":    record.Answer(commandType, "verify", map[string]any{"stdout": `{"stack":"staging","version":"v1.1.0"}`}),
		"no report":               record.Answer(commandType, "verify", map[string]any{"stdout": "v1.1.0"}),
		"another version":         receiptOf(func(o *outputs.Outputs) { o.Version = "v1.0.0" }),
		"another number":          receiptOf(func(o *outputs.Outputs) { o.Release.Number = 7 }),
		"another output":          receiptOf(func(o *outputs.Outputs) { o.AlarmNames = o.AlarmNames[1:] }),
		"another digest":          receiptOf(func(o *outputs.Outputs) { changeBackend(o, func(s *outputs.Service) { s.ImageDigest = record.Digest }) }),
		"another task definition": receiptOf(func(o *outputs.Outputs) { changeBackend(o, func(s *outputs.Service) { s.TaskDefinitionArn += "0" }) }),
	} {
		t.Run(name, func(t *testing.T) {
			second := next(t, "staging", "v1.1.0", first, answer)
			assert.Equal(t, first.Exports.Mappable(), second.Exports.Mappable(), "not those of the release that was verified last")
		})
	}
}

func changeBackend(o *outputs.Outputs, change func(*outputs.Service)) {
	backend := o.Services["backend"]
	change(&backend)
	o.Services = maps.Clone(o.Services)
	o.Services["backend"] = backend
}

// Each part of a release that an update leaves out is seen and named, whatever verify says of it: it is asked nothing that
// it could confirm.
func TestExports_StayWhereAPartWasLeftOut(t *testing.T) {
	first := graphOf(t, "staging")
	second := next(t, "staging", "v1.1.0", first)
	for name, row := range map[string]struct {
		parts map[string][]string
		names string
	}{
		"preflight":       {map[string][]string{commandType: {"preflight"}}, "preflight was run for"},
		"image":           {map[string][]string{buildType: {"backend-image"}}, "backend-image is a build of"},
		"task definition": {map[string][]string{taskType: {"frontend-task"}}, "frontend has a task definition for"},
	} {
		t.Run(name, func(t *testing.T) {
			limited := next(t, "staging", "v1.1.0", first, stale(t, first, row.parts)...)
			question := verifyAsked(t, limited)
			assert.Empty(t, string(question.Outputs))
			require.NotEmpty(t, question.LeftOut)
			assert.Contains(t, question.LeftOut[0], row.names)
			assert.Equal(t, first.Exports.Mappable(), limited.Exports.Mappable())
		})
	}
	// A service that runs something else may have been left out, or have gone back by itself: the checks tell, and whatever
	// they say, nothing is exported.
	limited := next(t, "staging", "v1.1.0", first, stale(t, first, map[string][]string{serviceType: {"backend"}})...)
	question := verifyAsked(t, limited)
	assert.NotEmpty(t, string(question.Outputs))
	require.Len(t, question.NotRolled, 1)
	assert.Contains(t, question.NotRolled[0], "backend runs ")
	assert.Equal(t, first.Exports.Mappable(), limited.Exports.Mappable())

	third := next(t, "staging", "v1.2.0", second, stale(t, second, map[string][]string{commandType: {"snapshot"}})...)
	assert.Contains(t, verifyAsked(t, third).LeftOut[0], "snapshot was run for")
	assert.Equal(t, "v1.1.0", versionOf(third))
}

// A later version of the program may write the command of a step in another way. That changes nothing of a stack that is
// otherwise unchanged: no step is made again, the verification neither. What the engine makes of it, local/tests holds.
func TestSteps_OfAnUnchangedStackIgnoreHowTheirCommandIsWritten(t *testing.T) {
	for _, stack := range files {
		t.Run(stack, func(t *testing.T) {
			before := next(t, stack, "v1.1.0", graphOf(t, stack))
			again := next(t, stack, "v1.1.0", before)
			steps := 0
			for _, step := range again.Of(commandType) {
				if isStep(step) {
					steps++
					assert.Equal(t, []string{"create", "stdin", "triggers", "update"}, step.IgnoreChanges, step.Name)
				}
			}
			assert.Equal(t, 4, steps, "preflight, snapshot, migration and verify")
			assert.Equal(t, before.Exports.Mappable(), again.Exports.Mappable())

			changed := next(t, stack, "v1.1.0", before, record.Answer(taskType, "frontend-task", map[string]any{"arn": "arn:aws:ecs:::task-definition/frontend-task:3"}))
			assert.Empty(t, changed.One(t, commandType, "verify").IgnoreChanges, "other outputs have to be verified")
		})
	}
}

// isStep tells whether a command is a step of a release, and none that makes a value once for ever.
func isStep(command record.Resource) bool {
	create, _ := command.Get("create").(string)
	return !strings.HasPrefix(create, "go run ./components/secret/cmd/generate ") && !strings.HasPrefix(create, "go run ./cmd/step mail ")
}

func TestExports_AreNoneBeforeTheFirstVerification(t *testing.T) {
	limited := declare(t, "staging", sourceOf(t, "staging"), record.Answer(commandType, "verify", map[string]any{"stdout": ""}))
	assert.Empty(t, limited.Exports)
}

func TestExports_AreNoneOfAFailedVerification(t *testing.T) {
	graph, err := try("staging", sourceOf(t, "staging"), record.Fail(commandType, "verify", errors.New("1 of 52 checks failed")))
	require.ErrorContains(t, err, "1 of 52 checks failed")
	assert.Empty(t, graph.Exports)
}
