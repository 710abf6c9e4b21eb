package stacks

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFingerprint_IsOfWhatIsConfigured(t *testing.T) {
	source := func(values map[string]string, secrets ...string) Source {
		made := Source{Values: values, Secrets: map[string]bool{}}
		for _, key := range secrets {
			made.Secrets[key] = true
		}
		return made
	}
	first := source(map[string]string{"flowcomply:owner": "platform", "flowcomply:site": `{"domain":"a","hosts":[1.0,"b"]}`})
	assert.Regexp(t, `^sha256:[0-9a-f]{64}$`, first.Fingerprint())
	assert.Equal(t, first.Fingerprint(), source(map[string]string{
		"flowcomply:site": `{ "hosts": [1.0, "b"], "domain": "a" }`, "flowcomply:owner": "platform",
	}).Fingerprint(), "the same, written in another way")
	for name, other := range map[string]Source{
		"another value":          source(map[string]string{"flowcomply:owner": "other", "flowcomply:site": `{"domain":"a","hosts":[1.0,"b"]}`}),
		"one key less":           source(map[string]string{"flowcomply:owner": "platform"}),
		"another order of hosts": source(map[string]string{"flowcomply:owner": "platform", "flowcomply:site": `{"domain":"a","hosts":["b",1.0]}`}),
		"another number":         source(map[string]string{"flowcomply:owner": "platform", "flowcomply:site": `{"domain":"a","hosts":[1,"b"]}`}),
		"a secret":               source(map[string]string{"flowcomply:owner": "platform", "flowcomply:site": `{"domain":"a","hosts":[1.0,"b"]}`}, "flowcomply:owner"),
		"text that is cut elsewhere": source(map[string]string{
			"flowcomply:ownerplatform": "", "flowcomply:site": `{"domain":"a","hosts":[1.0,"b"]}`,
		}),
		"nothing": source(nil),
	} {
		assert.NotEqual(t, first.Fingerprint(), other.Fingerprint(), name)
	}
	assert.Equal(t, source(map[string]string{"k": "a"}, "k").Fingerprint(), source(map[string]string{"k": "b"}, "k").Fingerprint(),
		"nothing of a secret's value is in it")
	assert.NotPanics(t, func() { source(map[string]string{"k": "{not JSON", "l": "[1] [2]"}).Fingerprint() })
}
