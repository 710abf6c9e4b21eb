package release

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/release/part"
)

// explain says what going back would do, and why it is safe, as far as it is known without the engine.
func (c Command) explain(p plan) {
	version, _ := releaseOf(p.now)
	record := p.target.Record
	c.say("%s: %s is configured; going back to %s, release %d", c.Stack, version, record.Version, record.Number)
	if !p.target.Since.IsZero() {
		c.say(", proven %s", at(p.target.Since))
	}
	if record.Commit != "" {
		c.say(", commit %.12s", record.Commit)
	}
	c.say("\n\nimages, all still in the registry\n")
	for _, service := range slices.Sorted(maps.Keys(record.Images)) {
		c.say("  %-14s %s\n", service, record.Images[service].Digest)
	}
	c.say("schema\n")
	if len(p.overruns) == 0 {
		c.say("  stays as it is; nothing that %s may use was taken from it since\n", record.Version)
	}
	for _, one := range p.overruns {
		c.say("  !! FORCED over %s: %s may not survive it\n", one, record.Version)
	}
	c.configuration(p)
}

// configuration lists every key that differs.
func (c Command) configuration(p plan) {
	c.say("configuration\n")
	if p.target.Config.Values == nil {
		c.say("  history no longer has it: all but the release stays as it is now\n")
		return
	}
	var moved, stayed []string
	for _, change := range p.changes {
		line := fmt.Sprintf("  %-40s %s → %s", change.Key, change.Now, change.Then)
		if change.Stays != "" {
			stayed = append(stayed, fmt.Sprintf("  %-40s stays %s, not %s: %s", change.Key, change.Now, change.Then, change.Stays))
			continue
		}
		moved = append(moved, line)
	}
	if len(p.changes) == 0 {
		c.say("  is what it was\n")
	}
	for _, line := range slices.Concat(moved, stayed) {
		c.say("%s\n", line)
	}
	c.say("  secrets stay as they are\n")
}

// foresee shows what the engine would change, and what it would not.
func (c Command) foresee(steps []Step) {
	for _, step := range steps {
		c.say("  %s\n", step)
	}
	counts := Counts(steps)
	c.say("%s: %d builds, %d snapshots, %d migrations; nothing that holds data is replaced or deleted.\n",
		changes(len(steps)), counts[part.Build], counts[part.Snapshot], counts[part.Migration])
}

// risk shows a reviewer of a release what is to be looked at, and whether anything that lasts would go.
//
//runbook:1.4#1 lists everything that a release would change, before it asks.
func (c Command) risk(steps []Step, notes []string) (lasting []Step) {
	for _, step := range steps {
		c.say("  %s\n", step)
	}
	for _, note := range notes {
		c.say("  %s\n", note)
	}
	c.say("\n%s\n", changes(len(steps)))
	for _, row := range []struct {
		title string
		part  part.Part
		none  string
	}{
		{"builds", part.Build, "no image"}, {"images taken", part.Publish, ""}, {"snapshot", part.Snapshot, "none"},
		{"migrates", part.Migration, "no"}, {"services that roll", part.Service, "none"}, {"other commands", part.Other, ""},
	} {
		names := strings.Join(Names(steps, row.part), ", ")
		if names == "" {
			names = row.none
		}
		if names != "" {
			c.say("  %-20s %s\n", row.title, names)
		}
	}
	var replaced, deleted []string
	for _, step := range steps {
		switch step.Op {
		case "replace":
			replaced = append(replaced, step.Name)
		case "delete":
			deleted = append(deleted, step.Name)
		}
	}
	for _, row := range []struct {
		title string
		names []string
	}{{"replaced", replaced}, {"deleted", deleted}} {
		if len(row.names) > 0 {
			c.say("  %-20s %s\n", row.title, strings.Join(row.names, ", "))
		}
	}
	lasting = Lasting(steps)
	for _, step := range lasting {
		c.say("  !! %s: holds data, or is what others stand on\n", step)
	}
	return lasting
}

func changes(n int) string {
	if n == 1 {
		return "1 change"
	}
	return fmt.Sprintf("%d changes", n)
}
