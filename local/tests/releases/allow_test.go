package releases

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/flowcomply/infrastructure/components/migration"
	"github.com/flowcomply/infrastructure/local/toolchain"
)

// What the refusal of a migration advises works, when it is run as it stands: in a shell, with the real command line, on
// the stack file as it is, and the program then reads every name as text.
func TestAllow_IsACommandThatWorksForEveryName(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	folder, tools := t.TempDir(), toolchain.Ready(root)
	decisions, err := os.ReadFile(filepath.Join(root, "Pulumi.staging.yaml"))
	require.NoError(t, err)
	file := filepath.Join(folder, "Pulumi.staging.yaml")
	require.NoError(t, os.WriteFile(file, decisions, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "Pulumi.yaml"), []byte("name: flowcomply\nruntime: go\n"), 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(folder, "state"), 0o700))
	shell := func(command string) {
		t.Helper()
		run := exec.Command("/bin/sh", "-c", command)
		run.Dir = folder
		run.Env = append(os.Environ(), "PATH="+tools.Bin()+string(os.PathListSeparator)+os.Getenv("PATH"), "PULUMI_HOME="+filepath.Join(folder, "home"),
			"PULUMI_BACKEND_URL=file://"+filepath.Join(folder, "state"), "PULUMI_CONFIG_PASSPHRASE=x", "PULUMI_SKIP_UPDATE_CHECK=true")
		said, err := run.CombinedOutput()
		require.NoError(t, err, "%s: %s", command, said)
	}
	shell("pulumi stack init staging --non-interactive")

	names := []string{
		"20251001090000", "20251001090000_add_status", "20251001090000 with blanks", "-x", "--path", "--", "it's", `say "x"`, "true", "null", "0o17", "1e5", "1.5",
		"$HOME `id` $(id)", "{}", "[0]", "*", "a\\b", "ü 漢字", "007", "# no comment", "a;b", "&", "!",
	}
	for at, name := range names {
		set := migration.Set{{Name: name, SQL: "DROP TABLE x"}}
		_, command, found := strings.Cut(refusal(t, names[:at], set), "allow it: ")
		require.True(t, found)
		shell(command)
		spec := load(t, file)
		require.Equal(t, names[:at+1], spec.AllowDestructive, command)
		require.NoError(t, spec.Check(set), command)
	}

	// Several at once are advised one after another, each in a place of its own.
	require.NoError(t, os.WriteFile(file, decisions, 0o600))
	set := migration.Set{{Name: "1", SQL: "DROP TABLE x; DROP TABLE y"}, {Name: "2", SQL: "DROP TABLE z"}}
	for line := range strings.Lines(refusal(t, nil, set)) {
		if _, command, found := strings.Cut(line, "allow it: "); found {
			shell(command)
		}
	}
	assert.NoError(t, load(t, file).Check(set))
}

// refusal is what is said of a set, where some names are allowed already.
func refusal(t *testing.T, allowed []string, set migration.Set) string {
	t.Helper()
	err := migration.Spec{AllowDestructive: allowed}.Check(set)
	require.Error(t, err)
	return err.Error()
}

// load reads the section of a stack file, as strictly as the program does.
func load(t *testing.T, file string) migration.Spec {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var read struct {
		Config map[string]any `yaml:"config"`
	}
	require.NoError(t, yaml.Unmarshal(text, &read))
	section, err := json.Marshal(read.Config["flowcomply:migration"])
	require.NoError(t, err)
	var spec migration.Spec
	decoder := json.NewDecoder(bytes.NewReader(section))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&spec), string(section))
	return spec
}
