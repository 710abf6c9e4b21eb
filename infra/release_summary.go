package main

import (
	"fmt"
	"strings"

	"github.com/flowcomply/infrastructure/components/migration"
)

// summary is what a preview prints of the release, for whoever reviews it.
func (r release) summary(in releaseInputs) []string {
	switch {
	case r.kind == releaseUnchanged && r.databaseChanged:
		return []string{fmt.Sprintf("release %s: the one that was verified last; migrations: run, as the services get another database", r.version)}
	case r.kind == releaseUnchanged:
		return []string{fmt.Sprintf("release %s: the one that was verified last; no step is made", r.version)}
	case r.kind == releaseRollback:
		return []string{fmt.Sprintf("release %s: gone back to; images: pinned, snapshot: skipped, migrations: skipped", r.version)}
	}
	snapshot := "snapshot: " + r.SnapshotID
	if r.First {
		snapshot = "snapshot: skipped; the database is new"
	}
	var origins []string
	for _, name := range in.services {
		origins = append(origins, name+" "+r.Images[name].Origin)
	}
	return append([]string{
		fmt.Sprintf("release %s: number %d of this stack", r.version, r.Number),
		"images: " + strings.Join(origins, ", "), snapshot, r.migrations(in.migrations),
	}, r.findings(in.migrations)...)
}

//runbook:1.4#3 names in the preview the migrations that will run, or says that they are skipped.
func (r release) migrations(set migration.Set) string {
	added := set.Without(r.previous.Release.Schema.Names).Names()
	switch {
	case !r.migrates():
		return fmt.Sprintf("migrations: skipped; the %d of this release are those of the last one", len(set))
	case len(added) == 0:
		return "migrations: run, as one that was applied before has another text now"
	default:
		return fmt.Sprintf("migrations: run; new are %v", added)
	}
}

// findings name the statements of new migrations that do more than expand the schema. Those that lock a table refuse
// nothing, as a reviewer knows how large it is. The others were allowed by name.
func (r release) findings(set migration.Set) []string {
	if r.First || !r.migrates() {
		return nil
	}
	var lines []string
	for _, found := range set.LintSince(r.previous.Release.Schema.Names) {
		lines = append(lines, "migrations: "+found.String())
	}
	return lines
}
