package simulated

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/flowcomply/infrastructure/verify/outputs"
)

// verifyCommand is how the command of a verification begins.
const verifyCommand = "go run ./verify/cmd/verify "

// verification is what the step that verifies writes to its standard output: the receipt for the outputs that it was asked
// about, as verify's own report has it after checks that all passed. Where verify refuses to check anything, so does this.
// Other commands write nothing of the kind.
func verification(inputs resource.PropertyMap) (report string, is bool, err error) {
	if !strings.HasPrefix(text(inputs, "create"), verifyCommand) {
		return "", false, nil
	}
	var question struct {
		Outputs            *outputs.Outputs // not strictly read: ARNs are made up here
		LeftOut, NotRolled []string
	}
	if err := json.Unmarshal([]byte(text(inputs, "stdin")), &question); err != nil {
		return "", true, fmt.Errorf("verify: %w", err)
	}
	if len(question.LeftOut) > 0 {
		return "", true, fmt.Errorf("verify: %w: %s", outputs.ErrLeftOut, strings.Join(question.LeftOut, "; "))
	}
	if len(question.NotRolled) > 0 { // the check of what the services run would say so
		return "", true, fmt.Errorf("verify: %s", strings.Join(question.NotRolled, "; "))
	}
	if question.Outputs == nil {
		return "", true, errors.New("verify: asked about nothing")
	}
	written, err := json.Marshal(map[string]any{"verified": question.Outputs.Receipt()})
	return string(written), true, err
}
