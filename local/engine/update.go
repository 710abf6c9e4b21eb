package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/flowcomply/infrastructure/release/pulumi"
)

// Change is one resource that a preview or an update would touch, or did.
type Change struct {
	Op   string // create, update, replace, delete
	Type string
	Name string
	Diff []string // the properties that differ
}

func (c Change) String() string {
	line := fmt.Sprintf("%-8s %s %s", c.Op, c.Type, c.Name)
	if len(c.Diff) > 0 {
		line += " (" + strings.Join(c.Diff, ", ") + ")"
	}
	return line
}

// Preview asks the engine what an update would change.
func (s Stack) Preview(ctx context.Context, args ...string) ([]Change, error) {
	return s.operation(ctx, "preview", append([]string{"--diff=false"}, args...)...)
}

// Unchanged is the command of a preview that fails if anything would change, for those who measure it.
func (s Stack) Unchanged(ctx context.Context, args ...string) *exec.Cmd {
	of := slices.Concat([]string{"preview", "--stack", s.Name, "--expect-no-changes", "--diff=false", "--color", "never", "--suppress-progress"},
		s.ConfigArgs(), args)
	return s.cli(s.Folder()).Command(ctx, of...)
}

// Up applies the program.
func (s Stack) Up(ctx context.Context, args ...string) ([]Change, error) {
	return s.operation(ctx, "up", append(slices.Clone(upArguments), args...)...)
}

var upArguments = []string{"--yes", "--skip-preview", "--suppress-outputs"}

// Destroy removes everything. Its preview comes first: without it the engine would begin with what is not protected
// before it refuses what is.
func (s Stack) Destroy(ctx context.Context) ([]Change, error) {
	return s.operation(ctx, "destroy", "--yes")
}

// begin is an operation's command, with the file that the engine records it in.
func (s Stack) begin(ctx context.Context, verb string, args ...string) (*exec.Cmd, string, error) {
	events := filepath.Join(s.Run, verb+".events.json")
	if err := os.Remove(events); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, "", err
	}
	of := slices.Concat([]string{verb, "--stack", s.Name}, s.ConfigArgs(), []string{"--event-log", events, "--color", "never", "--suppress-progress"}, args)
	cmd := s.cli(s.Folder()).Command(ctx, of...)
	cmd.Env = append(cmd.Env, s.Emulator.Web()...) // the last step of an update asks the product itself
	return cmd, events, nil
}

func (s Stack) operation(ctx context.Context, verb string, args ...string) ([]Change, error) {
	cmd, events, err := s.begin(ctx, verb, args...)
	if err != nil {
		return nil, err
	}
	said := &lastBytes{limit: 8 << 10}
	cmd.Stdout, cmd.Stderr = io.MultiWriter(s.Out, said), io.MultiWriter(s.Out, said)
	err = cmd.Run()
	changes, readErr := changesIn(events)
	if err != nil {
		return changes, &Error{Verb: verb, Stack: s.Name, Said: said.String(), Cause: err}
	}
	return changes, readErr
}

// CutOff tells whether the last update or destroy was killed before it ended: its record has no summary. What it had
// begun may be in AWS without being in the state, pending operations or not.
func (s Stack) CutOff() bool {
	for _, verb := range []string{"up", "destroy"} {
		record, err := os.ReadFile(filepath.Join(s.Run, verb+".events.json"))
		if err == nil && !bytes.Contains(record, []byte(`"summaryEvent"`)) {
			return true
		}
	}
	return false
}

// Error is a failed operation with the end of what the CLI said.
type Error struct {
	Verb, Stack, Said string
	Cause             error
}

func (e *Error) Error() string {
	return fmt.Sprintf("pulumi %s --stack %s: %v; the cause is above", e.Verb, e.Stack, e.Cause)
}

func (e *Error) Unwrap() error { return e.Cause }

// changesIn reads the engine's own record of an operation: every step that is not "same".
func changesIn(file string) ([]Change, error) {
	events, err := pulumi.ReadEvents(file)
	if err != nil {
		return nil, err
	}
	var changes []Change
	for _, event := range events {
		if pre := event.ResourcePreEvent; pre != nil {
			if change, counted := changeOf(pre.Metadata); counted {
				changes = append(changes, change)
			}
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return strings.Compare(a.String(), b.String()) })
	return slices.CompactFunc(changes, func(a, b Change) bool { return a.String() == b.String() }), nil
}

func changeOf(step apitype.StepEventMetadata) (Change, bool) {
	op := string(step.Op)
	switch {
	case op == "same" || op == "read" || op == "refresh" || step.Type == string(resource.RootStackType):
		return Change{}, false
	case op == "create-replacement" || op == "delete-replaced":
		return Change{}, false // the two halves of a replace, which has an event of its own
	}
	diff := slices.Clone(step.Diffs)
	slices.Sort(diff)
	return Change{Op: op, Type: step.Type, Name: resource.URN(step.URN).Name(), Diff: diff}, true
}

// lastBytes keeps the end of what is written to it.
type lastBytes struct {
	limit int
	kept  []byte
}

func (l *lastBytes) Write(p []byte) (int, error) {
	l.kept = append(l.kept, p...)
	if extra := len(l.kept) - l.limit; extra > 0 {
		l.kept = l.kept[extra:]
	}
	return len(p), nil
}

func (l *lastBytes) String() string { return string(l.kept) }
