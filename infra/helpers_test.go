package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// files are the real stack files. These tests know no other configuration.
var files = []string{"production", "staging", "local"}

// The values of operators' secrets in these tests. They must never be seen but where a secret belongs.
const (
	operatorCanary  = "sk-canary-operator-7f3a9c1e"
	pagerDutyCanary = "https://events.pagerduty.com/integration/canary-5be1/enqueue"
	smokeCanary     = `{"email":"smoke@flowcomply.com","password":"canary-smoke-2d44"}`
)

var operatorValues = map[string]string{"ANTHROPIC_API_KEY": operatorCanary, stacks.PagerDutyKey: pagerDutyCanary, stacks.SmokeUser: smokeCanary}

// sourceOf is a real stack file with what an operator sets beside it.
func sourceOf(t testing.TB, stack string) stacks.Source {
	t.Helper()
	source, err := stacks.FromFile("../Pulumi." + stack + ".yaml")
	require.NoError(t, err)
	// The application's source is elsewhere: here only its migrations count.
	source = source.With("flowcomply:release.source", "infra/testdata/app")
	source = source.With("flowcomply:release.gate", "") // another stack's outputs: a test of its own has them
	source = source.WithSecret("flowcomply:ANTHROPIC_API_KEY").WithSecret("flowcomply:" + stacks.SmokeUser)
	if stack == "production" {
		source = source.WithSecret("flowcomply:" + stacks.PagerDutyKey)
	}
	return source
}

// declare records the program with this configuration.
func declare(t testing.TB, stack string, source stacks.Source, options ...record.Option) *record.Graph {
	t.Helper()
	graph, err := try(stack, source, options...)
	require.NoError(t, err)
	return graph
}

// try records the program and its error.
func try(stack string, source stacks.Source, options ...record.Option) (*record.Graph, error) {
	return tryWith(stack, source, func(ctx *pulumi.Context) error { return program(ctx, source) }, options...)
}

// tryWith records any program with the configuration that the engine would give it.
func tryWith(stack string, source stacks.Source, body pulumi.RunFunc, options ...record.Option) (*record.Graph, error) {
	values, secret := map[string]string{}, []string{}
	for key, value := range source.Values {
		if source.Secrets[key] {
			value = operatorValues[strings.TrimPrefix(key, "flowcomply:")]
			secret = append(secret, key)
		}
		values[key] = value
	}
	options = append([]record.Option{record.On(stack), record.Config(values, secret...), verifies()}, options...)
	return record.Try(body, options...)
}

// verifies answers for verify as it does when every check passes: with a receipt for the outputs that it was asked about.
func verifies() record.Option {
	return record.AnswerWith("command:local:Command", "verify", func(inputs resource.PropertyMap) map[string]any {
		var question struct{ Outputs *outputs.Outputs }
		if err := json.Unmarshal([]byte(inputs["stdin"].StringValue()), &question); err != nil || question.Outputs == nil {
			return nil
		}
		report, _ := json.Marshal(map[string]any{"verified": question.Outputs.Receipt()}) // text and numbers alone
		return map[string]any{"stdout": string(report)}
	})
}

var cached sync.Map

// graphOf is the recorded graph of a real stack file. It is recorded once; tests only read it.
func graphOf(t testing.TB, stack string) *record.Graph {
	t.Helper()
	once, _ := cached.LoadOrStore(stack, sync.OnceValues(func() (*record.Graph, error) { return try(stack, sourceOf(t, stack)) }))
	graph, err := once.(func() (*record.Graph, error))()
	require.NoError(t, err)
	return graph
}

// next is the recorded graph of the release after one that was proven, with new images and task definitions.
func next(t testing.TB, stack, version string, before *record.Graph, options ...record.Option) *record.Graph {
	t.Helper()
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(version)))
	answers := []record.Option{record.AnswerCall(readStackOutputs, map[string]any{"outputs": before.Exports.Mappable()})}
	for _, r := range before.Of("docker:index/image:Image") {
		repository, _, _ := strings.Cut(path.Base(r.Get("imageName").(string)), ":")
		answers = append(answers, record.Pushed(repository+":"+version, digest))
	}
	for _, r := range before.Of("aws:ecs/taskDefinition:TaskDefinition") {
		answers = append(answers, record.Answer(r.Type, r.Name, map[string]any{"arn": "arn:aws:ecs:::task-definition/" + r.Name + "-" + version + ":2"}))
	}
	return declare(t, stack, sourceOf(t, stack).With("flowcomply:release.version", version), append(answers, options...)...)
}

// edit changes one section of a source by a function on its decoded JSON.
func edit(t testing.TB, source stacks.Source, section string, change func(map[string]any)) stacks.Source {
	t.Helper()
	var object map[string]any
	require.NoError(t, json.Unmarshal([]byte(source.Values["flowcomply:"+section]), &object), section)
	change(object)
	text, err := json.Marshal(object)
	require.NoError(t, err)
	return source.With("flowcomply:"+section, string(text))
}
