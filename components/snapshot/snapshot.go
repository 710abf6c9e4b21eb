// Package snapshot takes a snapshot of the database before a release changes anything (runbook 1.3): what the migrations
// and the new code do to the data can be undone by restoring it (runbook, rollback option 2).
//
// Decisions:
//   - The snapshot's name is computed once, from the release, so that a run after a failure finds the snapshot that the first
//     run began.
//   - Tags say which release it is of, so that it is found without Pulumi's state.
//   - It is not a Pulumi resource, because deleting the resource would delete the snapshot.
//   - Snapshots of earlier releases are removed only after the new one is complete, and only if their tags say that this
//     program took them.
package snapshot

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/internal/step"
	"github.com/flowcomply/infrastructure/components/validate"
)

// Spec says how many snapshots there are, and how long one may take.
type Spec struct {
	// Keep is how many snapshots before a release are kept, 2 to 100: the newest ones. An older one is deleted once the
	// next release has its own, unless it has a tag named keep. AWS allows 100 manual snapshots in a region, those of other
	// databases and of people among them.
	Keep int `json:"keep"`
	// TimeoutMinutes is how long one snapshot may take, 1 to 1440, waiting for a database that is busy included. RDS goes
	// on with it after that, and the next update takes it up.
	TimeoutMinutes int `json:"timeoutMinutes"`
}

const (
	// fewest keeps the snapshot before the last release while the one before the next is new.
	fewest = 2
	// quota is how many manual snapshots AWS allows in a region, unless asked for more
	// (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html).
	quota = 100
	// longest is the longest a snapshot may take, in minutes: a day, for a first one of a large database.
	longest = 24 * 60
)

// Validate returns every problem of the spec.
func (s Spec) Validate() error {
	return validate.All(
		validate.Range("keep", s.Keep, fewest, quota),
		validate.Range("timeoutMinutes", s.TimeoutMinutes, 1, longest),
	)
}

// Args are what infra and other components supply.
type Args struct {
	// ID is the snapshot's name, from ID or from the release that took it. Changing it takes a snapshot.
	ID       string
	Region   string
	Database pulumi.StringInput // the instance's identifier
	// Version, Number and Stack are what the snapshot is tagged with: the release's version, such as v1.1.0, the release's
	// number, which counts up from 1, and the stack's name.
	Version string
	Number  int
	Stack   string
	// After is what has to be there before: the database, and what may refuse the release.
	After []pulumi.Resource
	// Frozen: no snapshot is taken, whatever has changed.
	Frozen bool
}

// notInID is what RDS takes in no identifier, and hyphens, as it takes no two of them in a row
// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSnapshot.html).
var notInID = regexp.MustCompile(`[^a-z0-9]+`)

// ID is the name of the snapshot before a release, such as flowcomply-production-pre-deploy-v1-1-0-7: the same in each
// attempt of the release, and another one for each release, also one of a version that was released before.
func ID(database, version string, number int) string {
	name := notInID.ReplaceAllString(strings.ToLower(version), "-")
	return fmt.Sprintf("%s-pre-deploy-%s-%d", database, strings.Trim(name, "-"), number)
}

// Snapshot is the step of a release that saves the data before it.
type Snapshot struct {
	pulumi.ResourceState
	// Done is what the migration waits for.
	Done pulumi.Resource
	// LeftOut says that the last snapshot is still that of another release; empty where it is this one's.
	LeftOut pulumi.StringOutput
	ID      string `pulumi:"id"`
}

// New declares the step. It runs when the ID changes, and again in the next update after it failed. Destroying the stack
// deletes no snapshot.
func New(ctx *pulumi.Context, name string, spec Spec, args Args, opts ...pulumi.ResourceOption) (*Snapshot, error) {
	var unnamed error
	if args.ID == "" {
		unnamed = errors.New("its ID is empty; ID makes one of a release")
	}
	taken := &Snapshot{}
	b, err := component.New(ctx, "flowcomply:snapshot:Snapshot", name, taken, struct{}{}, opts, spec.Validate(), unnamed)
	if err != nil {
		return nil, err
	}
	arguments := pulumi.StringArray{
		pulumi.String("--region"), pulumi.String(args.Region),
		pulumi.String("--database"), args.Database,
		pulumi.String("--id"), pulumi.String(args.ID),
		pulumi.String("--version"), pulumi.String(args.Version),
		pulumi.String("--number"), pulumi.String(strconv.Itoa(args.Number)),
		pulumi.String("--stack"), pulumi.String(args.Stack),
		pulumi.String("--keep"), pulumi.String(strconv.Itoa(spec.Keep)),
		pulumi.String("--timeout"), pulumi.String(fmt.Sprintf("%dm", spec.TimeoutMinutes)),
	}
	program := step.Program{
		Command: "./cmd/step snapshot", Arguments: arguments, Triggers: pulumi.Array{pulumi.String(args.ID)}, Frozen: args.Frozen,
	}
	done, err := step.New(ctx, name, program, b.Parent, pulumi.DependsOn(args.After))
	if err != nil {
		return nil, b.Errorf("%w", err)
	}
	taken.ID, taken.Done, taken.LeftOut = args.ID, done, step.LeftOut(name, done, program)
	return taken, b.Done()
}
