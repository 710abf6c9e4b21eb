package release

import (
	"maps"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/components/secret"
	"github.com/flowcomply/infrastructure/components/service"
	"github.com/flowcomply/infrastructure/stacks"
)

// nonRevertibleKeys are the keys that never go back, with the reason. They say what the stack is or protect it, or a lower
// value would destroy something. A * matches any one key. A leading ** matches any key with that ending, at any depth.
var nonRevertibleKeys = []struct{ path, why string }{
	{"account", "it says where the stack is"},
	{"naming", "it says what the stack is called"},
	{"environment", "it says what the stack is"},
	{"protection", "what protects data is changed by itself"},
	{"teardown", "what protects data is changed by itself"},
	{"release", "it is set here"},
	{"preflight", "it says how releases are made"},
	{"snapshot", "it says how releases are made"},
	{"drift", "it says what is expected today"},
	{"registry", "images to go back to could expire"},
	{"secrets.*", "secrets stay as they are"},
	{"database.restore", "it says where the data is"},
	{"database.slot", "it says where the data is"},
	{"database.storageGiB", "a disk does not shrink"},
	{"database.maxStorageGiB", "a disk does not shrink"},
	{"database.allowMajorUpgrade", "an engine's version does not go back"},
	{"**engineVersion", "an engine's version does not go back"},
	{"**Rotation", "another number makes a new secret"},
	{"**Days", "a shorter time deletes what is kept"},
}

// nonRevertible says why a key does not go back. It is empty when it does. An entry of a secret that was removed since comes
// back, as the release may need it.
func nonRevertible(path []string, now any) string {
	for _, row := range nonRevertibleKeys {
		if suffix, anywhere := strings.CutPrefix(row.path, "**"); anywhere {
			if strings.HasSuffix(path[len(path)-1], suffix) {
				return row.why
			}
			continue
		}
		pattern := strings.Split(row.path, ".")
		fits := len(path) >= len(pattern)
		for i := 0; fits && i < len(pattern); i++ {
			fits = pattern[i] == path[i] || pattern[i] == "*" && now != absent
		}
		if fits {
			return row.why
		}
	}
	return ""
}

// accessOf is the access that a connection string needs.
var accessOf = map[secret.Source]string{secret.FromDatabase: service.AccessDatabase, secret.FromCache: service.AccessCache}

// keepSecretsUsed leaves a newer secret with the services that have it now. The stack refuses a secret that no service
// reads, and old code ignores it. A connection string also keeps the access that it needs.
func (m *merger) keepSecretsUsed(now stacks.Source, merged map[string]any) {
	kept, _ := merged[prefix+"secrets"].(map[string]any)
	services, _ := merged[prefix+"services"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(kept)) {
		if name == stacks.SmokeUser || used(services, name) {
			continue
		}
		source, _ := lookup(now, "secrets", name, "source").(string)
		for _, of := range servicesOf(now) {
			spec, before := services[of].(map[string]any)
			if !before || !holds(lookup(now, "services", of, "secrets"), name) {
				continue
			}
			m.keep(now, spec, of, "secrets", name)
			if access := accessOf[secret.Source(source)]; access != "" && !holds(spec["access"], access) {
				m.keep(now, spec, of, "access", access)
			}
		}
	}
}

// used tells whether any service reads a secret.
func used(services map[string]any, name string) bool {
	for _, one := range services {
		if spec, _ := one.(map[string]any); holds(spec["secrets"], name) {
			return true
		}
	}
	return false
}

func holds(list any, item string) bool {
	items, _ := list.([]any)
	return slices.Contains(items, any(item))
}

// keep adds an item to a list of a service, and corrects the change that is shown for it.
func (m *merger) keep(now stacks.Source, spec map[string]any, of, field, item string) {
	items, _ := spec[field].([]any)
	spec[field] = append(slices.Clone(items), item)
	key, same := "services."+of+"."+field, equal(spec[field], lookup(now, "services", of, field))
	m.changes = slices.DeleteFunc(m.changes, func(c Change) bool { return same && c.Key == key })
	for i := range m.changes {
		if m.changes[i].Key == key {
			m.changes[i].Then = show(spec[field])
		}
	}
}
