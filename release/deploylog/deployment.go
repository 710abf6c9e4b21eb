// Package deploylog writes the log of a deployment from what happened, never from what was meant to: a Timeline of the
// engine's own events, the stack's outputs before and after, and verify's report.
//
// It has the form of the runbook's "Deployment Log Template" as Markdown, the same as one HTML page with the timeline
// drawn, and everything as JSON for programs. The page loads nothing and runs no script, so that it reads the same in ten
// years, from a disk, in a mail or printed.
//
// Use: a Recorder makes the Timeline; fill a Deployment, with Components and Migrations for what the outputs say; Write
// puts the three files into a folder. Package notify tells people.
package deploylog

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Status is how a deployment ended.
type Status string

const (
	// Succeeded means that the update went through and verify passed.
	Succeeded Status = "succeeded"
	// Failed means that the update failed and what it had changed until then was left, or that going back failed too.
	Failed Status = "failed"
	// RolledBack means that the update failed and an earlier version was brought back by itself.
	RolledBack Status = "rolled back"
	// RolledBackManually means that somebody asked for an earlier version, and has it.
	RolledBackManually Status = "went back"
)

// Good tells whether the deployment ended as intended.
func (s Status) Good() bool { return s == Succeeded || s == RolledBackManually }

// Deployment is everything that the log says. The zero value of a field says that it is not known, or that there is none.
type Deployment struct {
	Stack    string `json:"stack"`   // Pulumi stack, such as production
	Version  string `json:"version"` // that was to be deployed, such as v1.1.0
	Previous string `json:"previous,omitempty"`
	// Number is the release's in the stack's release history; 0 for one that was never proven.
	Number int    `json:"number,omitempty"`
	Commit string `json:"commit,omitempty"` // of the application's source
	// Start and End are of the whole, rollback included. They are shown in Start's location.
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
	Status Status    `json:"status"`

	Components []Component `json:"components,omitempty"` // what runs now
	Database   Database    `json:"database"`
	SnapshotID string      `json:"snapshotId,omitempty"` // taken before the migration

	Timeline Timeline  `json:"timeline"`
	Report   *Report   `json:"report,omitempty"` // verify's, of Version
	Rollback *Rollback `json:"rollback,omitempty"`
	// Issues are what the caller knows beside what the timeline and the reports say.
	Issues  []Issue `json:"issues,omitempty"`
	SignOff SignOff `json:"signOff"`
	// PreviousLog is the file name of the stack's log before this one; Write finds it.
	PreviousLog string `json:"previousLog,omitempty"`

	// Hide knows secret values that must not be shown, beside what is plainly one. It may be nil.
	Hide *check.Redactor `json:"-"`
}

// Component is one service and what it runs after the deployment.
type Component struct {
	Service string `json:"service"` // role, such as backend
	Version string `json:"version"` // empty where the service does not exist
	Digest  string `json:"digest,omitempty"`
	Changed bool   `json:"changed"`
	Origin  string `json:"origin,omitempty"` // built, held, promoted or pinned
	Note    string `json:"note,omitempty"`   // such as "its deployment failed"
}

// Database is what the deployment did to the schema.
type Database struct {
	Applied []string `json:"applied,omitempty"` // names of the migrations, in order
	Note    string   `json:"note,omitempty"`    // instead of "No migrations", where that would not be true
}

// Rollback is the rollback after a failed update.
type Rollback struct {
	To       string    `json:"to"` // version
	Reason   string    `json:"reason,omitempty" log:"foreign"`
	Failed   bool      `json:"failed,omitempty"` // it did not bring the version back
	Timeline *Timeline `json:"timeline,omitempty"`
	Report   *Report   `json:"report,omitempty"` // verify's, after it
}

// Issue is something that somebody should read.
type Issue struct {
	Warning bool     `json:"warning,omitempty"` // nothing failed because of it
	What    string   `json:"what"`
	Causes  []string `json:"causes,omitempty" log:"foreign"`
	Next    string   `json:"next,omitempty" log:"foreign"` // what to do

	after string // what is left to do once a rollback has brought an earlier version back
}

// SignOff are names; an empty one leaves a line to be signed.
type SignOff struct {
	DeployedBy string `json:"deployedBy,omitempty"`
	VerifiedBy string `json:"verifiedBy,omitempty"`
	ApprovedBy string `json:"approvedBy,omitempty"`
}

// Took is how long the deployment took.
func (d Deployment) Took() time.Duration { return d.End.Sub(d.Start) }

// Components compares a stack's outputs from before an update with those from after it. An update that failed exports
// nothing: after is then the zero Outputs, and what the services run is told from the timeline.
func Components(version string, before, after outputs.Outputs, timeline Timeline) []Component {
	var all []Component
	if len(after.Services) == 0 {
		for _, role := range slices.Sorted(maps.Keys(before.Services)) {
			all = append(all, left(role, version, before, timeline))
		}
		return all
	}
	for _, role := range slices.Sorted(maps.Keys(after.Services)) {
		digest := after.Services[role].ImageDigest
		all = append(all, Component{
			Service: role, Version: after.Version, Digest: digest, Changed: digest != before.Services[role].ImageDigest,
		})
	}
	return all
}

// left is what a failed update leaves of a service.
func left(role, version string, before outputs.Outputs, timeline Timeline) Component {
	old := Component{Service: role, Version: before.Version, Digest: before.Services[role].ImageDigest}
	for _, step := range timeline.Of(Services) {
		switch {
		case step.Name != role:
		case step.Failed || step.Unfinished:
			old.Note = "the deployment of " + version + " failed"
		default:
			return Component{Service: role, Version: version, Changed: true, Note: "not proven"}
		}
	}
	return old
}

// Migrations compares a stack's outputs from before an update with those from after it; after a failed update, after is
// the zero Outputs.
func Migrations(before, after outputs.Outputs, timeline Timeline) Database {
	// A step that is only updated writes its inputs down and runs nothing (components/internal/step).
	steps := slices.DeleteFunc(timeline.Of(Migration), func(s Step) bool { return s.Op == apitype.OpUpdate })
	switch {
	case len(steps) > 0 && (steps[0].Failed || steps[0].Unfinished):
		return Database{Note: "Migration failed, see the issues"}
	case len(after.Services) == 0 && len(steps) > 0:
		return Database{Note: "Migrated"}
	}
	had := before.Release.Schema.Names
	return Database{Applied: slices.DeleteFunc(slices.Clone(after.Release.Schema.Names), func(name string) bool {
		return slices.Contains(had, name)
	})}
}

// String is the template's line: "No migrations", or which were applied.
func (d Database) String() string {
	switch {
	case d.Note != "":
		return d.Note
	case len(d.Applied) == 0:
		return "No migrations"
	}
	return text.Count(len(d.Applied), "migration") + " applied: " + strings.Join(d.Applied, ", ")
}
