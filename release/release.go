// Package release makes releases of a stack and goes back to earlier ones, on any Pulumi backend.
//
// Decisions:
//   - What ran before is read from the stack's history, which every backend keeps with the configuration of each update, and
//     from the verified releases that the stack exports.
//   - A rollback is a new update with the old images and the old configuration (docs/decisions/0021).
//   - Every decision is a function of plain values. The engine, ECR and the terminal are small interfaces.
//   - The stack file changes only after the preview of the change has been checked: a refusal leaves it as it was.
//
// What a rollback refuses is listed in rollback_refusals.go.
// Configuration that never goes back is no refusal: it stays as it is (non_revertible.go, config_schema.go).
package release

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Event is one event of the engine.
type Event struct {
	apitype.EngineEvent
	At time.Time // when it was received; the engine's own clock has only seconds
}

// Engine is Pulumi, for one stack.
type Engine interface {
	// History lists the stack's updates, newest first. Values of secrets are not in it.
	History(ctx context.Context) ([]Update, error)
	// Outputs reads the outputs of the stack, also those of an older program. A stack without outputs has none.
	Outputs(ctx context.Context) (outputs.Outputs, error)
	// Preview asks what an update with this stack file would do. Its output is shown only if it fails.
	Preview(ctx context.Context, stackFile string) ([]Event, error)
	// Update updates the stack, and shows the output of the engine. When ctx ends, the engine is interrupted once, and finishes
	// what it has started.
	Update(ctx context.Context, stackFile, message string) ([]Event, error)
}

// ErrLocked says that another update holds the lock of the stack.
var ErrLocked = errors.New("another update of the stack is running, or was killed and left its lock")

// Images is the registry of one stack.
type Images interface {
	// Missing lists those of a repository's digests that it no longer has.
	Missing(ctx context.Context, repository string, digests []string) ([]string, error)
}

// Terminal is where a person is asked.
type Terminal interface {
	// Ask returns the answer, or terminal.ErrNobody.
	Ask(ctx context.Context, question string) (bool, error)
}

// Command is what all commands need.
type Command struct {
	Stack string
	// File is the stack file that the stack is updated with, where the secrets are.
	File     string
	Engine   Engine
	Connect  func(ctx context.Context, outputs outputs.Outputs) (Images, error) // to the account that the outputs are of
	Terminal Terminal
	Out      io.Writer
	Now      func() time.Time
	// Listen returns a context that ends when somebody interrupts the command.
	Listen func(context.Context) (context.Context, context.CancelFunc)
	// After is called once after an update. Its error is shown and changes nothing. It may be nil.
	After func(context.Context, Outcome) error
}

// Outcome is all that is known of one update, for the log and for notifications.
type Outcome struct {
	Stack   string
	What    What   // Released or RolledBack
	Version string // that was to be brought about
	From    string // what was configured before
	Exit    int    // of the command, as far as this update decides it
	// Err is why the update failed; nil when the release is proven.
	Err error
	// Interrupted says that somebody interrupted it.
	Interrupted bool
	// ServicesStarted says that services had started to change.
	ServicesStarted bool
	Start, End      time.Time // from the command's first question to the engine's last word, without waiting for answers
	Timing          Timing
	Events          []Event
	// Report is the JSON report of verify. It is empty when verify did not run.
	Report []byte
	Before outputs.Outputs
	After  outputs.Outputs // those before, when the release was not proven
	// Rollback is the rollback after a failed release. Nil when there was none.
	Rollback *Outcome
}

// RefusalError says what is refused, why, and what to do next. Nothing was changed yet.
type RefusalError struct {
	What    string
	Reasons []string
	Next    string
}

func (r *RefusalError) Error() string {
	text := r.What
	for _, reason := range r.Reasons {
		text += "\n  " + reason
	}
	if r.Next != "" {
		text += "\nnext: " + r.Next
	}
	return text
}

// Refusef says what is refused, and why.
func Refusef(format string, args ...any) *RefusalError {
	return &RefusalError{What: fmt.Sprintf(format, args...)}
}

// Then adds what to do next.
func (r *RefusalError) Then(next string) *RefusalError {
	r.Next = next
	return r
}

// Refuse is a refusal for reasons; nil where there are none.
func Refuse(what string, reasons []string, next string) error {
	if len(reasons) == 0 {
		return nil
	}
	return &RefusalError{what, reasons, next}
}

// RefusedBy is the exit code for an error that came before anything was changed.
func RefusedBy(err error) int {
	if errors.Is(err, check.ErrAccess) {
		return exit.NoAccess
	}
	return exit.Refused
}
