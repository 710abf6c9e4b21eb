package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/flowcomply/infrastructure/components/database"
	"github.com/flowcomply/infrastructure/components/service"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// scaledToZero tells whether a service may not run, as the database that it uses is about to be restored.
func (e *environment) scaledToZero(name string) bool {
	return e.spec.Database.ScaledToZero() && slices.Contains(e.spec.Services[name].Access, service.AccessDatabase)
}

// databaseChanged tells whether the services get another instance than they were last verified with. Its schema is that of
// its data, whatever this release's migrations did to the other.
func databaseChanged(previous outputs.Outputs, spec stacks.Spec) bool {
	return previous.DatabaseIdentifier != "" && previous.DatabaseIdentifier != spec.DatabaseIdentifier()
}

// rejectDuringRestore refuses a release while the services that would verify it are scaled to zero.
func rejectDuringRestore(kind releaseKind, spec stacks.Spec) error {
	if kind == releaseUnchanged || !spec.Database.ScaledToZero() {
		return nil
	}
	return fmt.Errorf("database.restore: in phase hold nothing runs that a release could be verified by, and %s was not verified before; "+
		"put release.version back, or end the hold first (flowcomply restore --undo --stack NAME)", spec.Release.Version)
}

// checkActiveDatabase refuses a stack file that lost the instance with the data, as an edit or a merge took `slot` or
// `restore` out. The services would otherwise get another database, an empty one at worst.
func checkActiveDatabase(previous outputs.Outputs, spec stacks.Spec) error {
	identifiers := spec.Names().Databases()
	for _, slot := range slices.Sorted(maps.Keys(identifiers)) {
		if identifiers[slot] != previous.DatabaseIdentifier || spec.Database.Has(slot) {
			continue
		}
		edit, back := "`pulumi config rm flowcomply:database.slot`", ""
		if slot != database.Main {
			edit, back = "`pulumi config set flowcomply:database.slot restored`", "; to return to the instance before, `flowcomply restore --undo --stack NAME`"
		}
		return fmt.Errorf("database: the data is in %s, and this stack file has no such instance; nothing was changed; next: %s, "+
			"or, in the middle of a restore, put flowcomply:database.restore back as it was%s", previous.DatabaseIdentifier, edit, back)
	}
	return nil
}
