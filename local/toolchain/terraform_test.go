package toolchain

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests lay files out as Terraform does; that Terraform really lays them out so, and that the program found is
// the provider, they do not prove.

// provider puts a program into a folder by Terraform's unpacked layout.
func provider(t *testing.T, folder, version string, mode os.FileMode) string {
	t.Helper()
	dir := filepath.Join(folder, "registry.terraform.io", "hashicorp", "aws", version, runtime.GOOS+"_"+runtime.GOARCH)
	require.NoError(t, os.MkdirAll(dir, 0o755))
	file := filepath.Join(dir, "terraform-provider-aws_v"+version+"_x5")
	require.NoError(t, os.WriteFile(file, []byte("#!/bin/sh\n"), mode))
	return file
}

func write(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
}

// machine is a home and a shared root without anything of the real machine's.
func machine(t *testing.T) (home, shared string) {
	t.Helper()
	t.Setenv("TF_CLI_CONFIG_FILE", "")
	t.Setenv("TF_PLUGIN_CACHE_DIR", "")
	return t.TempDir(), t.TempDir()
}

func TestFindTerraformProvider_LooksWhereTerraformDoes(t *testing.T) {
	for name, put := range map[string]func(t *testing.T, home, shared string) string{
		"the mirror of ~/.terraformrc": func(t *testing.T, home, _ string) string {
			mirror := t.TempDir()
			write(t, filepath.Join(home, ".terraformrc"), "provider_installation {\n  filesystem_mirror {\n    path = \""+mirror+"\"\n  }\n}\n")
			return mirror
		},
		"the mirror of a configuration named elsewhere": func(t *testing.T, home, _ string) string {
			mirror, config := t.TempDir(), filepath.Join(home, "elsewhere.tfrc")
			write(t, config, "provider_installation {\n  filesystem_mirror { path = \""+mirror+"\" }\n}\n")
			t.Setenv("TF_CLI_CONFIG_FILE", config)
			return mirror
		},
		"the cache of the configuration": func(t *testing.T, home, _ string) string {
			write(t, filepath.Join(home, ".terraformrc"), "plugin_cache_dir = \"$MIRROR_OF_A_TEST/cache\"\n")
			t.Setenv("MIRROR_OF_A_TEST", home)
			return filepath.Join(home, "cache")
		},
		"TF_PLUGIN_CACHE_DIR": func(t *testing.T, home, _ string) string {
			t.Setenv("TF_PLUGIN_CACHE_DIR", filepath.Join(home, "a", "cache"))
			return filepath.Join(home, "a", "cache")
		},
		"the implied mirror":       func(_ *testing.T, home, _ string) string { return filepath.Join(home, ".terraform.d", "plugins") },
		"the cache that we advise": func(_ *testing.T, home, _ string) string { return filepath.Join(home, ".terraform.d", "plugin-cache") },
		"the user's data": func(_ *testing.T, home, _ string) string {
			return filepath.Join(home, ".local/share/terraform/plugins")
		},
		"everybody's data": func(_ *testing.T, _, shared string) string { return filepath.Join(shared, "terraform/plugins") },
		"a shared root":    func(_ *testing.T, _, shared string) string { return shared },
		"a folder in it":   func(_ *testing.T, _, shared string) string { return filepath.Join(shared, "mirror") },
	} {
		t.Run(name, func(t *testing.T) {
			home, shared := machine(t)
			want := provider(t, put(t, home, shared), TerraformVersion, 0o755)
			found, err := findTerraformProvider(home, shared)
			require.NoError(t, err)
			assert.Equal(t, want, found)
		})
	}
}

func TestFindTerraformProvider_PrefersWhatIsConfigured(t *testing.T) {
	home, shared := machine(t)
	provider(t, shared, TerraformVersion, 0o755)
	configured := filepath.Join(home, "configured")
	t.Setenv("TF_PLUGIN_CACHE_DIR", configured)
	want := provider(t, configured, TerraformVersion, 0o755)
	found, err := findTerraformProvider(home, shared)
	require.NoError(t, err)
	assert.Equal(t, want, found)
}

func TestFindTerraformProvider_TellsWhereItLookedAndWhatToDo(t *testing.T) {
	for name, put := range map[string]func(t *testing.T, folder string){
		"nothing":         func(*testing.T, string) {},
		"another version": func(t *testing.T, folder string) { provider(t, folder, "5.99.0", 0o755) },
		"not a program":   func(t *testing.T, folder string) { provider(t, folder, TerraformVersion, 0o644) },
		"a commented mirror": func(t *testing.T, folder string) {
			hidden := filepath.Join(folder, "x", "hidden")
			provider(t, hidden, TerraformVersion, 0o755)
			config := filepath.Join(folder, "tfrc")
			write(t, config, "# path = \""+hidden+"\"\n")
			t.Setenv("TF_CLI_CONFIG_FILE", config)
		},
	} {
		t.Run(name, func(t *testing.T) {
			home, shared := machine(t)
			cache := filepath.Join(home, "my-cache")
			t.Setenv("TF_PLUGIN_CACHE_DIR", cache)
			put(t, shared)
			_, err := findTerraformProvider(home, shared)
			require.Error(t, err)
			for _, part := range []string{
				"terraform-provider-aws 5.100.0 is not on this machine", cache, filepath.Join(home, ".terraform.d", "plugins"), shared,
				"TF_PLUGIN_CACHE_DIR=~/.terraform.d/plugin-cache terraform init", "requires hashicorp/aws 5.100.0",
			} {
				assert.ErrorContains(t, err, part)
			}
		})
	}
}
