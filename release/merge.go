package release

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/release/stackfile"
	"github.com/flowcomply/infrastructure/stacks"
)

// Change is one key that differs between today's configuration and that of the release to go back to.
type Change struct {
	Key           string // without namespace, such as services.backend.cpu
	Now           string // none where it is not there
	Then          string
	NonRevertible string // why it does not go back; empty when it does
}

// Merge returns the edits that give the stack file the configuration of then, except for keys that never go back, and every
// key that differs, sorted. Secrets stay as they are: neither configuration holds one.
func Merge(now, then stacks.Source) ([]stackfile.Edit, []Change) {
	m := &merger{}
	is, was, merged := readable(now, then), readable(then, now), map[string]any{}
	for _, key := range keys(is, was) {
		path := strings.Split(strings.TrimPrefix(key, prefix), ".")
		if value := m.merge(path, inner(is, key), inner(was, key), ""); value != absent {
			merged[key] = value
		}
	}
	m.keepSecretsUsed(now, merged)
	var edits []stackfile.Edit
	for _, key := range keys(is, was) {
		value, kept := merged[key]
		switch present := inner(is, key); {
		case !kept && present != absent:
			edits = append(edits, stackfile.Edit{Key: key, Remove: true})
		case kept && !equal(present, value):
			edits = append(edits, stackfile.Edit{Key: key, Value: value})
		}
	}
	slices.SortFunc(m.changes, func(a, b Change) int { return strings.Compare(a.Key, b.Key) })
	return edits, m.changes
}

// absent is the value of a key that is not there. No configuration has such a value.
const absent = missing("none")

type missing string

// readable are a configuration's values of ours, without those that it or another one keeps as secrets.
func readable(config, other stacks.Source) map[string]any {
	values := map[string]any{}
	for key, text := range config.Values {
		if strings.HasPrefix(key, prefix) && !config.Secrets[key] && !other.Secrets[key] {
			values[key] = stacks.Decoded(text)
		}
	}
	return values
}

// keys are those of either object, sorted.
func keys(a, b map[string]any) []string {
	either := map[string]any{}
	maps.Copy(either, a)
	maps.Copy(either, b)
	return slices.Sorted(maps.Keys(either))
}

type merger struct{ changes []Change }

// merge descends to the keys that differ.
func (m *merger) merge(path []string, now, then any, why string) any {
	if equal(now, then) || named(path) {
		return now
	}
	why = cmp.Or(why, nonRevertible(path, now), schemaChanged(path, now, then))
	a, isObject := now.(map[string]any)
	b, wasObject := then.(map[string]any)
	if isObject && wasObject {
		return m.inside(path, a, b, why)
	}
	m.changes = append(m.changes, Change{Key: strings.Join(path, "."), Now: show(now), Then: show(then), NonRevertible: why})
	if why != "" {
		return now
	}
	return then
}

// named tells whether a key names the release, which setRelease sets.
func named(path []string) bool {
	return len(path) > 1 && path[0] == "release" && (path[1] == "version" || path[1] == "pins")
}

func (m *merger) inside(path []string, now, then map[string]any, why string) any {
	merged := map[string]any{}
	for _, key := range keys(now, then) {
		if value := m.merge(append(slices.Clone(path), key), inner(now, key), inner(then, key), why); value != absent {
			merged[key] = value
		}
	}
	return merged
}

func inner(object map[string]any, key string) any {
	if value, there := object[key]; there {
		return value
	}
	return absent
}
