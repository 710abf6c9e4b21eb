package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Read reads what --outputs names: a file, or standard input for "-".
func Read(name string, stdin io.Reader) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(stdin)
	}
	return os.ReadFile(name)
}

// Parse reads a stack's outputs, which must be those of the stack that is named. Inside an update they are part of
// outputs.UpdateQuestion.
func Parse(data []byte, stack string, inUpdate bool) (outputs.Outputs, error) {
	parse := outputs.Parse
	if inUpdate {
		parse = outputs.ParseUpdateQuestion
	}
	found, err := parse(data)
	if errors.Is(err, outputs.ErrNoOutputs) {
		return outputs.Outputs{}, fmt.Errorf("%w: deploy it first (`pulumi up`), then verify", err)
	}
	// A stack may be given in full, organization/project/stack.
	if err == nil && stack != "" && path.Base(stack) != found.Stack {
		return outputs.Outputs{}, fmt.Errorf("--stack %q: the outputs are those of %q; give the ones that belong together", stack, found.Stack)
	}
	return found, err
}
