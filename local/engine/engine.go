// Package engine runs the Pulumi CLI for one stack in one run folder: a state of its own, a copy of the stack file
// of its own, and the emulated AWS. The project is the checkout itself, and nothing in it is written.
package engine

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/flowcomply/infrastructure/local/lab"
	"github.com/flowcomply/infrastructure/local/toolchain"
)

// Stack is one stack in its run folder.
type Stack struct {
	Tools toolchain.Tools
	Lab   lab.Lab
	Name  string
	Run   string    // the run folder
	Out   io.Writer // what the CLI shows goes here
	// Variables are more of the environment, NAME=value; plugins and the program have it too.
	Variables []string
	// Backend is where the state is, as PULUMI_BACKEND_URL takes it; when empty, it is files in the run folder.
	Backend string
}

// ConfigFile is the run folder's copy of the stack file; secret values are set in it alone.
func (s Stack) ConfigFile() string { return filepath.Join(s.Run, "Pulumi."+s.Name+".yaml") }

// Init makes the state and the stack file's copy. Where the stack exists its secrets' key is kept.
func (s Stack) Init(ctx context.Context) error {
	if _, err := os.Stat(s.ConfigFile()); err == nil {
		return nil
	}
	for _, folder := range []string{s.state(), s.seed()} {
		// Without the stack file's copy nothing was applied: what is there, an interruption left half-made.
		if err := errors.Join(os.RemoveAll(folder), os.MkdirAll(folder, 0o700)); err != nil {
			return err
		}
	}
	if err := os.WriteFile(s.passphrase(), []byte(rand.Text()), 0o600); err != nil {
		return err
	}
	// `stack init` writes the key's salt beside a Pulumi.yaml; a folder with nothing else keeps it out of the checkout.
	project := filepath.Join(s.seed(), "Pulumi.yaml")
	if err := os.WriteFile(project, []byte("name: flowcomply\nruntime: go\n"), 0o600); err != nil {
		return err
	}
	if _, err := s.capture(ctx, s.seed(), "stack", "init", s.Name, "--secrets-provider", "passphrase"); err != nil {
		return err
	}
	salt, err := os.ReadFile(filepath.Join(s.seed(), "Pulumi."+s.Name+".yaml"))
	if err != nil {
		return err
	}
	decisions, err := os.ReadFile(filepath.Join(s.Tools.Root, "Pulumi."+s.Name+".yaml"))
	if err != nil {
		return fmt.Errorf("stack file: %w", err)
	}
	half := s.ConfigFile() + ".new"
	if err := os.WriteFile(half, append(salt, decisions...), 0o600); err != nil {
		return err
	}
	return os.Rename(half, s.ConfigFile())
}

// Set puts one value into the run folder's stack file.
func (s Stack) Set(ctx context.Context, key, value string, secret bool) error {
	kind := "--plaintext"
	if secret {
		kind = "--secret"
	}
	cmd := s.command(ctx, s.Tools.Root, "config", "set", key, kind, "--stack", s.Name, "--config-file", s.ConfigFile())
	cmd.Stdin = strings.NewReader(value)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("pulumi config set %s: %w\n%s", key, err, said.String())
	}
	return nil
}

// Outputs reads the stack's outputs as JSON, secrets left out.
func (s Stack) Outputs(ctx context.Context) ([]byte, error) {
	return s.capture(ctx, s.Tools.Root, "stack", "output", "--json", "--stack", s.Name)
}

// Export reads the stack's state; secrets stay encrypted unless --show-secrets is among the arguments.
func (s Stack) Export(ctx context.Context, args ...string) ([]byte, error) {
	return s.capture(ctx, s.seed(), append([]string{"stack", "export", "--stack", s.Name}, args...)...)
}

// Pending counts the operations that an interrupted update began and nobody finished.
func (s Stack) Pending(ctx context.Context) (int, error) {
	state, err := s.deployment(ctx)
	return len(state.Pending), err
}

// Resources counts what is in the state.
func (s Stack) Resources(ctx context.Context) (int, error) {
	state, err := s.deployment(ctx)
	return len(state.Resources), err
}

type deployment struct {
	Resources []json.RawMessage `json:"resources"`
	Pending   []json.RawMessage `json:"pending_operations"`
}

func (s Stack) deployment(ctx context.Context) (deployment, error) {
	text, err := s.Export(ctx)
	if err != nil {
		return deployment{}, err
	}
	var state struct {
		Deployment deployment `json:"deployment"`
	}
	if err := json.Unmarshal(text, &state); err != nil {
		return deployment{}, fmt.Errorf("state of stack %s: %w", s.Name, err)
	}
	return state.Deployment, nil
}

func (s Stack) state() string      { return filepath.Join(s.Run, "state") }
func (s Stack) seed() string       { return filepath.Join(s.Run, "project") }
func (s Stack) passphrase() string { return filepath.Join(s.Run, "passphrase") }

// Environment is all that a Pulumi command needs to work on this stack. It has no mark of the run: a shell takes it from
// `make env`, and what somebody started there is not ours to end.
func (s Stack) Environment() []string {
	return append(s.Lab.Environment(),
		"PATH="+s.Tools.Bin()+string(os.PathListSeparator)+os.Getenv("PATH"),
		"PULUMI_HOME="+s.Tools.Home,
		"PULUMI_BACKEND_URL="+s.backend(),
		"PULUMI_CONFIG_PASSPHRASE_FILE="+s.passphrase(),
		"PULUMI_SKIP_UPDATE_CHECK=true",
		"PULUMI_DEBUG_COMMANDS=true", // --event-log is one of these
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true",
	)
}

// graceful is how long an interrupted CLI may take to finish what it has begun in AWS before it is killed: the
// slowest single operation is a database, with minutes.
const graceful = 10 * time.Minute

func (s Stack) command(ctx context.Context, folder string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.Tools.Pulumi, append(args, "--non-interactive")...)
	cmd.Dir = folder
	cmd.Env = append(slices.Concat(os.Environ(), s.Environment(), s.Variables), lab.Mark+"="+s.Run)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = graceful
	return cmd
}

func (s Stack) capture(ctx context.Context, folder string, args ...string) ([]byte, error) {
	var out, said bytes.Buffer
	cmd := s.command(ctx, folder, args...)
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("pulumi %s: %w\n%s", strings.Join(args, " "), err, said.String())
	}
	return out.Bytes(), nil
}
