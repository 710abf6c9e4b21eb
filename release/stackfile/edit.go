// Package stackfile edits a Pulumi.<stack>.yaml as a careful person would: values are changed in place, and every other
// byte stays, also comments and encrypted values.
//
// Decisions:
//   - Lines are replaced at the positions that the YAML parser gives. yamlutil.Edit, which `pulumi config set` uses, writes
//     the whole document again: it drops blank lines, spacing and the comments above a removed key, keeps the quotes and
//     block style of the old value, and puts every new key last. Nobody would read that diff.
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
	if len(edits) == 0 {
		return text, nil
	}
	before, err := read(text)
	if err != nil {
		return nil, fmt.Errorf("stack file: %w", err)
	}
	wanted := maps.Clone(before.config)
	for _, edit := range edits {
		key := before.spelling(edit.Key)
		if holdsSecret(wanted[key]) {
			return nil, fmt.Errorf("stack file: %s holds a secret, which is not edited here; use `pulumi config set --secret %[1]s`", edit.Key)
		}
		wanted[key] = edit.Value
		if edit.Remove {
			delete(wanted, key)
		}
	}
	edited, err := rewrite(text, before.config, wanted)
	if err != nil {
		return nil, fmt.Errorf("stack file: %s: %w", edits[0].Key, err)
	}
	after, err := read(edited)
	if err != nil {
		return nil, fmt.Errorf("stack file: an edit would break it: %w; edit it by hand", err)
	}
	for _, key := range differences(wanted, after.config) {
		return nil, fmt.Errorf("stack file: %s would not read as wanted; edit it by hand", key)
	}
	if !Same(before.rest, after.rest) {
		return nil, errors.New("stack file: what is beside config would change; edit it by hand")
	}
	return edited, nil
}

// document is a stack file as it reads.
type document struct {
	config map[string]any    // by key, as it is spelt
	spelt  map[string]string // how a whole key is spelt
	rest   map[string]any    // the key of its secrets, among others
}

func read(text []byte) (document, error) {
	var all map[string]any
	if err := yaml.Unmarshal(text, &all); err != nil {
		return document{}, err
	}
	config, _ := all["config"].(map[string]any)
	if len(config) == 0 {
		return document{}, errors.New("has no config; give the one that the stack is updated with (--config-file)")
	}
	delete(all, "config")
	spelt := map[string]string{}
	for _, written := range slices.Sorted(maps.Keys(config)) {
		if _, twice := spelt[whole(written)]; twice {
			return document{}, fmt.Errorf("has %s twice, in two spellings; take one of them out", whole(written))
		}
		spelt[whole(written)] = written
	}
	return document{config, spelt, all}, nil
}

// spelling is how the file spells a key, or the key itself where the file does not have it.
func (d document) spelling(key string) string {
	if written, found := d.spelt[whole(key)]; found {
		return written
	}
	return key
}

// whole is the full key, with namespace, for a key in a stack file.
func whole(written string) string { return pulumiconfig.Key(stacks.Namespace, written) }

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
