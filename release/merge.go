package release

import (
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
	keys := slices.Concat(slices.Collect(maps.Keys(now.Values)), slices.Collect(maps.Keys(then.Values)))
	slices.Sort(keys)
	merged := map[string]any{}
	for _, key := range slices.Compact(keys) {
		name, ours := strings.CutPrefix(key, prefix)
		if !ours || now.Secrets[key] || then.Secrets[key] {
			continue
		}
		if value := m.merge(strings.Split(name, "."), valueOf(now, key), valueOf(then, key), ""); value != absent {
			merged[key] = value
		}
	}
	m.keepSecretsUsed(now, merged)
	var edits []stackfile.Edit
	for _, key := range slices.Compact(keys) {
		value, kept := merged[key]
		text, there := now.Values[key]
		switch {
		case !strings.HasPrefix(key, prefix) || now.Secrets[key] || then.Secrets[key]:
		case !kept && there:
			edits = append(edits, stackfile.Edit{Key: key, Remove: true})
		case kept && (!there || !equal(stacks.Decoded(text), value)):
			edits = append(edits, stackfile.Edit{Key: key, Value: value})
		}
	}
	slices.SortFunc(m.changes, func(a, b Change) int { return strings.Compare(a.Key, b.Key) })
	return edits, m.changes
}

// absent is the value of a key that is not there. No configuration has such a value.
const absent = missing("none")

type missing string

func valueOf(config stacks.Source, key string) any {
	if text, there := config.Values[key]; there {
		return stacks.Decoded(text)
	}
	return absent
}

type merger struct{ changes []Change }

// merge descends to the keys that differ.
func (m *merger) merge(path []string, now, then any, why string) any {
	if equal(now, then) || named(path) {
		return now
	}
	if why == "" {
		why = nonRevertible(path, now)
	}
	if why == "" {
		why = schemaChanged(path, now, then)
	}
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
	keys := slices.Concat(slices.Collect(maps.Keys(now)), slices.Collect(maps.Keys(then)))
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
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
