package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/verify/outputs"
)

// readStackOutputs is the engine's function behind stack references. Called as a function, it leaves no resource in the
// state.
const readStackOutputs = "pulumi:pulumi:readStackOutputs"

// Reads are retried: a file backend can answer EOF while a checkpoint is being written.
const (
	readAttempts = 10
	readPause    = 100 * time.Millisecond
)

// previousOutputs is what a stack exported when its last release was verified; empty before the first.
type previousOutputs struct {
	outputs.Outputs                // what this program knows of them
	all             map[string]any // all of them, unchanged
}

// loadPreviousOutputs reads a stack's outputs, which the engine keeps on every backend. They are not read strictly: what an
// older program did not export is empty.
func loadPreviousOutputs(ctx *pulumi.Context, stack string) (previousOutputs, error) {
	name := fmt.Sprintf("%s/%s/%s", ctx.Organization(), ctx.Project(), stack)
	var answer struct {
		Outputs map[string]any `pulumi:"outputs"`
	}
	request := &struct {
		Name string `pulumi:"name"`
	}{name}
	err := ctx.Invoke(readStackOutputs, request, &answer)
	for attempt := 1; err != nil && attempt < readAttempts; attempt++ {
		time.Sleep(readPause)
		err = ctx.Invoke(readStackOutputs, request, &answer)
	}
	if err != nil {
		return previousOutputs{}, fmt.Errorf("outputs of stack %s: %w", name, err)
	}
	text, err := json.Marshal(answer.Outputs)
	if err != nil {
		return previousOutputs{}, fmt.Errorf("outputs of stack %s: %w", name, err)
	}
	previous := previousOutputs{all: answer.Outputs}
	if err := json.Unmarshal(text, &previous.Outputs); err != nil {
		return previousOutputs{}, fmt.Errorf("outputs of stack %s: %w; `pulumi stack output` shows them", name, err)
	}
	return previous, nil
}
