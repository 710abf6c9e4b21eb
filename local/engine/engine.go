// Package engine runs the Pulumi CLI for one stack in one run folder: a state of its own and the emulated AWS. The project
// is the checkout itself, with a copy of the stack file in the run folder, or with the stack file where it is.
package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/flowcomply/infrastructure/local/emulator"
	"github.com/flowcomply/infrastructure/local/toolchain"
	"github.com/flowcomply/infrastructure/release/pulumi"
)

// Stack is one stack in its run folder.
type Stack struct {
	Tools    toolchain.Tools
	Emulator emulator.Host
	Name     string
	Run      string // the run folder
	// Project is the checkout that is applied, where it is not the toolchain's own. Its stack file is used where it is, as
	// by a person who names none; otherwise InPlace decides that.
	Project string
	InPlace bool
	Out     io.Writer // what the CLI shows goes here
	// Variables are more of the environment, NAME=value; plugins and the program have it too.
	Variables []string
	// Backend is where the state is, as PULUMI_BACKEND_URL takes it; when empty, it is files in the run folder.
	Backend string
}

// Folder is the project's, where Pulumi.yaml is.
func (s Stack) Folder() string {
	if s.Project != "" {
		return s.Project
	}
	return s.Tools.Root
}

func (s Stack) inPlace() bool { return s.InPlace || s.Project != "" }

// file is the stack file in a folder.
func (s Stack) file(folder string) string { return filepath.Join(folder, "Pulumi."+s.Name+".yaml") }

// ConfigFile is the stack file that the stack is updated with: the project's, or the run folder's copy of it.
func (s Stack) ConfigFile() string {
	if s.inPlace() {
		return s.file(s.Folder())
	}
	return s.file(s.Run)
}

// ConfigArgs are a command's arguments that name the stack file; none for the project's own.
func (s Stack) ConfigArgs() []string {
	if s.inPlace() {
		return nil
	}
	return []string{"--config-file", s.ConfigFile()}
}

// Initialized tells whether Init has made the stack.
func (s Stack) Initialized() bool {
	_, err := os.Stat(s.initialized())
	return err == nil
}

// Init makes the state, and the stack file's copy where it is not used in place. The stack file names the provider of its
// secrets' key, and gets the key where it has none.
func (s Stack) Init(ctx context.Context) error {
	if s.Initialized() {
		return nil
	}
	for _, folder := range []string{s.state(), s.seed()} {
		// Not initialized, nothing was applied: what is there, an interruption left half-made.
		if err := errors.Join(os.RemoveAll(folder), os.MkdirAll(folder, 0o700)); err != nil {
			return err
		}
	}
	folder := s.Folder()
	if !s.inPlace() {
		folder = s.seed() // `stack init` writes beside a Pulumi.yaml, and not into the checkout then
		text, err := os.ReadFile(s.file(s.Folder()))
		if err != nil {
			return fmt.Errorf("stack file: %w", err)
		}
		if err := errors.Join(s.seeded(), os.WriteFile(s.file(folder), text, 0o600)); err != nil {
			return err
		}
	}
	provider, err := secretsProvider(s.file(folder))
	if err != nil {
		return err
	}
	if _, err := s.cli(folder).Capture(ctx, "stack", "init", s.Name, "--secrets-provider", provider); err != nil {
		return err
	}
	if !s.inPlace() {
		if err := os.Rename(s.file(folder), s.ConfigFile()); err != nil {
			return err
		}
	}
	return errors.Join(s.seeded(), os.WriteFile(s.initialized(), nil, 0o600))
}

// seeded makes a project of nothing but a name, for commands that need one and are not about the program.
func (s Stack) seeded() error {
	return os.WriteFile(filepath.Join(s.seed(), "Pulumi.yaml"), []byte("name: flowcomply\nruntime: go\n"), 0o600)
}

// secretsProvider is what a stack file names as the provider of its secrets' key: one that names none has a passphrase.
func secretsProvider(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("stack file: %w", err)
	}
	var parsed struct {
		Provider string `yaml:"secretsprovider"`
	}
	if err := yaml.Unmarshal(text, &parsed); err != nil {
		return "", fmt.Errorf("stack file %s: %w", file, err)
	}
	return cmp.Or(parsed.Provider, "passphrase"), nil
}

// Set puts one value into the stack file.
func (s Stack) Set(ctx context.Context, key, value string, secret bool) error {
	kind := "--plaintext"
	if secret {
		kind = "--secret"
	}
	cmd := s.cli(s.Folder()).Command(ctx, append([]string{"config", "set", key, kind, "--stack", s.Name}, s.ConfigArgs()...)...)
	cmd.Stdin = strings.NewReader(value)
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pulumi config set %s: %w\n%s", key, err, said)
	}
	return nil
}

// Outputs reads the stack's outputs as JSON, secrets left out.
func (s Stack) Outputs(ctx context.Context) ([]byte, error) {
	return s.cli(s.Folder()).Outputs(ctx, s.Name)
}

// Export reads the stack's state; secrets stay encrypted unless --show-secrets is among the arguments.
func (s Stack) Export(ctx context.Context, args ...string) ([]byte, error) {
	return s.cli(s.seed()).Export(ctx, s.Name, args...)
}

// Pending counts the operations that an interrupted update began and nobody finished.
func (s Stack) Pending(ctx context.Context) (int, error) { return s.count(ctx, "pending_operations") }

// Resources counts what is in the state.
func (s Stack) Resources(ctx context.Context) (int, error) { return s.count(ctx, "resources") }

// count is the length of one of the state's lists.
func (s Stack) count(ctx context.Context, list string) (int, error) {
	text, err := s.Export(ctx)
	if err != nil {
		return 0, err
	}
	var state struct {
		Deployment map[string]json.RawMessage `json:"deployment"`
	}
	var entries []json.RawMessage
	err = json.Unmarshal(text, &state)
	if found, given := state.Deployment[list]; given && err == nil {
		err = json.Unmarshal(found, &entries)
	}
	if err != nil {
		return 0, fmt.Errorf("state of stack %s: %w", s.Name, err)
	}
	return len(entries), nil
}

func (s Stack) state() string       { return filepath.Join(s.Run, "state") }
func (s Stack) seed() string        { return filepath.Join(s.Run, "project") }
func (s Stack) initialized() string { return filepath.Join(s.Run, "initialized") }

// Passphrase is that of stack files whose secrets' key is made from one. It is no secret: what it encrypts is made up, for an
// emulated AWS.
const Passphrase = "flowcomply-local"

// Environment is all that a Pulumi command needs to work on this stack. It has no mark of the run: a shell takes it from
// `make env`, and what somebody started there is not ours to end.
func (s Stack) Environment() []string {
	return append(s.Emulator.Environment(),
		"PATH="+s.Tools.Bin()+string(os.PathListSeparator)+os.Getenv("PATH"),
		"PULUMI_HOME="+s.Tools.Home,
		"PULUMI_BACKEND_URL="+s.backend(),
		"PULUMI_CONFIG_PASSPHRASE="+Passphrase,
		"PULUMI_SKIP_UPDATE_CHECK=true",
		"PULUMI_DEBUG_COMMANDS=true", // --event-log is one of these
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true",
	)
}

// cli is the CLI in a folder. What it starts has the mark of the run.
func (s Stack) cli(folder string) pulumi.CLI {
	env := append(slices.Concat(os.Environ(), s.Environment(), s.Variables), emulator.Mark+"="+s.Run)
	return pulumi.CLI{Program: s.Tools.Pulumi, Folder: folder, Env: env, Grace: pulumi.Graceful}
}
