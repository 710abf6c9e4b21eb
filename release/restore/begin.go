package restore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/components/database"
	"github.com/flowcomply/infrastructure/release"
)

func (c Command) run(ctx context.Context, request Request, yes bool) error {
	at, err := c.load(ctx)
	if err != nil {
		return err
	}
	switch under := at.spec.Database.Restore; at.phase() {
	case database.Cleanup:
		return c.underWay(at, "it was being confirmed", "--confirm")
	case database.Revert:
		return c.underWay(at, "it was being undone", "--undo")
	case database.Cutover:
		if !request.empty() {
			return c.underWay(at, "its copy is in use or is being made", "--confirm", "--undo")
		}
		_, copied := names(at.spec)
		return c.cutOver(ctx, &at, point{restore: *under}, fmt.Sprintf("Go on with the restore of %s into %s?", describe(*under), copied), yes)
	case database.Drain:
		if request.empty() {
			if request, err = requestOf(*under); err != nil {
				return err
			}
		}
	default:
		if request.empty() {
			return c.candidates(ctx, at)
		}
	}
	if err := c.checkNameFree(ctx, at); err != nil {
		return err
	}
	p, err := c.choose(ctx, at, request)
	if err != nil {
		return err
	}
	c.printPlan(at, p)
	return c.cutOver(ctx, &at, p, fmt.Sprintf("Restore %s?", c.Stack), yes)
}

// requestOf is the request of a restore that was interrupted.
func requestOf(restore database.Restore) (Request, error) {
	if restore.Time == "" {
		return Request{Snapshot: restore.Snapshot, Latest: restore.Snapshot == ""}, nil
	}
	at, err := time.Parse(written, restore.Time)
	return Request{Time: at}, err
}

// underWay refuses to do something else than the restore that was started.
func (c Command) underWay(at situation, why string, ways ...string) error {
	for i, way := range ways {
		ways[i] = c.again(way)
	}
	return release.Refusef("a restore of %s is under way: %s", describe(*at.spec.Database.Restore), why).Then(strings.Join(ways, ", or "))
}

// checkNameFree refuses to restore when there is an instance with the name of the copy already.
func (c Command) checkNameFree(ctx context.Context, at situation) error {
	_, copied := names(at.spec)
	found, err := at.account.Instance(ctx, copied)
	if err != nil {
		return err
	}
	if found != nil {
		return release.Refusef("there is an instance %s, which this stack's configuration does not have; it is %s, of %s",
			copied, found.Status, found.Created.UTC().Format(moment)).Then("find out whose it is; a restore makes its copy under this name")
	}
	return nil
}

// cutOver asks, holds the services, and has them use the copy. With services held already it goes on from there.
//
//runbook:rollback.2#1 shows what would be lost, asks, and waits until no task that uses the database runs.
//runbook:rollback.2#5 lets the services run on the copy, and has them verified; an older version is gone back to before.
func (c Command) cutOver(ctx context.Context, at *situation, p point, question string, yes bool) error {
	slot := at.spec.Database.ConfiguredSlot()
	if err := c.printPreview(ctx, *at, slot, p.in(database.Cutover), ""); err != nil {
		return err
	}
	if err := c.ask(ctx, yes, question); err != nil {
		return err
	}
	if at.phase() != database.Cutover {
		restore := p.in(database.Drain)
		if p.latest {
			restore.Time, restore.StorageGiB = "", 0 // are known once nothing is written any more
		}
		resume := fmt.Sprintf("what uses the database is held, or about to be, and nothing was restored; "+
			"run this again to go on, or %s to let it run again", c.again("--undo"))
		if err := c.update(ctx, at, slot, restore, "restore: hold what uses the database", resume); err != nil {
			return err
		}
		if err := c.settle(ctx, at, &p); err != nil {
			return &failure{err, resume}
		}
	}
	before, copied := names(at.spec)
	err := c.update(ctx, at, slot, p.in(database.Cutover), fmt.Sprintf("restore: %s into %s", describe(p.restore), copied),
		fmt.Sprintf("%s is as it was, %s; run this again to go on with %s, or %s to use it again",
			before, at.protectionNote(), describe(p.restore), c.again("--undo")))
	if err != nil {
		return c.withCopy(ctx, *at, err)
	}
	if err := c.completeCopy(ctx, at, slot, p.in(database.Cutover)); err != nil {
		return err
	}
	c.printf("\n%s is in use, and proven; %s is kept beside it, %s.\nnext: look at the data; then %s drops %s, or %s goes back to it\n",
		copied, before, at.protectionNote(), c.again("--confirm"), before, c.again("--undo"))
	return nil
}
