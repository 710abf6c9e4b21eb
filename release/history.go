package release

import (
	"slices"
	"time"

	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Update is one operation on a stack, from its history.
type Update struct {
	Kind    string // update, destroy, refresh, …
	Result  string // succeeded, failed, in-progress
	Start   time.Time
	End     time.Time // zero while it runs
	Message string
	Config  stacks.Source // what the stack file said; secrets are hidden
	// Changes counts resources by the engine's operation: same, create, update, delete, and so on. Nil where the backend does
	// not say.
	Changes map[string]int
	// Limited: it was told to leave resources out (--target, --exclude), as far as the backend says.
	Limited bool
}

// did tells whether the operation did this to resources, and did nothing else.
func (u Update) did(only string) bool {
	for op, count := range u.Changes {
		if op != only && count > 0 {
			return false
		}
	}
	return u.Changes[only] > 0
}

// emptied tells whether a destroy left nothing of the stack. One that was limited to some resources left the others. Where
// the changes are not known, a successful destroy counts.
func (u Update) emptied() bool {
	return u.Kind == "destroy" && u.Result == "succeeded" && (u.Changes == nil || u.did("delete"))
}

// began tells whether the operation started with an empty stack.
func (u Update) began() bool { return u.Kind == "update" && u.did("create") }

// What an update did.
type What string

// The kinds of updates.
const (
	Released   What = "release"
	RolledBack What = "rollback"
	Configured What = "configuration only"
	Destroyed  What = "destroy"
)

// Entry is an update with the release that it was about.
type Entry struct {
	Update
	What    What
	Version string
	Pins    *stacks.Pins // in force; nil for a release from its source
	// Record is the release that the update verified. Nil where it verified none, or where the outputs no longer list it.
	Record *outputs.Record

	fingerprint string // of the configuration
	verified    bool
}

// Verified tells whether the update verified its release. Success alone does not mean that: the update may have been limited
// to other resources (--target, --exclude).
func (e Entry) Verified() bool { return e.verified }

// identity is the same for all updates of one release.
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

// Entries are the updates and destroys of a history, newest first, matched with the releases that were verified. They are
// ordered by time, because version numbers in a history mean nothing on file and S3 backends.
func Entries(history []Update, releases []outputs.Record) []Entry {
	var entries []Entry
	for _, update := range history {
		if update.Kind == "update" || update.Kind == "destroy" {
			version, pins := releaseOf(update.Config)
			entries = append(entries, Entry{Update: update, Version: version, Pins: pins, fingerprint: update.Config.Fingerprint()})
		}
	}
	slices.SortStableFunc(entries, func(a, b Entry) int { return b.Start.Compare(a.Start) })
	matchVerified(entries[:ofThisLife(entries)], releases)
	name(entries)
	return entries
}

// ofThisLife is how many entries, from the newest on, belong to the stack as it is now. What came before a full destroy
// belongs to an earlier stack, with releases of its own.
func ofThisLife(entries []Entry) int {
	for i, entry := range entries {
		switch {
		case entry.emptied():
			return i
		case entry.began():
			return i + 1
		}
	}
	return len(entries)
}

// name says what each update did, from the oldest on. One with the release that was verified last changes only the
// configuration.
func name(entries []Entry) {
	var last *identity
	for i := range slices.Backward(entries) {
		entry, is := &entries[i], entries[i].identity()
		switch {
		case entry.Kind == "destroy":
			entry.What = Destroyed
			if entry.emptied() {
				last = nil
			}
			continue
		case last != nil && *last == is:
			entry.What = Configured
		case entry.Pins != nil:
			entry.What = RolledBack
		default:
			entry.What = Released
		}
		if entry.Verified() {
			last = &is
		}
	}
}
