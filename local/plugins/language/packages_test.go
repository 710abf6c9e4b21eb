package language

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func pluginJSON(t *testing.T, fields map[string]any) string {
	t.Helper()
	text, err := json.Marshal(fields)
	require.NoError(t, err)
	return string(text)
}

// modules is a program whose providers' SDKs lie beside it.
func modules(t *testing.T) string {
	t.Helper()
	return files(t, map[string]string{
		"go.mod": `module program

go 1.26

require (
	example.com/vendor/pulumi-cloud/sdk v1.2.3
	example.com/plain v1.0.0
	example.com/other v0.1.0 // indirect
)

replace (
	example.com/vendor/pulumi-cloud/sdk => ./cloud
	example.com/plain => ./plain
	example.com/other => ./other
)
`,
		"infra/main.go":                     "package main\n\nfunc main() {}\n",
		"cloud/go.mod":                      "module example.com/vendor/pulumi-cloud/sdk\n",
		"cloud/go/cloud/pulumi-plugin.json": pluginJSON(t, map[string]any{"resource": true}),
		"plain/go.mod":                      "module example.com/plain\n",
		"other/go.mod":                      "module example.com/other\n",
		"other/pulumi-plugin.json": pluginJSON(t, map[string]any{
			"resource": true, "name": "named", "version": "4.5.6", "server": "https://plugins.test"}),
	})
}

func info(root string) *pulumirpc.ProgramInfo {
	return &pulumirpc.ProgramInfo{RootDirectory: root, ProgramDirectory: filepath.Join(root, "infra")}
}

func TestGetRequiredPackages_ReadsThePluginFiles(t *testing.T) {
	root := modules(t)
	host := New("", &bytes.Buffer{}, &bytes.Buffer{})
	answer, err := host.GetRequiredPackages(t.Context(), &pulumirpc.GetRequiredPackagesRequest{Info: info(root)})
	require.NoError(t, err)
	var found []string
	for _, p := range answer.GetPackages() {
		found = append(found, strings.Join([]string{p.GetKind(), p.GetName(), p.GetVersion(), p.GetServer()}, " "))
	}
	assert.ElementsMatch(t, []string{"resource cloud v1.2.3 ", "resource named 4.5.6 https://plugins.test"}, found)

	require.NoError(t, os.WriteFile(filepath.Join(root, "plain", "pulumi-plugin.json"), []byte("{"), 0o644))
	_, err = host.GetRequiredPackages(t.Context(), &pulumirpc.GetRequiredPackagesRequest{Info: info(root)})
	assert.ErrorContains(t, err, `module "example.com/plain": pulumi-plugin.json: `)
}

func TestGetRequiredPackages_NeedsAModule(t *testing.T) {
	host := New("", &bytes.Buffer{}, &bytes.Buffer{})
	_, err := host.GetRequiredPackages(t.Context(), &pulumirpc.GetRequiredPackagesRequest{Info: info(t.TempDir())})
	assert.ErrorContains(t, err, "go mod edit")
}

func TestGetProgramDependencies_ListsGoMod(t *testing.T) {
	root := modules(t)
	host := New("", &bytes.Buffer{}, &bytes.Buffer{})
	for transitive, want := range map[bool][]string{
		false: {"example.com/vendor/pulumi-cloud/sdk", "example.com/plain"},
		true:  {"example.com/vendor/pulumi-cloud/sdk", "example.com/plain", "example.com/other"},
	} {
		answer, err := host.GetProgramDependencies(t.Context(),
			&pulumirpc.GetProgramDependenciesRequest{Info: info(root), TransitiveDependencies: transitive})
		require.NoError(t, err)
		var names []string
		for _, d := range answer.GetDependencies() {
			names = append(names, d.GetName())
			assert.Empty(t, d.GetVersion(), "a module replaced by a folder has no version")
		}
		assert.ElementsMatch(t, want, names)
	}
}
