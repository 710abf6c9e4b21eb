package release

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/release/part"
)

// printf writes to the person at the terminal.
func (c Command) printf(format string, args ...any) { fmt.Fprintf(c.Out, format, args...) }

// printError shows an error, if there is one.
func (c Command) printError(err error) {
	if err != nil {
		c.printf("\n%s\n", strings.TrimSpace(err.Error()))
	}
}

// printPlan shows what a rollback would do, and why it is safe, before the engine is asked.
func (c Command) printPlan(p plan) {
	version, _ := releaseOf(p.now)
	record := p.target.Record
	c.printf("%s: %s is configured; going back to %s, release %d", c.Stack, version, record.Version, record.Number)
	if !p.target.Since.IsZero() {
		c.printf(", proven %s", at(p.target.Since))
	}
	if record.Commit != "" {
		c.printf(", commit %.12s", record.Commit)
	}
	c.printf("\n\nimages, all still in the registry\n")
	for _, service := range slices.Sorted(maps.Keys(record.Images)) {
		c.printf("  %-14s %s\n", service, record.Images[service].Digest)
	}
	c.printf("schema\n")
	if len(p.forced) == 0 {
		c.printf("  stays as it is; nothing that %s may use was taken from it since\n", record.Version)
	}
	for _, one := range p.forced {
		c.printf("  !! FORCED over %s: %s may not survive it\n", one, record.Version)
	}
	c.printConfiguration(p)
}

// printConfiguration lists every key that differs.
func (c Command) printConfiguration(p plan) {
	c.printf("configuration\n")
	if p.target.Config.Values == nil {
		c.printf("  history no longer has it: all but the release stays as it is now\n")
		return
	}
	if len(p.changes) == 0 {
		c.printf("  is what it was\n")
	}
	for _, change := range p.changes {
		if change.NonRevertible == "" {
			c.printf("  %-40s %s → %s\n", change.Key, change.Now, change.Then)
		}
	}
	for _, change := range p.changes {
		if change.NonRevertible != "" {
			c.printf("  %-40s stays %s, not %s: %s\n", change.Key, change.Now, change.Then, change.NonRevertible)
		}
	}
	c.printf("  secrets stay as they are\n")
}

// printPreview shows what the engine would change, and that no data is touched.
func (c Command) printPreview(steps []Step) {
	for _, step := range steps {
		c.printf("  %s\n", step)
	}
	c.printf("%s: %d builds, %d snapshots, %d migrations; nothing that holds data is replaced or deleted.\n", text.Count(len(steps), "change"),
		len(Names(steps, part.Build)), len(Names(steps, part.Snapshot)), len(Names(steps, part.Migration)))
}

// printRisks shows a reviewer what a release would change, and returns the changes to what is protected.
//
//runbook:1.4#1 lists everything that a release would change, before it asks.
func (c Command) printRisks(steps []Step, notes []string) (protected []Step) {
	for _, step := range steps {
		c.printf("  %s\n", step)
	}
	for _, note := range notes {
		c.printf("  %s\n", note)
	}
	c.printf("\n%s\n", text.Count(len(steps), "change"))
	ops := map[string][]string{}
	for _, step := range steps {
		ops[step.Op] = append(ops[step.Op], step.Name)
	}
	for _, row := range []struct {
		title string
		names []string
		none  string
	}{
		{"builds", Names(steps, part.Build), "no image"}, {"images taken", Names(steps, part.Publish), ""},
		{"snapshot", Names(steps, part.Snapshot), "none"}, {"migrates", Names(steps, part.Migration), "no"},
		{"services that roll", Names(steps, part.Service), "none"}, {"other commands", Names(steps, part.Other), ""},
		{"replaced", ops["replace"], ""}, {"deleted", ops["delete"], ""},
	} {
		if names := cmp.Or(strings.Join(row.names, ", "), row.none); names != "" {
			c.printf("  %-20s %s\n", row.title, names)
		}
	}
	protected = ProtectedChanges(steps)
	for _, step := range protected {
		c.printf("  !! %s: holds data, or is what others stand on\n", step)
	}
	return protected
}
