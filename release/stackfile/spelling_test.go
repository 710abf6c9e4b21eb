package stackfile

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The engine takes `release.version` for flowcomply:release.version, and so does every edit: a second key beside the first
// would leave it to chance which of them counts.
const short = `config:
  owner: platform # ours
  release.version: v1.0.0 # the one value
  flowcomply:config:protection: none
  services:
    backend: {cpu: 256}
  KEY:
    secure: v1:cipher
  other:release.version: v9.0.0
`

func TestApply_EditsAKeyAsTheFileSpellsIt(t *testing.T) {
	for name, row := range map[string]struct {
		edits []Edit
		want  string
	}{
		"another value":   {[]Edit{{Key: "flowcomply:release.version", Value: "v1.1.0"}}, "+  release.version: v1.1.0 # the one value\n-  release.version: v1.0.0 # the one value"},
		"the same value":  {[]Edit{{Key: "flowcomply:release.version", Value: "v1.0.0"}}, ""},
		"out":             {[]Edit{{Key: "flowcomply:owner", Remove: true}}, "-  owner: platform # ours"},
		"an old spelling": {[]Edit{{Key: "flowcomply:protection", Value: "full"}}, "+  flowcomply:config:protection: full\n-  flowcomply:config:protection: none"},
		"a section": {[]Edit{{Key: "flowcomply:services", Value: map[string]any{"backend": map[string]any{"cpu": 512}}}},
			"+    backend: {cpu: 512}\n-    backend: {cpu: 256}"},
		"a new key beside its like": {[]Edit{{Key: "flowcomply:release.pins", Value: map[string]any{"number": 1}}}, "+  flowcomply:release.pins:\n+    number: 1"},
		"another project's":         {[]Edit{{Key: "other:release.version", Value: "v8.0.0"}}, "+  other:release.version: v8.0.0\n-  other:release.version: v9.0.0"},
	} {
		t.Run(name, func(t *testing.T) {
			edited, err := Apply([]byte(short), row.edits)
			require.NoError(t, err)
			assert.Equal(t, row.want, lines(short, string(edited)))
		})
	}
	edited, err := Apply([]byte(short), []Edit{{Key: "flowcomply:release.pins", Value: "x"}})
	require.NoError(t, err)
	assert.Contains(t, string(edited), "  release.version: v1.0.0 # the one value\n  flowcomply:release.pins: x\n", "behind the key of its section")
}

func TestApply_RefusesASecretAndTwoSpellings(t *testing.T) {
	_, err := Apply([]byte(short), []Edit{{Key: "flowcomply:KEY", Value: "plain"}})
	require.ErrorContains(t, err, "flowcomply:KEY holds a secret")
	_, err = Apply([]byte(short+"  flowcomply:owner: another\n"), []Edit{{Key: "flowcomply:release.version", Value: "v1.1.0"}})
	require.ErrorContains(t, err, "has flowcomply:owner twice, in two spellings; take one of them out")
}
