// Package stackfile edits a Pulumi.<stack>.yaml as a careful person would: values are changed in place, and every other
// byte stays, also comments and encrypted values.
//
// Decisions:
//   - Text is replaced at the positions that the YAML parser gives. Writing the parsed document again would move blank
//     lines, quotes and comments, and nobody would read that diff.
//   - The result is parsed again, and compared with what was wanted, before anybody sees it.
//   - A file is replaced in one step: a killed command leaves the old or the new one.
package stackfile

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/flowcomply/infrastructure/internal/pulumiconfig"
	"github.com/flowcomply/infrastructure/stacks"
)

// Edit is a change of one key of `config`.
type Edit struct {
	// Key is the whole key, such as flowcomply:release.version. In the file it may be spelt otherwise, as release.version,
	// and stays so.
	Key string
	// Value is text, true or false, a json.Number, a list or an object of these; nothing is the empty value.
	Value any
	// Remove takes the key out instead.
	Remove bool
}

// Apply returns the stack file's text with the edits made. It fails rather than lose anything: no edit may touch a key
// that holds a secret, and everything else has to read as before.
func Apply(text []byte, edits []Edit) ([]byte, error) {
	before, err := read(text)
	if err != nil {
		return nil, err
	}
	edited := text
	for _, edit := range edits {
		if holdsSecret(before.config[whole(edit.Key)]) {
			return nil, fmt.Errorf("stack file: %s holds a secret, which is not edited here; use `pulumi config set --secret %[1]s`", edit.Key)
		}
		if edited, err = applyOne(edited, edit); err != nil {
			return nil, fmt.Errorf("stack file: %s: %w", edit.Key, err)
		}
	}
	if err := before.check(edited, edits); err != nil {
		return nil, fmt.Errorf("stack file: %w; edit it by hand", err)
	}
	return edited, nil
}

// applyOne makes one edit, difference by difference. The text is parsed again for each, because each moves the lines below
// it.
func applyOne(text []byte, edit Edit) ([]byte, error) {
	config, err := parse(text)
	if err != nil {
		return nil, err
	}
	var cuts []patch
	key := spelling(config, edit.Key)
	at := find(config, key)
	switch {
	case edit.Remove && at == nil:
		return text, nil
	case edit.Remove:
		cuts = []patch{{path: []string{key}, remove: true}}
	case at == nil:
		cuts = []patch{{path: []string{key}, value: edit.Value}}
	default:
		if cuts, err = differences(at, []string{key}, edit.Value); err != nil {
			return nil, err
		}
	}
	for _, one := range cuts {
		if text, err = one.make(text); err != nil {
			return nil, err
		}
	}
	return text, nil
}

// spelling is how the file spells a key, or the key itself where the file does not have it.
func spelling(config *yaml.Node, key string) string {
	for i := 0; i < len(config.Content); i += 2 {
		if written := config.Content[i].Value; whole(written) == whole(key) {
			return written
		}
	}
	return key
}

// whole is the full key, with namespace, for a key in a stack file.
func whole(written string) string { return pulumiconfig.Key(stacks.Namespace, written) }

// document is a stack file as it reads.
type document struct {
	config map[string]any // by whole key
	rest   map[string]any // the key of its secrets, among others
}

func read(text []byte) (document, error) {
	var all map[string]any
	if err := yaml.Unmarshal(text, &all); err != nil {
		return document{}, fmt.Errorf("stack file: %w", err)
	}
	config, _ := all["config"].(map[string]any)
	if len(config) == 0 {
		return document{}, errors.New("stack file: has no config; give the one that the stack is updated with (-config-file)")
	}
	delete(all, "config")
	keys := make(map[string]any, len(config))
	for _, written := range slices.Sorted(maps.Keys(config)) {
		if _, twice := keys[whole(written)]; twice {
			return document{}, fmt.Errorf("stack file: has %s twice, in two spellings; take one of them out", whole(written))
		}
		keys[whole(written)] = config[written]
	}
	return document{keys, all}, nil
}

// check tells whether the new text reads as the old one with the edits.
func (d document) check(edited []byte, edits []Edit) error {
	after, err := read(edited)
	if err != nil {
		return fmt.Errorf("an edit would break it: %w", err)
	}
	wanted := maps.Clone(d.config)
	for _, edit := range edits {
		wanted[whole(edit.Key)] = edit.Value
		if edit.Remove {
			delete(wanted, whole(edit.Key))
		}
	}
	keys := slices.Concat(slices.Collect(maps.Keys(wanted)), slices.Collect(maps.Keys(after.config)))
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		old, expected := wanted[key]
		got, found := after.config[key]
		if expected != found || !Same(old, got) {
			return fmt.Errorf("%s would not read as wanted", key)
		}
	}
	if !Same(d.rest, after.rest) {
		return errors.New("what is beside config would change")
	}
	return nil
}

// holdsSecret tells whether a value, or a part of it, is encrypted.
func holdsSecret(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		if _, encrypted := v["secure"].(string); encrypted && len(v) == 1 {
			return true
		}
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), holdsSecret)
	case []any:
		return slices.ContainsFunc(v, holdsSecret)
	}
	return false
}
