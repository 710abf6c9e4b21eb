package outputs

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/flowcomply/infrastructure/internal/decode"
)

// Verified is the receipt of a verification that passed: it says what was verified. An update exports a release only
// with a receipt for that very release.
type Verified struct {
	Version  string                     `json:"version"` // release, such as v1.2.0
	Number   int                        `json:"number"`  // of the release on this stack
	Services map[string]VerifiedService `json:"services"`
	Outputs  string                     `json:"outputs"` // sha256:<64 hex digits> over all outputs that were verified
}

// VerifiedService is what one service was seen to run.
type VerifiedService struct {
	ImageDigest       string `json:"imageDigest"`       // sha256:<64 hex digits>
	TaskDefinitionArn string `json:"taskDefinitionArn"` // with its revision
}

// Receipt returns the receipt for these outputs. The same outputs give the same receipt, however they are written.
func (o Outputs) Receipt() Verified {
	text, _ := json.Marshal(o) // fields in their order, maps by key; text, numbers and lists cannot fail
	receipt := Verified{
		Version: o.Version, Number: o.Release.Number, Services: map[string]VerifiedService{},
		Outputs: fmt.Sprintf("sha256:%x", sha256.Sum256(text)),
	}
	for name, service := range o.Services {
		receipt.Services[name] = VerifiedService{ImageDigest: service.ImageDigest, TaskDefinitionArn: service.TaskDefinitionArn}
	}
	return receipt
}

// Covers tells whether the receipt is one for these outputs.
func (v Verified) Covers(outputs Outputs) bool { return reflect.DeepEqual(v, outputs.Receipt()) }

// ReadVerified reads the receipt in a JSON report. Without one, the result is empty and covers nothing: the
// verification failed, or an older version of this program made the report.
func ReadVerified(report []byte) Verified {
	var read struct {
		Verified Verified `json:"verified"`
	}
	if json.Unmarshal(report, &read) != nil {
		return Verified{}
	}
	return read.Verified
}

// UpdateQuestion is what an update asks verification: the outputs that the stack is to have, or why nothing can be
// verified.
type UpdateQuestion struct {
	Outputs json.RawMessage `json:"outputs,omitempty"`
	// LeftOut are the parts of the release that the update left out, because it was limited to other resources.
	LeftOut []string `json:"leftOut,omitempty"`
	// NotRolled are the services that run something else than the outputs say, as far as the engine knows. The update was
	// limited, or ECS rolled back tasks that did not become healthy. The checks ask AWS what really runs.
	NotRolled []string `json:"notRolled,omitempty"`
}

// ErrLeftOut is the error of ParseUpdateQuestion where parts of the release were
// left out.
var ErrLeftOut = errors.New("this release cannot be verified, as the update was limited and left out parts of it")

// ParseUpdateQuestion returns the outputs to verify. It is as strict as Parse.
func ParseUpdateQuestion(data []byte) (Outputs, error) {
	var question UpdateQuestion
	if err := decode.Object(data, &question, "that an update asks with"); err != nil {
		return Outputs{}, fmt.Errorf("question: %w", err)
	}
	if len(question.LeftOut) > 0 {
		return Outputs{}, fmt.Errorf("%w:\n  %s\nnext: run `pulumi up` without --target and --exclude",
			ErrLeftOut, strings.Join(question.LeftOut, "\n  "))
	}
	return Parse(question.Outputs)
}
