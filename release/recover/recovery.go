// Package recovery finishes what an interrupted update left behind (the folder is recover, which hides a builtin): locks whose holder
// is gone, processes that nobody waits for, pending operations, and steps of a release that still run. It says what it found,
// what it will do and why that is safe, and then does it. It never touches what a live update holds.
//
// Decisions:
//   - Whether something was created is asked of the provider itself, in a temporary copy of the state (Engine.Lookup). One
//     table of names serves all types, and nothing is asked in another way than an update would.
//   - What exists is imported with the inputs that it was created with, by exporting and importing the state. The engine's
//     own `refresh --import-pending-creates` only drops the operation (docs/decisions/0023).
//   - Every decision is a function of plain values. The engine, AWS, processes and the terminal are small interfaces.
package recovery

import (
	"context"
	"io"
	"time"
)

// Engine is Pulumi, for one stack.
type Engine interface {
	// Locks lists the stack's locks, on any backend. It changes nothing.
	Locks(ctx context.Context) ([]Lock, error)
	// Unlock removes all of them (pulumi cancel).
	Unlock(ctx context.Context) error
	// Export reads the state; secrets stay encrypted.
	Export(ctx context.Context) (State, error)
	// Import writes it. The backend drops pending operations when it does.
	Import(ctx context.Context, state State) error
	// Lookup asks the providers for what may exist, by the ids that resources are imported under. The answers are in the order
	// of the candidates.
	Lookup(ctx context.Context, state State, candidates []Candidate) ([]Reading, error)
	// Refresh reads resources of the state anew.
	Refresh(ctx context.Context, urns []string) error
	// Preview says what an update would do now.
	Preview(ctx context.Context) ([]Change, error)
}

// Change is what an update would do to one resource.
type Change struct {
	Op  string // create, update, replace, delete
	URN string
}

// Machine is the one that recovery runs on.
type Machine interface {
	// Host is its name, as locks have it.
	Host() (string, error)
	// Processes lists all that can be read.
	Processes() ([]Process, error)
	// Answers tells whether anything takes connections at an address.
	Answers(address string) bool
	// End tells a process to end, and kills it when it has not within the grace, unless ctx ends; false when it is still there.
	End(ctx context.Context, process Process, grace time.Duration) bool
	// Await waits for a process to end by itself; false when it is still there.
	Await(ctx context.Context, process Process, within time.Duration) bool
}

// AWS is the account that the stack is in.
type AWS interface {
	// Tagged lists what has a value of a tag.
	Tagged(ctx context.Context, key, value string) ([]Tagged, error)
	// Migrations lists tasks of migrations that run in a cluster.
	Migrations(ctx context.Context, cluster string) ([]Task, error)
	// Stop tells one of them to stop.
	Stop(ctx context.Context, task Task, why string) error
	// Deployments names those of a cluster's services that are being deployed.
	Deployments(ctx context.Context, cluster string, services []string) ([]string, error)
	// Snapshots names those of a database that RDS is still taking.
	Snapshots(ctx context.Context, database string) ([]string, error)
}

// Terminal is the person at it.
type Terminal interface {
	// Ask returns what was answered, or an error when there is nobody.
	Ask(ctx context.Context, question string) (bool, error)
}

// Choices are what a person decided beforehand.
type Choices struct {
	// Yes answers every question but that of stopping a migration.
	Yes bool
	// Host is a host whose locks are stale, as a person knows. Cloud stands for Pulumi Cloud.
	Host string
	// Import maps the URN of a pending creation to the id of what it created. Clear are those that created nothing.
	Import map[string]string
	Clear  map[string]bool
	// StopTasks stops a migration that still runs, instead of waiting for it for as long as Wait.
	StopTasks bool
	Wait      time.Duration
	// Settle is for how long after the last change of the state AWS may not list by its tags what exists.
	Settle time.Duration
	// SkipPreview leaves out the preview at the end.
	SkipPreview bool
}

// Recovery recovers one stack.
type Recovery struct {
	Stack, Project, Backend string
	Root                    string // the checkout
	Engine                  Engine
	Machine                 Machine
	Connect                 func(ctx context.Context, account Account) (AWS, error)
	Terminal                Terminal
	Choices                 Choices
	Out                     io.Writer
	Self                    int // this process
	// Keep saves the state before it is changed, and says where.
	Keep func(state State) (string, error)
}
