package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/flowcomply/infrastructure/verify/outputs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// lastOutputs is the engine's own function that a stack reference is made of; asked as a function, it leaves no resource
// in the state.
const lastOutputs = "pulumi:pulumi:readStackOutputs"

// A file backend writes its checkpoint whole, but not what it notes beside it: who reads at that moment, as the program does
// while the engine begins its update, is told "EOF" (gocloud.dev/blob/fileblob, the .attrs files). So it looks again.
const (
	looks = 10
	pause = 100 * time.Millisecond
)

// previous is what a stack exported when its last release was verified.
type previous struct {
	outputs.Outputs                // what this program knows of them
	all             map[string]any // all of them, as they are
}

// previousOutputs reads the outputs of a stack, which the engine keeps on every backend. They are not strictly read: an
// older program exported other ones, and what it did not say is empty. So are the outputs of a stack before its first
// update.
func previousOutputs(ctx *pulumi.Context, stack string) (previous, error) {
	name := fmt.Sprintf("%s/%s/%s", ctx.Organization(), ctx.Project(), stack)
	var answer struct {
		Outputs map[string]any `pulumi:"outputs"`
	}
	type question struct {
		Name string `pulumi:"name"`
	}
	err := ctx.Invoke(lastOutputs, &question{name}, &answer)
	for try := 1; err != nil && try < looks; try++ {
		time.Sleep(pause)
		err = ctx.Invoke(lastOutputs, &question{name}, &answer)
	}
	if err != nil {
		return previous{}, fmt.Errorf("outputs of stack %s: %w", name, err)
	}
	text, err := json.Marshal(answer.Outputs)
	if err != nil {
		return previous{}, fmt.Errorf("outputs of stack %s: %w", name, err)
	}
	was := previous{all: answer.Outputs}
	if err := json.Unmarshal(text, &was.Outputs); err != nil {
		return previous{}, fmt.Errorf("outputs of stack %s: %w; `pulumi stack output` shows them", name, err)
	}
	return was, nil
}
