package release

import (
	"slices"
	"time"

	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify"
)

// Update is one operation on a stack as its history has it.
type Update struct {
	Kind    string // update, destroy, refresh, …
	Result  string // succeeded, failed, in-progress
	Start   time.Time
	End     time.Time // zero while it runs
	Message string
	Config  stacks.Source // what the stack file said; secrets are hidden
}

// What an update was.
type What string

// The kinds of updates.
const (
	Released   What = "release"
	RolledBack What = "rollback"
	Configured What = "configuration only"
	Destroyed  What = "destroy"
)

// Entry is an update with what it was about.
type Entry struct {
	Update
	What    What
	Version string
	Pins    *stacks.Pins // in force; nil for a release from its source
	// Record is the ledger's, of a proven release; nil where the release was not proven or the ledger does not have it.
	Record *verify.Record
}

// Proven tells whether the update proved its release: verify is its last resource.
func (e Entry) Proven() bool { return e.Kind == "update" && e.Result == "succeeded" }

// Took is how long the update took; 0 while it runs.
func (e Entry) Took() time.Duration {
	if e.End.IsZero() {
		return 0
	}
	return e.End.Sub(e.Start)
}

// identity is what makes two updates those of one release.
type identity struct {
	version string
	pinned  int // the number that was gone back to; 0: none
}

func (e Entry) identity() identity { return identityOf(e.Version, e.Pins) }

func identityOf(version string, pins *stacks.Pins) identity {
	if pins == nil {
		return identity{version: version}
	}
	return identity{version, pins.Number}
}

// Entries are the updates and destructions of a history, newest first, joined with the ledger of the releases that were
// proven. History's own version numbers count nothing on file and S3 backends, so that time gives the order.
func Entries(history []Update, ledger []verify.Record) []Entry {
	var entries []Entry
	for _, update := range history {
		if update.Kind == "update" || update.Kind == "destroy" {
			version, pins := releaseOf(update.Config)
			entries = append(entries, Entry{Update: update, Version: version, Pins: pins})
		}
	}
	slices.SortStableFunc(entries, func(a, b Entry) int { return b.Start.Compare(a.Start) })
	name(entries)
	number(entries, ledger)
	return entries
}

// name says what each update was, from the oldest on: one of the release that was proven last changes its configuration.
func name(entries []Entry) {
	var proven *identity
	for i := len(entries) - 1; i >= 0; i-- {
		entry := &entries[i]
		switch is := entry.identity(); {
		case entry.Kind == "destroy":
			entry.What = Destroyed
			if entry.Result == "succeeded" {
				proven = nil
			}
			continue
		case proven != nil && *proven == is:
			entry.What = Configured
		case entry.Pins != nil:
			entry.What = RolledBack
		default:
			entry.What = Released
		}
		if entry.Proven() {
			is := entry.identity()
			proven = &is
		}
	}
}

// number joins proven updates with the ledger, from the newest of both back, for as long as their versions agree. Several
// updates of one release have one record.
func number(entries []Entry, ledger []verify.Record) {
	at, older := len(ledger)-1, false
	for i := range entries {
		entry := &entries[i]
		if entry.What == Destroyed && entry.Result == "succeeded" {
			return // the ledger began anew after it
		}
		if !entry.Proven() {
			continue
		}
		if older && at > 0 && ledger[at-1].Version == entry.Version {
			at--
		}
		if at < 0 || ledger[at].Version != entry.Version {
			return
		}
		entry.Record = &ledger[at]
		older = entry.What != Configured
	}
}
