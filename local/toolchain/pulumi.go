package toolchain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/flowcomply/infrastructure/local/plugins/aws"
)

// The versions that the program is written against. The command and docker versions are those of the SDKs in
// the program's go.mod; a test compares them.
const (
	PulumiVersion  = "3.259.0"
	commandVersion = "1.2.1"
	dockerVersion  = "4.10.0"
	awsVersion     = aws.Version
)

// cli is the installed Pulumi CLI when it is the pinned version, or one built from its pinned sources.
func (t Tools) cli(ctx context.Context) (string, error) {
	if installed, err := exec.LookPath("pulumi"); err == nil {
		if out, err := exec.CommandContext(ctx, installed, "version").Output(); err == nil && strings.TrimSpace(string(out)) == "v"+PulumiVersion {
			return installed, nil
		}
	}
	return t.build(ctx, "toolchain/cli", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", filepath.Join(t.Bin(), "pulumi"))
}

// languageHost is the one installed beside the CLI, or the stand-in.
func (t Tools) languageHost(ctx context.Context) (string, error) {
	// `make env` puts our own folder into PATH: what is there is the stand-in, which may have to be built again.
	if installed, err := exec.LookPath("pulumi-language-go"); err == nil && filepath.Dir(installed) != t.Bin() {
		return installed, nil
	}
	return t.build(ctx, ".", "./cmd/pulumi-language-go", filepath.Join(t.Bin(), "pulumi-language-go"))
}

// plugin is an official plugin that is installed for the user, or the stand-in of its name.
func (t Tools) plugin(name, version string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		folder, official, err := t.officialPlugin(name, version)
		if err != nil || official {
			return folder, err
		}
		program := "pulumi-resource-" + name
		built, err := t.build(ctx, ".", "./cmd/"+program, t.built(program))
		if err != nil {
			return "", err
		}
		return folder, link(built, filepath.Join(folder, program))
	}
}

// awsPlugin is the official plugin, or the stand-in with the bridge and the Terraform provider beside it.
func (t Tools) awsPlugin(ctx context.Context) (string, error) {
	folder, official, err := t.officialPlugin("aws", awsVersion)
	if err != nil || official {
		return folder, err
	}
	provider, err := FindTerraformProvider()
	if err != nil {
		return "", err
	}
	// The proxy looks for the others beside itself, and a link to it leads back here.
	_, err = t.build(ctx, "toolchain/bridge", "github.com/pulumi/pulumi-terraform-bridge/v3/dynamic", t.built(aws.BridgeName))
	if err != nil {
		return "", err
	}
	if _, err := t.build(ctx, ".", "./cmd/terraform-provider-aws", t.built(aws.TerraformName)); err != nil {
		return "", err
	}
	proxy, err := t.build(ctx, ".", "./cmd/pulumi-resource-aws", t.built("pulumi-resource-aws"))
	if err != nil {
		return "", err
	}
	return folder, errors.Join(
		link(provider, t.built(aws.ProviderName)),
		link(proxy, filepath.Join(folder, "pulumi-resource-aws")),
	)
}

// officialPlugin returns the plugin's folder under our PULUMI_HOME. Where the user has the official plugin, the folder is
// a link to it.
func (t Tools) officialPlugin(name, version string) (folder string, official bool, err error) {
	id := fmt.Sprintf("resource-%s-v%s", name, version)
	folder = filepath.Join(t.Home, "plugins", id)
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return "", false, err
	}
	if theirs := filepath.Join(userHome(), "plugins", id); theirs != folder && isFolder(theirs) {
		return folder, true, link(theirs, folder)
	}
	if target, err := os.Readlink(folder); err == nil {
		if isFolder(target) { // PULUMI_HOME names another place today; what is linked is official all the same
			return folder, true, nil
		}
		if err := os.Remove(folder); err != nil { // the official one was uninstalled since
			return "", false, err
		}
	}
	return folder, false, os.MkdirAll(folder, 0o755)
}

// userHome is where the user's own Pulumi keeps its plugins.
func userHome() string {
	if home := os.Getenv("PULUMI_HOME"); home != "" {
		return home
	}
	home, _ := os.UserHomeDir()
	return filepath.Join(home, ".pulumi")
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// link makes name point at target, replacing what was there.
func link(target, name string) error {
	if now, err := os.Readlink(name); err == nil && now == target {
		return nil
	}
	if err := os.RemoveAll(name); err != nil {
		return err
	}
	return os.Symlink(target, name)
}
