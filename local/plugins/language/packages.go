package language

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// module is the part of `go list -m -json` that matters here.
type module struct {
	Path     string
	Version  string
	Dir      string // empty while the module is not in the module cache
	Main     bool
	Indirect bool
	Replace  *module
}

// GetRequiredPackages lists the providers that the program's modules belong to, so that the engine can say before it
// starts which plugin is missing. A module that is not downloaded yet is left out: its plugin is looked up on first use.
func (h *Host) GetRequiredPackages(
	ctx context.Context, req *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	modules, err := required(ctx, req.GetInfo().GetProgramDirectory())
	if err != nil {
		return nil, err
	}
	found := &pulumirpc.GetRequiredPackagesResponse{}
	for _, m := range modules {
		dependency, err := m.dependency()
		if err != nil {
			return nil, fmt.Errorf("module %q: %w", m.Path, err)
		}
		if dependency != nil {
			found.Packages = append(found.Packages, dependency)
		}
	}
	return found, nil
}

// GetProgramDependencies lists the modules of go.mod, for `pulumi about`.
func (h *Host) GetProgramDependencies(
	ctx context.Context, req *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	modules, err := required(ctx, req.GetInfo().GetProgramDirectory())
	if err != nil {
		return nil, err
	}
	found := &pulumirpc.GetProgramDependenciesResponse{}
	for _, m := range modules {
		if m.Indirect && !req.GetTransitiveDependencies() {
			continue
		}
		version := m.Version
		if m.Replace != nil {
			version = m.Replace.Version // empty for a folder, which has none
		}
		found.Dependencies = append(found.Dependencies, &pulumirpc.DependencyInfo{Name: m.Path, Version: version})
	}
	return found, nil
}

// required returns the modules that the go.mod of the program's folder, or of a folder above it, requires.
func required(ctx context.Context, dir string) ([]module, error) {
	out, err := goTool(ctx, dir, "mod", "edit", "-json")
	if err != nil {
		return nil, err
	}
	var file struct{ Require []struct{ Path string } }
	if err := json.Unmarshal(out, &file); err != nil {
		return nil, fmt.Errorf("program %q: go.mod: %w", dir, err)
	}
	if len(file.Require) == 0 {
		return nil, nil
	}
	args := []string{"list", "-m", "-e", "-json"}
	for _, r := range file.Require {
		args = append(args, r.Path)
	}
	if out, err = goTool(ctx, dir, args...); err != nil {
		return nil, err
	}
	var modules []module
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var m module
		if err := decoder.Decode(&m); errors.Is(err, io.EOF) {
			return modules, nil
		} else if err != nil {
			return nil, fmt.Errorf("program %q: go list: %w", dir, err)
		}
		modules = append(modules, m)
	}
}

func goTool(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off") // one module is meant, not those of a workspace around it
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("program %q: go %s: %w: %s", dir, strings.Join(args[:2], " "), err, bytes.TrimSpace(stderr.Bytes()))
	}
	return out, nil
}

// dependency reads the pulumi-plugin.json that a provider's SDK carries; nil for a module that is none.
func (m module) dependency() (*pulumirpc.PackageDependency, error) {
	if m.Dir == "" {
		return nil, nil
	}
	for _, pattern := range []string{"", "go", "go/*", "*"} {
		paths, err := filepath.Glob(filepath.Join(m.Dir, pattern, "pulumi-plugin.json"))
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			about, err := plugin.LoadPulumiPluginJSON(path)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
			}
			return m.describe(about), nil
		}
	}
	return nil, nil
}

func (m module) describe(about *plugin.PulumiPluginJSON) *pulumirpc.PackageDependency {
	if !about.Resource {
		return nil
	}
	found := &pulumirpc.PackageDependency{
		Kind: "resource", Name: about.Name, Version: about.Version, Server: about.Server,
	}
	if found.Name == "" { // github.com/pulumi/pulumi-aws/sdk/v6 is aws
		parts := strings.Split(m.Path, "/")
		_, found.Name, _ = strings.Cut(parts[min(2, len(parts)-1)], "-")
	}
	if found.Version == "" {
		found.Version = m.Version
	}
	if p := about.Parameterization; p != nil {
		found.Parameterization = &pulumirpc.PackageParameterization{Name: p.Name, Version: p.Version, Value: p.Value}
	}
	return found
}
