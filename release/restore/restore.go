// Package restore takes the data of a stack back to a snapshot or a moment (runbook, rollback option 2), and ends a restore:
// by deleting the instance before, or by going back to it.
//
// Decisions:
//   - A restore is a mode of the program. This package only moves the stack file through its phases (docs/decisions/0022),
//     so that an interrupted command goes on when it is run again.
//   - The data that would be lost is shown before anybody is asked.
//   - An update is not made if its preview deletes or replaces anything that has to stay, except for the one instance that
//     is deleted on purpose.
//   - A drill (package drill) changes nothing of the stack.
package restore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/release"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Account is what is asked of the AWS account of a stack.
type Account interface {
	// Instance reads a database; nil when there is none of that name.
	Instance(ctx context.Context, identifier string) (*Instance, error)
	// Snapshots lists those of the instances that have, or had, one of these names.
	Snapshots(ctx context.Context, identifiers ...string) ([]Snapshot, error)
	// Tasks counts those of a service that run, start or end.
	Tasks(ctx context.Context, cluster, service string) (int, error)
}

// Instance is a database as RDS describes it.
type Instance struct {
	ID, Status string
	Created    time.Time
	Latest     time.Time // the latest moment that can be restored
	KeepsDays  int       // how far back moments can be restored
	Version    string    // the engine's, such as 16.4
	StorageGiB int
	KeyArn     string
}

// Snapshot is a DB snapshot as RDS describes it.
type Snapshot struct {
	ID, Of, Status string
	Automated      bool
	At             time.Time // the moment of its data
	Version        string    // the engine's
	StorageGiB     int
	KeyArn         string
	Release        string // the version that it was taken before; empty for one that no release took
	Number         int    // that release's in the release history
}

// Request is what somebody wants to restore: one of the three, or nothing yet.
type Request struct {
	Snapshot string
	Time     time.Time
	Latest   bool // the latest moment, once nothing is written any more
}

func (r Request) empty() bool { return r == Request{} }

// Command is what all of it needs.
type Command struct {
	Stack string
	// File is the stack file that the stack is updated with, where the secrets are.
	File     string
	Engine   release.Engine
	Connect  func(ctx context.Context, outputs outputs.Outputs) (Account, error) // to the account that the outputs are of
	Terminal release.Terminal
	Out      io.Writer
	Now      func() time.Time
}

// Run restores what is asked for, goes on with what was begun, or lists what there is to choose from, and returns the
// exit code. With yes it does not ask.
func (c Command) Run(ctx context.Context, request Request, yes bool) int {
	return c.exit(c.run(ctx, request, yes))
}

// Confirm drops the instance before a restore, and returns the exit code.
func (c Command) Confirm(ctx context.Context, yes bool) int { return c.exit(c.confirm(ctx, yes)) }

// Undo goes back to the instance before a restore and drops the copy, and returns the exit code.
func (c Command) Undo(ctx context.Context, yes bool) int { return c.exit(c.undo(ctx, yes)) }

// failure is an update that failed, with what is so now and how to go on.
type failure struct {
	err  error
	next string
}

func (f *failure) Error() string { return fmt.Sprintf("%v\nnext: %s", f.err, f.next) }
func (f *failure) Unwrap() error { return f.err }

func (c Command) exit(err error) int {
	if err == nil {
		return exit.Done
	}
	c.printf("\n%s\n", strings.TrimSpace(err.Error()))
	if failed := (*failure)(nil); errors.As(err, &failed) {
		return exit.LeftAsItIs
	}
	return release.RefusedBy(err)
}

func (c Command) printf(format string, args ...any) { fmt.Fprintf(c.Out, format, args...) }

// again is the command line that goes on with something.
func (c Command) again(what string) string { return release.Advice("restore", c.Stack, c.File, what) }

func (c Command) ask(ctx context.Context, yes bool, question string) error {
	return release.Agree(ctx, c.Terminal, yes, question)
}

// names of a stack's two instances, the one of the slot first.
func names(spec stacks.Spec) (before, other string) {
	all := spec.Names().Databases()
	slot := spec.Database.ConfiguredSlot()
	return all[slot], all[slot.Other()]
}
