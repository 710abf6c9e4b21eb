package pulumiconfig

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// That the engine hands a program the same, a test in local/ proves with the real one.

func TestRead_TakesKeysAsTheEngineDoes(t *testing.T) {
	got, err := Read("flowcomply", "Pulumi.x.yaml", []byte("\ufeffencryptionsalt: x\nconfig:\n  owner: platform\n  release.version: v1.0.0\n"+
		"  flowcomply:config:protection: none\n  aws:region: r\n  flowcomply:n: 3\n  list: [1, 'a<b']\n  KEY: {secure: AAAA}\n  part: {a: {secure: AAAA}}\n"))
	require.NoError(t, err)
	assert.Equal(t, Config{
		Values: map[string]string{
			"flowcomply:owner": "platform", "flowcomply:release.version": "v1.0.0", "flowcomply:protection": "none", "aws:region": "r",
			"flowcomply:n": "3", "flowcomply:list": `[1,"a\u003cb"]`, "flowcomply:KEY": "[secret]", "flowcomply:part": `{"a":"[secret]"}`,
		},
		Secrets: map[string]bool{"flowcomply:KEY": true, "flowcomply:part": true},
	}, got)
	got, err = Read("flowcomply", "Pulumi.x.json", []byte(`{"config": {"owner": "platform"}}`))
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"flowcomply:owner": "platform"}, got.Values)
	for _, empty := range []string{"", "encryptionsalt: x\n", "config:\n"} {
		got, err = Read("flowcomply", "Pulumi.x.yaml", []byte(empty))
		require.NoError(t, err)
		assert.Empty(t, got.Values)
	}
}

func TestRead_RefusesWhatIsLeftToChance(t *testing.T) {
	for text, want := range map[string]string{
		"config:\n  owner: a\n  flowcomply:owner: b\n":                   `stack file "Pulumi.x.yaml": flowcomply:owner and owner are the same key, flowcomply:owner; take one of them out`,
		"config:\n  flowcomply:config:owner: a\n  flowcomply:owner: a\n": "flowcomply:config:owner and flowcomply:owner are the same key",
		"config:\n  owner: a\n  owner: b\n":                              "already defined",
		"config:\n  a:b:c: d\n":                                          "could not parse a:b:c as a configuration key",
		"config:\n  owner: a\n  3001: b\n":                               "as a configuration key",
		"config: [1]\n":                                                  "Pulumi.x.yaml",
		"- 1\n":                                                          "expected project to be an object",
	} {
		_, err := Read("flowcomply", "Pulumi.x.yaml", []byte(text))
		require.ErrorContains(t, err, want, text)
	}
}

func TestKey_IsWhole(t *testing.T) {
	for written, want := range map[string]string{
		"owner": "flowcomply:owner", "flowcomply:owner": "flowcomply:owner", "flowcomply:config:owner": "flowcomply:owner",
		"aws:region": "aws:region", "release.version": "flowcomply:release.version", "a:b:c": "a:b:c",
	} {
		assert.Equal(t, want, Key("flowcomply", written), written)
	}
}
