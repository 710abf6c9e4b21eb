package restore

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/components/database"
	"github.com/flowcomply/infrastructure/components/service"
	"github.com/flowcomply/infrastructure/release"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// printPlan shows what a restore loses and what it brings back, before anybody is asked.
func (c Command) printPlan(at situation, p point) {
	before, copied := names(at.spec)
	from := "the moment " + p.at.Format(moment) + " of " + before
	switch {
	case p.snapshot != nil:
		from = fmt.Sprintf("snapshot %s, of %s", p.snapshot.ID, p.at.Format(moment))
	case p.latest:
		from = "the latest moment of " + before + ", once nothing is written any more"
	}
	c.printf("%s: restore into %s\n", c.Stack, copied)
	line := func(word, format string, args ...any) { c.printf("  %-9s %s\n", word, fmt.Sprintf(format, args...)) }
	line("from", "%s", from)
	if p.latest {
		line("lost", "nothing that was written before the tasks end; what is damaged by now stays damaged")
	} else {
		line("lost", "everything written since: %s by now, and what is written until the tasks have ended", dataLossWindow(c.Now().Sub(p.at)))
	}
	for _, entry := range since(at.entries, p.at) {
		line("since", "%s", entry)
	}
	line("schema", "%s", c.schema(at, p))
	if p.restore.StorageGiB > 0 {
		line("storage", "%d GiB, as the data has; flowcomply:database.storageGiB is %d", p.restore.StorageGiB, at.spec.Database.StorageGiB)
	}
	line("down", "%s, from now until the copy is used: RDS takes 15 to 30 minutes, and longer, up to hours, for a large database, "+
		"which it backs up first", strings.Join(databaseServices(at), ", "))
	line("kept", "%s, %s, until you confirm", before, at.protectionNote())
}

// databaseServices are the services that may not run meanwhile, sorted.
func databaseServices(at situation) []string {
	return slices.DeleteFunc(at.spec.Images(), func(name string) bool {
		return !slices.Contains(at.spec.Services[name].Access, service.AccessDatabase)
	})
}

// since are the updates that changed what ran after a moment, oldest first.
func since(entries []release.Entry, at time.Time) []string {
	var lines []string
	for _, entry := range slices.Backward(entries) {
		changed := entry.What == release.Released || entry.What == release.RolledBack
		if !changed || !entry.End.IsZero() && entry.End.Before(at) {
			continue
		}
		line := fmt.Sprintf("%s of %s, %s", entry.What, entry.Version, entry.Start.UTC().Format(moment))
		if !entry.Verified() {
			line += ", not proven"
		}
		lines = append(lines, line)
	}
	return lines
}

// schema says what runs on the data, whose schema may be an older release's.
func (c Command) schema(at situation, p point) string {
	now, pins := at.spec.Release.Version, at.spec.Release.Pinned()
	was, known := releaseAt(at, p)
	// The release that was gone back to has the schema that the data has.
	fits := func(r outputs.Record) bool { return r.Number == pins.Number && r.Schema.Hash == was.Schema.Hash }
	switch {
	case pins != nil && known && !slices.ContainsFunc(at.outputs.Releases, fits):
		return fmt.Sprintf("that of %s, and %s, which was gone back to, has another; nothing is migrated for it: verification will tell", was.Version, now)
	case pins != nil:
		return fmt.Sprintf("%s was gone back to, and nothing is migrated for it", now)
	case !known:
		return fmt.Sprintf("of a release that the release history does not have; the migrations of %s are applied to the copy", now)
	case was.Version == now:
		return "that of " + now + ", which is configured"
	}
	return fmt.Sprintf("that of %s; the migrations of %s, which is configured, are applied to the copy. "+
		"To run %s on it instead, go back first: %s, with --force if it says that the schema has contracted",
		was.Version, now, was.Version, release.Advice("rollback", c.Stack, c.File, was.Version))
}

// releaseAt is the release whose schema the data has: a snapshot before a release has that of the one before it.
func releaseAt(at situation, p point) (outputs.Record, bool) {
	if p.snapshot != nil && p.snapshot.Number > 0 {
		for _, record := range slices.Backward(at.outputs.Releases) {
			if record.Number < p.snapshot.Number {
				return record, true
			}
		}
		return outputs.Record{}, false
	}
	for _, entry := range at.entries {
		if entry.Verified() && entry.End.Before(p.at) && entry.Record != nil {
			return *entry.Record, true
		}
	}
	return outputs.Record{}, false
}

// describe is a restore that is under way, in a line.
func describe(restore database.Restore) string {
	switch {
	case restore.Snapshot != "":
		return "snapshot " + restore.Snapshot
	case restore.Time != "":
		return "the moment " + restore.Time
	}
	return "the latest moment"
}
