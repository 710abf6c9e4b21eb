package database

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/components/validate"
)

// Slot is one of the two names that an instance can have. A restore makes a copy under the other one beside the
// instance in use, so that it can be done again and again.
type Slot string

// The two slots.
const (
	Main     Slot = "main"     // <stack>
	Restored Slot = "restored" // <stack>-restored
)

// Other is the slot that a restore makes its copy in.
func (s Slot) Other() Slot {
	if s == Restored {
		return Main
	}
	return Restored
}

// Phase is how far a restore is.
type Phase string

// The phases: hold, swap, discard, and then no restore any more and the other slot; or back, and no restore any more.
const (
	Drain   Phase = "hold"    // no task that uses the database runs; nothing is restored yet
	Cutover Phase = "swap"    // the copy is made, and used; the instance before is kept and protected
	Cleanup Phase = "discard" // as swap, with the protection of the instance before taken off
	Revert  Phase = "back"    // the instance before is used again, and the copy's protection is taken off
)

// Restore is a restore that is under way. `flowcomply restore` writes it; the runbook's option 2 is what it does.
type Restore struct {
	// Phase is how far it is: hold, swap, discard or back. hold ends every task that uses the database and lets none
	// start. swap makes the copy and has the services use it; the instance before is kept, protected. discard takes that
	// protection off: with slot changed and restore taken out, the instance before is deleted then, after a last snapshot.
	// back has the services use the instance before again, and takes the copy's protection off: with restore taken out, the
	// copy is deleted then, after a last snapshot.
	Phase Phase `json:"phase"`
	// Snapshot is the DB snapshot to restore; give this or time, once the phase is not hold; default none. It has no effect
	// once the copy exists.
	Snapshot string `json:"snapshot,omitempty"`
	// Time is the moment to restore, in UTC, such as 2026-11-24T12:06:37Z: before the instance's latest restorable time, and no
	// more than backupDays ago; default none. It has no effect once the copy exists.
	Time string `json:"time,omitempty"`
	// StorageGiB is the size that the copy starts with, 20 to 65536, where its data has outgrown that of the database;
	// default the database's own.
	StorageGiB int `json:"storageGiB,omitempty"`
}

// snapshotForm is what RDS takes as an identifier, of an automated snapshot too; with room for a last snapshot's name,
// which contains it.
var snapshotForm = regexp.MustCompile(`(rds:)?[a-z][a-z0-9-]{0,149}`)

// momentForm is the one spelling that is taken, so that the same moment is the same text.
const momentForm = "2006-01-02T15:04:05Z"

// Validate returns every problem of the section.
func (r Restore) Validate() error {
	errs := []error{validate.OneOf("phase", r.Phase, Drain, Cutover, Cleanup, Revert)}
	switch {
	case r.Snapshot != "" && r.Time != "":
		errs = append(errs, validate.Fail("time", "is given beside snapshot", "one of the two"))
	case r.Snapshot == "" && r.Time == "" && r.Phase != Drain:
		errs = append(errs, validate.Fail("snapshot", "is missing, and so is time", "one of the two, but in phase hold"))
	case r.Snapshot != "":
		errs = append(errs, validate.Match("snapshot", r.Snapshot, snapshotForm, "a DB snapshot's identifier"))
	case r.Time != "":
		if _, err := time.Parse(momentForm, r.Time); err != nil {
			errs = append(errs, validate.Fail("time", "\""+r.Time+"\" is malformed", "a moment in UTC, to the second, such as 2026-11-24T12:06:37Z"))
		}
	}
	if r.StorageGiB != 0 {
		errs = append(errs, validate.Range("storageGiB", r.StorageGiB, 20, 65536))
	}
	return errors.Join(errs...)
}

// LastSnapshot is the one that is taken of an instance when this restore drops it. It has the restored point in its name,
// so that the next restore takes another.
func (r Restore) LastSnapshot(identifier string) string { return identifier + "-replaced-" + r.mark() }

// mark is the restored point as a part of a snapshot's identifier: letters, digits and single hyphens.
func (r Restore) mark() string {
	if r.Time != "" {
		return strings.ToLower(strings.NewReplacer("-", "", ":", "").Replace(r.Time))
	}
	parts := strings.FieldsFunc(r.Snapshot, func(c rune) bool { return c == ':' || c == '-' })
	return strings.Join(parts, "-")
}

// ConfiguredSlot is the slot without a restore.
func (s Spec) ConfiguredSlot() Slot {
	return cmp.Or(s.Slot, Main)
}

// Active is the slot whose instance is used.
func (s Spec) Active() Slot {
	if s.Restore != nil && (s.Restore.Phase == Cutover || s.Restore.Phase == Cleanup) {
		return s.ConfiguredSlot().Other()
	}
	return s.ConfiguredSlot()
}

// Slots are those that have an instance, the one in use first.
func (s Spec) Slots() []Slot {
	slots := []Slot{s.Active()}
	if s.Restore != nil && s.Restore.Phase != Drain {
		slots = append(slots, s.Active().Other())
	}
	return slots
}

// Has tells whether a slot has an instance.
func (s Spec) Has(slot Slot) bool { return slices.Contains(s.Slots(), slot) }

// ScaledToZero tells whether what uses the database may not run now.
func (s Spec) ScaledToZero() bool { return s.Restore != nil && s.Restore.Phase == Drain }

// copied tells whether a slot's instance is the copy of a restore that is under way.
func (s Spec) copied(slot Slot) bool { return s.Restore != nil && slot != s.ConfiguredSlot() }

// expendable tells whether a slot's instance is about to be dropped, on purpose.
func (s Spec) expendable(slot Slot) bool {
	return s.Restore != nil && (s.Restore.Phase == Cleanup || s.Restore.Phase == Revert) && slot != s.Active()
}
