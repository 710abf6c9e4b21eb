// Package cli is recovery's engine: the Pulumi CLI, for one stack on any backend.
package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/flowcomply/infrastructure/release/recovery"
)

// Stack is one stack.
type Stack struct {
	Name       string
	ConfigFile string // the stack file; the CLI's own choice when empty
	Folder     string // of Pulumi.yaml
	Program    string // the CLI: a path, or a name on PATH
	Out        io.Writer
}

// Where is the stack's project and its backend.
type Where struct{ Project, Backend string }

// Where reads them.
func (s Stack) Where(ctx context.Context) (Where, error) {
	text, err := os.ReadFile(filepath.Join(s.Folder, "Pulumi.yaml"))
	if err != nil {
		return Where{}, fmt.Errorf("project: %w; run this in the repository's root", err)
	}
	var project struct {
		Name string `yaml:"name"`
	}
	if err := yaml.Unmarshal(text, &project); err != nil || project.Name == "" {
		return Where{}, fmt.Errorf("project: Pulumi.yaml has no name: %w", err)
	}
	answer, err := s.capture(ctx, "whoami", "--json")
	if err != nil {
		return Where{}, err
	}
	var who struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal(answer, &who); err != nil {
		return Where{}, fmt.Errorf("pulumi whoami --json: %w", err)
	}
	return Where{project.Name, who.URL}, nil
}

// Unlock removes the stack's locks.
func (s Stack) Unlock(ctx context.Context) error {
	_, err := s.capture(ctx, "cancel", "--yes", "--stack", s.Name)
	return err
}

// Export reads the state.
func (s Stack) Export(ctx context.Context) (recovery.State, error) {
	text, err := s.capture(ctx, "stack", "export", "--stack", s.Name)
	if err != nil {
		return recovery.State{}, err
	}
	return recovery.ParseState(text)
}

// Import writes the state.
func (s Stack) Import(ctx context.Context, state recovery.State) error {
	text, err := state.JSON()
	if err != nil {
		return err
	}
	cmd := s.command(ctx, "stack", "import", "--stack", s.Name)
	cmd.Stdin = bytes.NewReader(text)
	_, err = finish(cmd)
	return err
}

// Refresh reads resources anew, and shows it.
func (s Stack) Refresh(ctx context.Context, urns []string) error {
	args := append([]string{"refresh", "--stack", s.Name, "--yes", "--skip-preview", "--suppress-progress", "--suppress-outputs"}, s.config()...)
	for _, urn := range urns {
		args = append(args, "--target", urn)
	}
	cmd := s.command(ctx, args...)
	cmd.Stdout, cmd.Stderr = s.Out, s.Out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("pulumi refresh: %w; the cause is above. Correct it, and run `flowcomply recover` again: it goes on from here", err)
	}
	return nil
}

// Preview asks what an update would do.
func (s Stack) Preview(ctx context.Context) ([]recovery.Change, error) {
	cmd := s.command(ctx, append([]string{"preview", "--json", "--stack", s.Name}, s.config()...)...)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	failed := cmd.Run()
	var answer struct {
		Steps       []recovery.Change `json:"steps"`
		Diagnostics []struct {
			Message  string `json:"message"`
			Severity string `json:"severity"`
		} `json:"diagnostics"`
	}
	decoded := json.Unmarshal(out.Bytes(), &answer)
	if failed != nil {
		for _, d := range answer.Diagnostics {
			if d.Severity == "error" {
				stderr.WriteString(d.Message)
			}
		}
		return nil, fmt.Errorf("pulumi preview: %w\n%s", failed, strings.TrimSpace(stderr.String()))
	}
	if decoded != nil {
		return nil, fmt.Errorf("pulumi preview --json: %w", decoded)
	}
	var changes []recovery.Change
	for _, step := range answer.Steps {
		switch step.Op {
		case "same", "read", "refresh", "create-replacement", "delete-replaced": // the last two are the halves of a replace
		default:
			changes = append(changes, step)
		}
	}
	return changes, nil
}

func (s Stack) config() []string {
	if s.ConfigFile == "" {
		return nil
	}
	return []string{"--config-file", s.ConfigFile}
}

// graceful is how long an interrupted CLI may take to finish what it has begun before it is killed.
const graceful = 10 * time.Minute

func (s Stack) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.Program, append(args, "--non-interactive", "--color", "never")...)
	cmd.Dir = s.Folder
	cmd.Env = append(os.Environ(), "PULUMI_SKIP_UPDATE_CHECK=true")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = graceful
	return cmd
}

func (s Stack) capture(ctx context.Context, args ...string) ([]byte, error) {
	return finish(s.command(ctx, args...))
}

// finish runs a command, and returns what it wrote. Its error holds what it said.
func finish(cmd *exec.Cmd) ([]byte, error) {
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, fmt.Errorf("%w; install the Pulumi CLI", err)
	}
	if err != nil {
		return out.Bytes(), &Error{Command: strings.Join(cmd.Args[1:min(3, len(cmd.Args))], " "), Said: strings.TrimSpace(stderr.String()), Cause: err}
	}
	return out.Bytes(), nil
}

// Error is a command that failed, with what it said.
type Error struct {
	Command, Said string
	Cause         error
}

func (e *Error) Error() string { return fmt.Sprintf("pulumi %s: %v\n%s", e.Command, e.Cause, e.Said) }

func (e *Error) Unwrap() error { return e.Cause }
