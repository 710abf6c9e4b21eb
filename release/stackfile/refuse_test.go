package stackfile

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestApply_RefusesRatherThanLoses(t *testing.T) {
	for name, row := range map[string]struct {
		text string
		edit Edit
		want string
	}{
		"a secret":         {file, Edit{Key: "flowcomply:KEY", Value: "plain"}, "stack file: flowcomply:KEY holds a secret, which is not edited here; use `pulumi config set --secret flowcomply:KEY`"},
		"a secret, out":    {file, Edit{Key: "flowcomply:KEY", Remove: true}, "stack file: flowcomply:KEY holds a secret"},
		"a secret in one":  {"config:\n  a:\n    b: [{secure: x}]\n", Edit{Key: "a", Value: "c"}, "stack file: a holds a secret"},
		"no configuration": {"encryptionsalt: x\n", Edit{Key: "a", Value: "b"}, "stack file: has no config; give the one that the stack is updated with (--config-file)"},
		"one in brackets":  {"config: {a: b}\n", Edit{Key: "a", Value: "c"}, "stack file: a: config is not written as a block of lines"},
		"no YAML":          {"config: [\n", Edit{Key: "a", Value: "c"}, "stack file: yaml: "},
		"an anchor that is used elsewhere": {
			"config:\n  a: &x {b: c}\n  d: *x\n", Edit{Key: "a", Value: "e"}, "stack file: an edit would break it: ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			edited, err := Apply([]byte(row.text), []Edit{row.edit})
			require.ErrorContains(t, err, row.want)
			assert.Nil(t, edited)
		})
	}
}

func TestApply_WithoutANewlineAtTheEnd(t *testing.T) {
	edited, err := Apply([]byte("config:\n  a: b"), []Edit{{Key: "c", Value: "d"}})
	require.NoError(t, err)
	assert.Equal(t, "config:\n  a: b\n  c: d\n", string(edited))
}

func TestApply_KeysBesideConfigMayComeBehindIt(t *testing.T) {
	edited, err := Apply([]byte("config:\n  a: ö # ä\n# salt\nencryptionsalt: x\n"), []Edit{{Key: "a", Value: "ü"}, {Key: "c", Value: "d"}})
	require.NoError(t, err)
	assert.Equal(t, "config:\n  a: ü # ä\n  c: d\n# salt\nencryptionsalt: x\n", string(edited))
}

// The real files have every form there is.
func TestApply_OnTheRealFiles(t *testing.T) {
	for _, stack := range []string{"production", "staging", "local"} {
		text, err := os.ReadFile("../../Pulumi." + stack + ".yaml")
		require.NoError(t, err)
		before, err := read(text)
		require.NoError(t, err)
		for key, value := range before.config {
			object, ok := value.(map[string]any)
			if !ok || holdsSecret(value) {
				continue
			}
			for inner := range object {
				changed := map[string]any{"new": "value"}
				for k, v := range object {
					if k != inner {
						changed[k] = v
					}
				}
				edited, err := Apply(text, []Edit{{Key: key, Value: changed}})
				require.NoError(t, err, "%s: %s.%s", stack, key, inner)
				back, err := Apply(edited, []Edit{{Key: key, Value: object}})
				require.NoError(t, err, "%s: %s.%s", stack, key, inner)
				after, err := read(back)
				require.NoError(t, err)
				assert.True(t, Same(before.config, after.config), "%s: %s.%s", stack, key, inner)
			}
		}
	}
}
