package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
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
	found := fit(raw, &out)
	for _, p := range out.problems() {
		if !found.covers(p.path) {
			found = append(found, p)
		}
	}
	if len(found) > 0 {
		return Outputs{}, fmt.Errorf("stack outputs: %w", found.err())
	}
	return out, nil
}

// Validate returns every value that cannot be right, joined in one error.
func (o Outputs) Validate() error { return o.problems().err() }

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

// problem is one thing wrong with one value.
type problem struct{ path, why string }

type problems []problem

func (p *problems) add(path, why string, args ...any) {
	*p = append(*p, problem{path, fmt.Sprintf(why, args...)})
}

// covers says whether path or something that holds it was complained about, so
// that a missing field is not called malformed too.
func (p problems) covers(path string) bool {
	for _, known := range p {
		if path == known.path || strings.HasPrefix(path, known.path+".") || strings.HasPrefix(path, known.path+"[") {
			return true
		}
	}
	return false
}

func (p problems) err() error {
	errs := make([]error, 0, len(p))
	for _, one := range p {
		errs = append(errs, fmt.Errorf("%s: %s", one.path, one.why))
	}
	return errors.Join(errs...)
}
