package pulumi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"

	recovery "github.com/flowcomply/infrastructure/release/recover"
)

// Stack is Pulumi for recovery: one stack, on any backend.
type Stack struct {
	CLI
	Name       string
	ConfigFile string // the stack file; the CLI's own choice when empty
	Out        io.Writer
}

// Where is the stack's project and its backend.
type Where struct{ Project, Backend string }

// Where reads them.
func (s Stack) Where(ctx context.Context) (Where, error) {
	project, err := workspace.LoadProject(filepath.Join(s.Folder, "Pulumi.yaml"))
	if err != nil {
		return Where{}, fmt.Errorf("project: %w; run this in the repository's root", err)
	}
	answer, err := s.Capture(ctx, "whoami", "--json")
	if err != nil {
		return Where{}, err
	}
	var who struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal(answer, &who); err != nil {
		return Where{}, fmt.Errorf("pulumi whoami --json: %w", err)
	}
	return Where{string(project.Name), who.URL}, nil
}

// Unlock removes the stack's locks.
func (s Stack) Unlock(ctx context.Context) error { return s.CLI.Unlock(ctx, s.Name) }

// Export reads the state.
func (s Stack) Export(ctx context.Context) (recovery.State, error) {
	text, err := s.CLI.Export(ctx, s.Name)
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
	return s.CLI.Import(ctx, s.Name, text)
}

// Refresh reads resources anew, and shows it.
func (s Stack) Refresh(ctx context.Context, urns []string) error {
	args := []string{"refresh", "--stack", s.Name, "--yes", "--skip-preview", "--suppress-progress", "--suppress-outputs"}
	args = append(args, s.config()...)
	for _, urn := range urns {
		args = append(args, "--target", urn)
	}
	cmd := s.Command(ctx, append(args, "--color", "never")...)
	cmd.Stdout, cmd.Stderr = s.Out, s.Out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("pulumi refresh: %w; the cause is above. Correct it, and run `flowcomply recover` again: it goes on from here", err)
	}
	return nil
}

// Preview asks what an update would do.
func (s Stack) Preview(ctx context.Context) ([]recovery.Change, error) {
	out, err := s.Capture(ctx, append([]string{"preview", "--json", "--stack", s.Name}, s.config()...)...)
	var answer struct {
		Steps       []recovery.Change `json:"steps"`
		Diagnostics []struct {
			Message  string `json:"message"`
			Severity string `json:"severity"`
		} `json:"diagnostics"`
	}
	decoded := json.Unmarshal(out, &answer)
	var failed *Error
	switch {
	case errors.As(err, &failed):
		said := failed.Said
		for _, d := range answer.Diagnostics {
			if d.Severity == "error" {
				said += d.Message
			}
		}
		return nil, &Error{"preview", strings.TrimSpace(said), failed.Cause}
	case err != nil:
		return nil, err
	case decoded != nil:
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
