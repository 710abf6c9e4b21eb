package restore

import (
	"context"
	"fmt"

	"github.com/flowcomply/infrastructure/components/database"
	"github.com/flowcomply/infrastructure/release"
)

// instanceName is the logical name of a slot's instance: package database's, under the role that infra gives it.
func instanceName(slot database.Slot) string {
	if slot == database.Restored {
		return "database-restored"
	}
	return "database"
}

// confirm drops the instance before: it loses its protection, and then it is no longer declared.
func (c Command) confirm(ctx context.Context, yes bool) error {
	at, err := c.load(ctx)
	if err != nil {
		return err
	}
	switch at.phase() {
	case "":
		return release.Refusef("no restore is under way: there is nothing to confirm").Then(c.again("") + " lists what can be restored")
	case database.Drain, database.Revert:
		return c.underWay(at, fmt.Sprintf("it is in phase %s, and there is nothing to confirm", at.phase()), "--undo")
	case database.Cutover, database.Cleanup: // there is a copy to confirm
	}
	slot := at.spec.Database.ConfiguredSlot()
	before, copied := names(at.spec)
	if at.phase() == database.Cutover && at.outputs.DatabaseIdentifier != copied {
		return release.Refusef("%s was not proven yet: the last proven update has %s", copied, at.outputs.DatabaseIdentifier).
			Then(c.again("") + " goes on with it")
	}
	return c.end(ctx, &at, yes, ending{
		phase: database.Cleanup, stays: copied, goes: before, slot: slot.Other(), again: c.again("--confirm"),
		question: fmt.Sprintf("Delete %s, and keep %s?", before, copied), message: "restore: take the protection off " + before,
	})
}

// undo has the services use the instance before again, and drops the copy if there is one.
func (c Command) undo(ctx context.Context, yes bool) error {
	at, err := c.load(ctx)
	if err != nil {
		return err
	}
	switch at.phase() {
	case "":
		return release.Refusef("no restore is under way: there is nothing to undo").
			Then("once a restore was confirmed, restore the last snapshot of the instance before: " + c.again("") + " lists it")
	case database.Cleanup:
		return c.underWay(at, "it was being confirmed, and the instance before may be gone", "--confirm")
	case database.Drain, database.Cutover, database.Revert: // the instance before is still there
	}
	slot := at.spec.Database.ConfiguredSlot()
	before, copied := names(at.spec)
	there, err := at.account.Instance(ctx, copied)
	if err != nil {
		return err
	}
	if there == nil {
		if err := c.printPreview(ctx, at, slot, nil, ""); err != nil {
			return err
		}
		if err := c.ask(ctx, yes, fmt.Sprintf("Let what uses %s run again?", before)); err != nil {
			return err
		}
		return c.update(ctx, &at, slot, nil, "restore: undone before there was a copy", c.again("--undo")+" goes on")
	}
	return c.end(ctx, &at, yes, ending{
		phase: database.Revert, stays: before, goes: copied, slot: slot, again: c.again("--undo"),
		question: fmt.Sprintf("Use %s again, and delete %s?", before, copied), message: "restore: use " + before + " again",
	})
}

// printComparison shows the two instances, and what is lost with the one that goes.
func (c Command) printComparison(ctx context.Context, at situation, stays, goes string) error {
	c.printf("%s: restored from %s\n", c.Stack, describe(*at.spec.Database.Restore))
	for _, row := range []struct{ word, identifier string }{{"stays", stays}, {"deleted", goes}} {
		found, err := at.account.Instance(ctx, row.identifier)
		switch {
		case err != nil:
			return err
		case found == nil:
			c.printf("  %-9s %s, which is gone already\n", row.word, row.identifier)
		default:
			c.printf("  %-9s %s, %s, made %s\n", row.word, found.ID, found.Status, found.Created.UTC().Format(moment))
		}
	}
	last := at.spec.Database.Restore.LastSnapshot(goes)
	if !at.spec.Protected() {
		c.printf("  %-9s no last snapshot, as flowcomply:protection is none\n", "lost")
		return nil
	}
	c.printf("  %-9s what is only in %s; it is in the last snapshot, %s\n", "lost", goes, last)
	taken, err := at.account.Snapshots(ctx, goes)
	if err != nil {
		return err
	}
	for _, one := range taken {
		if one.ID == last {
			return release.Refusef("there is a snapshot %s already, of %s: RDS would not delete the instance", last, one.At.UTC().Format(moment)).
				Then("copy it under another name and delete it, and run this again")
		}
	}
	return nil
}

// ending is how a restore ends: which of the two instances stays.
type ending struct {
	phase       database.Phase // in which the other one loses its protection
	stays, goes string
	slot        database.Slot // of the one that stays
	question    string
	message     string // of the update that takes the protection off
	again       string // the command line that goes on
}

// end shows both instances, asks, takes the protection off one of them and then stops declaring it.
func (c Command) end(ctx context.Context, at *situation, yes bool, e ending) error {
	if err := c.printComparison(ctx, *at, e.stays, e.goes); err != nil {
		return err
	}
	slot, restore := at.spec.Database.ConfiguredSlot(), *at.spec.Database.Restore
	begun := restore.Phase == e.phase
	restore.Phase = e.phase
	if !begun {
		if err := c.printPreview(ctx, *at, slot, &restore, ""); err != nil {
			return err
		}
	}
	if err := c.ask(ctx, yes, e.question); err != nil {
		return err
	}
	if err := c.update(ctx, at, slot, &restore, e.message, fmt.Sprintf("both instances are there; %s goes on", e.again)); err != nil {
		return err
	}
	next := fmt.Sprintf("%s is not deleted yet; %s goes on", e.goes, e.again)
	if err := c.printPreview(ctx, *at, e.slot, nil, instanceName(e.slot.Other())); err != nil {
		return &failure{err, next}
	}
	if err := c.update(ctx, at, e.slot, nil, "restore: delete "+e.goes, next); err != nil {
		return err
	}
	c.printf("\n%s is the stack's database; %s is deleted.\n", e.stays, e.goes)
	return nil
}
