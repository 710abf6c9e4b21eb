package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/toolchain"
)

// terraform is a Terraform working folder that uses the same provider file and the same emulated AWS as a stack.
type terraform struct {
	program, folder string
	environment     []string
}

// findTerraform is the installed Terraform, or nothing.
func findTerraform() string {
	program, _ := exec.LookPath("terraform")
	return program
}

// newTerraform makes the folder of a stack's twin, with a state that Terraform has refreshed itself, and returns how
// many resource instances it holds.
func newTerraform(ctx context.Context, program string, stack engine.Stack) (terraform, int, error) {
	t := terraform{program: program, folder: filepath.Join(stack.Run, "twin")}
	settings := filepath.Join(t.folder, "cli.tfrc")
	t.environment = append(os.Environ(), append(stack.Environment(),
		"TF_CLI_CONFIG_FILE="+settings, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1")...)
	provider, err := toolchain.FindTerraformProvider()
	if err != nil {
		return t, 0, err
	}
	if err := os.MkdirAll(t.folder, 0o700); err != nil {
		return t, 0, err
	}
	if err := t.write(map[string][]byte{
		"cli.tfrc":         fmt.Appendf(nil, "provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirrorOf(provider)),
		"versions.tf.json": fmt.Appendf(nil, `{"terraform":{"required_providers":{"aws":{"source":%q,"version":%q}}}}`, awsSource, toolchain.TerraformVersion),
	}); err != nil {
		return t, 0, err
	}
	if _, err := t.run(ctx, "init", "-input=false", "-no-color"); err != nil {
		return t, 0, err
	}
	made, err := t.twin(ctx, stack)
	if err != nil {
		return t, 0, err
	}
	if err := t.write(map[string][]byte{"twin.tf.json": made.Config, "terraform.tfstate": made.State}); err != nil {
		return t, 0, err
	}
	_, err = t.run(ctx, "apply", "-refresh-only", "-auto-approve", "-input=false", "-no-color")
	return t, made.Instances, err
}

func (t terraform) twin(ctx context.Context, stack engine.Stack) (twin, error) {
	described, err := t.run(ctx, "providers", "schema", "-json")
	if err != nil {
		return twin{}, err
	}
	schemas, err := parseSchema(described)
	if err != nil {
		return twin{}, err
	}
	state, err := stack.Export(ctx, "--show-secrets")
	if err != nil {
		return twin{}, err
	}
	resources, err := parseExport(state)
	if err != nil {
		return twin{}, err
	}
	return newTwin(resources, schemas)
}

// version is Terraform's own.
func (t terraform) version(ctx context.Context) string {
	var said struct {
		Version string `json:"terraform_version"`
	}
	if text, err := t.run(ctx, "version", "-json"); err != nil || json.Unmarshal(text, &said) != nil {
		return "of unknown version"
	}
	return said.Version
}

// plan is the command of a plan that ends with an error code unless it says that nothing changes.
func (t terraform) plan(args ...string) func(context.Context) *exec.Cmd {
	return func(ctx context.Context) *exec.Cmd {
		return t.command(ctx, append([]string{"plan", "-input=false", "-no-color", "-detailed-exitcode"}, args...)...)
	}
}

func (t terraform) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, t.program, args...)
	cmd.Dir, cmd.Env = t.folder, t.environment
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = waitDelay
	return cmd
}

func (t terraform) run(ctx context.Context, args ...string) ([]byte, error) {
	var said strings.Builder
	cmd := t.command(ctx, args...)
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("terraform %s: %w\n%s", args[0], err, said.String())
	}
	return out, nil
}

func (t terraform) write(files map[string][]byte) error {
	for name, text := range files { // secrets in the open, of an emulated stack; removed with the run
		if err := os.WriteFile(filepath.Join(t.folder, name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// mirrorOf is the Terraform mirror that a provider's file is in: host, namespace, type, version and platform below it.
func mirrorOf(provider string) string {
	for range 6 {
		provider = filepath.Dir(provider)
	}
	return provider
}

// readsAll wants a plan to have read every instance.
func readsAll(instances int) func(string) error {
	return func(said string) error {
		if read := strings.Count(said, ": Refreshing state..."); read != instances {
			return fmt.Errorf("the plan read %d of %d instances", read, instances)
		}
		return nil
	}
}
