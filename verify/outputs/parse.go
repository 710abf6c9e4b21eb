package outputs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/flowcomply/infrastructure/internal/decode"
)

// ErrNoOutputs is what Parse returns for a stack that exports nothing.
var ErrNoOutputs = errors.New("the stack has no outputs")

// Parse reads what `pulumi stack output --json` prints. It is strict: a field
// that is unknown, missing, of another type, masked as secret or malformed is an
// error, and the error lists all of them.
func Parse(data []byte) (Outputs, error) {
	raw, err := decodeObject(data)
	if err != nil {
		return Outputs{}, fmt.Errorf("stack outputs: %w", err)
	}
	if len(raw) == 0 {
		return Outputs{}, fmt.Errorf("stack outputs: %w", ErrNoOutputs)
	}
	var out Outputs
	found := decode.Fit(raw, &out)
	for _, p := range out.problems() {
		if !found.Covers(p.Path) {
			found = append(found, p)
		}
	}
	if len(found) > 0 {
		return Outputs{}, fmt.Errorf("stack outputs: %w", found.Err())
	}
	return out, nil
}

// Validate returns every value that cannot be right, joined in one error.
func (o Outputs) Validate() error { return o.problems().Err() }

func decodeObject(data []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var raw map[string]any
	if err := decoder.Decode(&raw); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, ErrNoOutputs
		}
		return nil, fmt.Errorf("not the JSON object that `pulumi stack output --json` prints: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more text follows the JSON object: pass the output of one stack")
	}
	return raw, nil
}
