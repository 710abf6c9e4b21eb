package stacks_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/flowcomply/infrastructure/stacks"
)

// These tests prove that a stack file read here is what the engine's own code makes of it, and that no secret comes
// along. They do not run an engine: what it adds from elsewhere, such as defaults in Pulumi.yaml, is not seen.

// revealer decrypts to the placeholder, so that both readings can be compared.
type revealer struct{}

func (revealer) DecryptValue(context.Context, string) (string, error) { return stacks.Hidden, nil }

func (revealer) BatchDecrypt(_ context.Context, ciphertexts []string) ([]string, error) {
	out := make([]string, len(ciphertexts))
	for i := range out {
		out[i] = stacks.Hidden
	}
	return out, nil
}

const everyKind = `
config:
  flowcomply:text: "16"
  flowcomply:bare: v1.2.3
  flowcomply:number: 16
  flowcomply:fraction: 0.5
  flowcomply:truth: true
  flowcomply:nothing:
  flowcomply:date: 2026-01-02
  flowcomply:object: {b: [1, "2", true, null], a: {3001: x, d: 2026-01-02}, url: "a<b>&c"}
  flowcomply:list: [a, b]
  flowcomply:KEY: {secure: AAAA}
`

func TestFromFile_ReadsWhatTheEnginePasses(t *testing.T) {
	files := []string{filepath.Join(t.TempDir(), "Pulumi.kinds.yaml")}
	require.NoError(t, os.WriteFile(files[0], []byte(everyKind), 0o600))
	for _, stack := range []string{"production", "staging", "local"} {
		files = append(files, "../Pulumi."+stack+".yaml")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			var parsed struct {
				Config config.Map `yaml:"config"`
			}
			require.NoError(t, yaml.Unmarshal(text, &parsed))
			decrypted, err := parsed.Config.Decrypt(revealer{})
			require.NoError(t, err)
			want := map[string]string{}
			for key, value := range decrypted {
				want[key.String()] = value
			}

			got, err := stacks.FromFile(file)
			require.NoError(t, err)
			assert.Equal(t, want, got.Values)
			assert.Len(t, got.Secrets, len(parsed.Config.SecureKeys()))
			for _, key := range parsed.Config.SecureKeys() {
				assert.True(t, got.Secrets[key.String()], key)
			}
		})
	}
}

// The engine takes a key without a namespace for the project's, and so does everything here.
func TestFromText_TakesAKeyWithoutNamespaceForTheProjects(t *testing.T) {
	for _, stack := range []string{"production", "staging", "local"} {
		text, err := os.ReadFile("../Pulumi." + stack + ".yaml")
		require.NoError(t, err)
		want, err := stacks.FromText(stack, text)
		require.NoError(t, err)
		short := strings.ReplaceAll(string(text), "\n  "+stacks.Namespace+":", "\n  ")
		require.NotEqual(t, string(text), short)
		got, err := stacks.FromText(stack, []byte(short))
		require.NoError(t, err)
		assert.Equal(t, want, got, stack)
	}
	_, err := stacks.FromText("Pulumi.x.yaml", []byte("config:\n  owner: a\n  flowcomply:owner: b\n"))
	require.ErrorContains(t, err, "flowcomply:owner and owner are the same key")
	project, err := os.ReadFile("../Pulumi.yaml")
	require.NoError(t, err)
	assert.Contains(t, string(project), "name: "+stacks.Namespace+"\n")
}

func TestFromFile_TellsWhatItCannotRead(t *testing.T) {
	_, err := stacks.FromFile("Pulumi.absent.yaml")
	require.ErrorIs(t, err, os.ErrNotExist)

	for name, text := range map[string]string{
		"key given twice": "config:\n  flowcomply:a: 1\n  flowcomply:a: 2\n",
		"not a number":    "config:\n  flowcomply:a: .nan\n",
		"not a mapping":   "config: [1]\n",
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "Pulumi.odd.yaml")
			require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
			_, err := stacks.FromFile(file)
			assert.ErrorContains(t, err, "Pulumi.odd.yaml")
		})
	}
}

func TestFromFile_HidesASecretInsideASection(t *testing.T) {
	file := filepath.Join(t.TempDir(), "Pulumi.odd.yaml")
	require.NoError(t, os.WriteFile(file, []byte("config:\n  flowcomply:a: {b: [{secure: AAAA}]}\n"), 0o600))

	got, err := stacks.FromFile(file)
	require.NoError(t, err)
	assert.Equal(t, map[string]bool{"flowcomply:a": true}, got.Secrets)
	assert.Equal(t, stacks.Hidden, got.Values["flowcomply:a"])
}

func TestFromEngine_KeepsNoSecret(t *testing.T) {
	values, err := json.Marshal(map[string]string{"flowcomply:KEY": canary, "flowcomply:EMPTY": "", "flowcomply:owner": "platform"})
	require.NoError(t, err)

	got, err := stacks.FromEngine(string(values), `["flowcomply:KEY","flowcomply:EMPTY"]`)
	require.NoError(t, err)
	assert.Equal(t, stacks.Source{
		Values:  map[string]string{"flowcomply:KEY": stacks.Hidden, "flowcomply:EMPTY": "", "flowcomply:owner": "platform"},
		Secrets: map[string]bool{"flowcomply:KEY": true, "flowcomply:EMPTY": true},
	}, got)
}

func TestFromEngine_RefusesWhatNoEnginePasses(t *testing.T) {
	_, err := stacks.FromEngine(`{"flowcomply:KEY":"`+canary, "")
	require.ErrorContains(t, err, "configuration: values: not what an engine passes")
	assert.NotContains(t, err.Error(), canary)

	_, err = stacks.FromEngine("{}", "{}")
	require.ErrorContains(t, err, "secret keys")

	empty, err := stacks.FromEngine("", "")
	require.NoError(t, err)
	assert.Empty(t, empty.Values)
}
