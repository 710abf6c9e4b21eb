package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/flowcomply/infrastructure/verify"
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

// lastProven reads the outputs of a stack's last successful update, which the engine keeps on every backend: what was
// proven there. They are not strictly read: an older program exported other ones, and what it did not say is empty. So are
// the outputs of a stack before its first update.
func lastProven(ctx *pulumi.Context, stack string) (verify.Outputs, error) {
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
		return verify.Outputs{}, fmt.Errorf("outputs of stack %s: %w", name, err)
	}
	text, err := json.Marshal(answer.Outputs)
	if err != nil {
		return verify.Outputs{}, fmt.Errorf("outputs of stack %s: %w", name, err)
	}
	var before verify.Outputs
	if err := json.Unmarshal(text, &before); err != nil {
		return verify.Outputs{}, fmt.Errorf("outputs of stack %s: %w; `pulumi stack output` shows them", name, err)
	}
	return before, nil
}
