package toolchain

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// TerraformVersion is the terraform-provider-aws that pulumi-aws 6.83.4 wraps.
const TerraformVersion = "5.100.0"

// FindTerraformProvider looks for the Terraform AWS provider where Terraform itself looks (its CLI configuration,
// its plugin cache, its implied local mirrors, https://developer.hashicorp.com/terraform/cli/config/config-file)
// and then in the usual roots, by the layout that all of these share.
func FindTerraformProvider() (string, error) {
	home, _ := os.UserHomeDir()
	return findTerraformProvider(home, "/opt", "/usr/local/share", "/usr/share")
}

func findTerraformProvider(home string, shared ...string) (string, error) {
	searched := mirrors(home, shared)
	for _, folder := range searched {
		if found := inMirror(folder); found != "" {
			return found, nil
		}
	}
	// `terraform providers mirror` would leave an archive; only a plugin cache holds the unpacked program.
	return "", fmt.Errorf("terraform-provider-aws %s is not on this machine; searched %s.\n"+
		"In a folder whose configuration requires hashicorp/aws %s, put it into the plugin cache: "+
		"mkdir -p ~/.terraform.d/plugin-cache && TF_PLUGIN_CACHE_DIR=~/.terraform.d/plugin-cache terraform init; "+
		"or name the cache or unpacked mirror that has it in TF_PLUGIN_CACHE_DIR",
		TerraformVersion, strings.Join(searched, ", "), TerraformVersion)
}

// mirrors lists the folders to search, the configured ones first; shared are the roots that all users have.
func mirrors(home string, shared []string) []string {
	config := os.Getenv("TF_CLI_CONFIG_FILE")
	if config == "" {
		config = filepath.Join(home, ".terraformrc")
	}
	folders := configured(config)
	if cache := os.Getenv("TF_PLUGIN_CACHE_DIR"); cache != "" {
		folders = append(folders, cache)
	}
	folders = append(folders, filepath.Join(home, ".terraform.d", "plugins"), filepath.Join(home, ".terraform.d", "plugin-cache"),
		filepath.Join(home, ".local/share/terraform/plugins"))
	for _, root := range append(slices.Clone(shared), home) {
		folders = append(folders, filepath.Join(root, "terraform/plugins"), root)
		below, _ := filepath.Glob(filepath.Join(root, "*", "registry.terraform.io"))
		for _, mirror := range below {
			folders = append(folders, filepath.Dir(mirror))
		}
	}
	return folders
}

var pathSetting = regexp.MustCompile(`^\s*(?:filesystem_mirror\s*\{\s*)?(?:path|plugin_cache_dir)\s*=\s*"([^"]+)"`)

// configured reads the mirrors and the cache that a Terraform CLI configuration names.
func configured(file string) []string {
	in, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer in.Close()
	var folders []string
	for lines := bufio.NewScanner(in); lines.Scan(); {
		if match := pathSetting.FindStringSubmatch(lines.Text()); match != nil {
			folders = append(folders, os.ExpandEnv(match[1]))
		}
	}
	return folders
}

func inMirror(folder string) string {
	platform := runtime.GOOS + "_" + runtime.GOARCH
	pattern := filepath.Join(folder, "registry.terraform.io/hashicorp/aws", TerraformVersion, platform, "terraform-provider-aws*")
	found, _ := filepath.Glob(pattern)
	for _, path := range found {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}
