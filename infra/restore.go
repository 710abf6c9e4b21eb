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

// held tells whether a service may not run, as the database that it uses is about to be restored.
func (e environment) held(name string) bool {
	return e.spec.Database.Held() && slices.Contains(e.spec.Services[name].Access, service.AccessDatabase)
}

// otherData tells whether the services get another instance than the one that they were last proven with. Its schema is
// that of its data, whatever this release's migrations did to the other.
func otherData(before outputs.Outputs, spec stacks.Spec) bool {
	return before.DatabaseIdentifier != "" && before.DatabaseIdentifier != spec.DatabaseIdentifier()
}

// leavesSchema tells whether nothing is migrated, whatever has changed.
func (r release) leavesSchema() bool {
	return r.kind == pinned || r.kind == settled && !r.otherData
}

// holdsStill refuses a release while what it would be proven by may not run.
func holdsStill(of kind, spec stacks.Spec) error {
	if of == settled || !spec.Database.Held() {
		return nil
	}
	return fmt.Errorf("database.restore: in phase hold nothing runs that a release could be proven by, and %s is none that was; "+
		"put release.version back, or end the hold first (make restore STACK=… UNDO=1)", spec.Release.Version)
}

// keepsData refuses a program that would leave the instance with the data behind: `slot` or `restore` was lost, by an
// edit or a merge, and the services would be given another database, an empty one at worst. Without protection nothing
// else would stop it; with it, only the end of the update would, and the services' part comes before that.
func keepsData(before outputs.Outputs, spec stacks.Spec) error {
	identifiers := spec.Names().Databases()
	for _, slot := range slices.Sorted(maps.Keys(identifiers)) {
		if identifiers[slot] != before.DatabaseIdentifier || spec.Database.Has(slot) {
			continue
		}
		return fmt.Errorf("database: the data is in %s, and this stack file has no such instance; nothing was changed; next: %s",
			before.DatabaseIdentifier, putBack(slot))
	}
	return nil
}

// putBack says how the instance of a slot gets back into the stack file.
func putBack(slot database.Slot) string {
	if slot == database.Main {
		return "`pulumi config rm flowcomply:database.slot`, or, in the middle of a restore, put flowcomply:database.restore back as it was"
	}
	return "`pulumi config set flowcomply:database.slot restored`, or, in the middle of a restore, put flowcomply:database.restore back as it was; " +
		"to return to the instance before, `make restore STACK=… UNDO=1`"
}
