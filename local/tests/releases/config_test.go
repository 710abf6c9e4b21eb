package releases

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/flowcomply/infrastructure/internal/pulumiconfig"
)

// handedOn names the variable with the file that a program writes to what the engine has passed it.
const handedOn = "RELEASES_TEST_HANDED_ON"

// passed is the configuration of a program.
type passed struct{ Values, Secrets string }

// handOn is a program without resources.
func handOn() int {
	text, err := json.Marshal(passed{os.Getenv(pulumi.EnvConfig), os.Getenv(pulumi.EnvConfigSecretKeys)})
	if err == nil {
		err = os.WriteFile(os.Getenv(handedOn), text, 0o600)
	}
	if err != nil {
		return 1
	}
	return 0
}

// nasty has every kind of key and value that somebody may write into a stack file. CIPHER is a secret, encrypted.
const nasty = `config:
  short: without the project's name
  release.version: v1.0.0
  flowcomply:config:old: an old spelling
  aws:region: eu-west-1
  pulumi:tags: {a: b}
  flowcomply:text: "16"
  flowcomply:number: 16
  flowcomply:negative: -3
  flowcomply:octal: 0o17
  flowcomply:leading: 007
  flowcomply:hex: 0x1F
  flowcomply:underscored: 1_000
  flowcomply:big: 18446744073709551615
  flowcomply:huge: 123456789012345678901234567890
  flowcomply:fraction: 0.50
  flowcomply:exponent: 1e3
  flowcomply:tiny: 1e-7
  flowcomply:truth: true
  flowcomply:yes: yes
  flowcomply:nothing:
  flowcomply:tilde: ~
  flowcomply:empty: ""
  flowcomply:date: 2026-01-02
  flowcomply:time: 2026-01-02T03:04:05.678Z
  flowcomply:markup: <a href="x">&amp;</a>
  flowcomply:quoted: 'it''s "so"'
  flowcomply:block: |
    two
    lines
  flowcomply:list: [a, "2", 3, 0.50, 1e21, true, null]
  flowcomply:object: {z: 1, a: {3001: x, true: y, day: 2026-01-02}, url: "a<b>&c", "\u2028": "é"}
  flowcomply:anchor: &x {k: v}
  flowcomply:alias: *x
  flowcomply:merged: {<<: *x, more: 1}
  flowcomply:unlike: {secure: [1]}
  flowcomply:beside: {secure: text, other: 1}
  flowcomply:SECRET: {secure: CIPHER}
  flowcomply:inside: {list: [{secure: CIPHER}], plain: 1}
`

func TestConfig_IsReadAsTheEnginePassesIt(t *testing.T) {
	t.Parallel()
	f, _ := stack(t)
	var operators struct {
		Salt   string `yaml:"encryptionsalt"`
		Config struct {
			Key struct {
				Secure string `yaml:"secure"`
			} `yaml:"flowcomply:ANTHROPIC_API_KEY"`
		} `yaml:"config"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(f.text()), &operators))
	require.NotEmpty(t, operators.Config.Key.Secure)
	text := "encryptionsalt: " + operators.Salt + "\n" + strings.ReplaceAll(nasty, "CIPHER", operators.Config.Key.Secure)
	f.write(text)
	file := filepath.Join(t.TempDir(), "passed")
	f.env = append(f.env, handedOn+"="+file)
	f.pulumi("preview", "--stack", "local", "--config-file", f.file)

	written, err := os.ReadFile(file)
	require.NoError(t, err)
	var got passed
	require.NoError(t, json.Unmarshal(written, &got))
	values, secrets := map[string]string{}, []string{}
	require.NoError(t, json.Unmarshal([]byte(got.Values), &values))
	require.NoError(t, json.Unmarshal([]byte(got.Secrets), &secrets))
	read, err := pulumiconfig.Read("flowcomply", f.file, []byte(text))
	require.NoError(t, err)
	require.Greater(t, len(values), 35)
	for key, value := range values {
		assert.Equal(t, strings.ReplaceAll(value, "placeholder-of-an-emulated-stack", "[secret]"), read.Values[key], key)
	}
	assert.Len(t, read.Values, len(values))
	assert.ElementsMatch(t, []string{"flowcomply:SECRET", "flowcomply:inside"}, secrets)
	assert.Equal(t, map[string]bool{"flowcomply:SECRET": true, "flowcomply:inside": true}, read.Secrets)
	assert.Equal(t, "without the project's name", values["flowcomply:short"])
}
