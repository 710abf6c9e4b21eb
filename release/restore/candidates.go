package restore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/flowcomply/infrastructure/components/database"
	"github.com/flowcomply/infrastructure/release"
)

// moment is how people read a time here.
const moment = "2006-01-02 15:04:05 UTC"

// written is how the stack file has it.
const written = "2006-01-02T15:04:05Z"

// candidates lists what there is to restore, newest first.
func (c Command) candidates(ctx context.Context, at situation) error {
	instance, err := at.active(ctx)
	if err != nil {
		return err
	}
	snapshots, err := at.snapshots(ctx)
	if err != nil {
		return err
	}
	c.printf("%s: the data is in %s, and %s is what runs\n\n", c.Stack, instance.ID, at.spec.Release.Version)
	table := tabwriter.NewWriter(c.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SNAPSHOT\tTAKEN\tLOST\tSTATUS\tTAKEN BY")
	for _, one := range snapshots {
		by := "somebody"
		switch {
		case one.Automated:
			by = "RDS, each day"
		case one.Release != "":
			by = fmt.Sprintf("release %d, before %s", one.Number, one.Release)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", one.ID, one.At.UTC().Format(moment), dataLossWindow(c.Now().Sub(one.At)), one.Status, by)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	c.printf("\nor any moment from %s to %s\n", instance.earliest(c.Now()).Format(moment), instance.Latest.UTC().Format(moment))
	c.printf("next: %s, or --time %s, or --latest\n", c.again("--snapshot …"), instance.Latest.UTC().Format(written))
	return nil
}

// dataLossWindow is how much time would be lost, in words.
func dataLossWindow(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// earliest is the first moment that can be restored.
func (i Instance) earliest(now time.Time) time.Time {
	first := now.Add(-time.Duration(i.KeepsDays) * 24 * time.Hour)
	if i.Created.After(first) {
		first = i.Created
	}
	return first.UTC().Truncate(time.Second).Add(time.Second)
}

// active is the instance in use, which has to be there.
func (s situation) active(ctx context.Context) (Instance, error) {
	before, _ := names(s.spec)
	found, err := s.account.Instance(ctx, before)
	if err != nil {
		return Instance{}, err
	}
	if found == nil {
		return Instance{}, release.Refusef("RDS knows no instance %s", before).
			Then("look whether these are the credentials and the stack file of this stack")
	}
	return *found, nil
}

// snapshots are those of both names, newest first.
func (s situation) snapshots(ctx context.Context) ([]Snapshot, error) {
	before, other := names(s.spec)
	found, err := s.account.Snapshots(ctx, before, other)
	slices.SortStableFunc(found, func(a, b Snapshot) int { return cmp.Or(b.At.Compare(a.At), strings.Compare(a.ID, b.ID)) })
	return found, err
}

// point is what is restored: the data of a moment, in a snapshot or in the log of an instance.
type point struct {
	restore  database.Restore // without a phase
	at       time.Time
	snapshot *Snapshot
	latest   bool // the moment moves on until nothing is written any more
}

func (p point) in(phase database.Phase) *database.Restore {
	restore := p.restore
	restore.Phase = phase
	return &restore
}

// choose finds what was requested. It refuses what cannot be restored, or what the next update would replace.
func (c Command) choose(ctx context.Context, at situation, request Request) (point, error) {
	instance, err := at.active(ctx)
	if err != nil {
		return point{}, err
	}
	if request.Snapshot == "" {
		chosen := point{at: request.Time.UTC(), latest: request.Latest}
		if request.Latest {
			chosen.at = instance.Latest.UTC().Truncate(time.Second)
		}
		chosen.restore.Time = chosen.at.Format(written)
		return chosen, checkMoment(instance, chosen.at, c.Now(), at)
	}
	snapshots, err := at.snapshots(ctx)
	if err != nil {
		return point{}, err
	}
	i := slices.IndexFunc(snapshots, func(s Snapshot) bool { return s.ID == request.Snapshot })
	if i < 0 {
		return point{}, release.Refusef("%s is no snapshot of this stack's database", request.Snapshot).Then(c.again("") + " lists them")
	}
	one := snapshots[i]
	return point{restore: database.Restore{Snapshot: one.ID}, at: one.At.UTC(), snapshot: &one}, checkSnapshot(one, instance, at)
}

// checkMoment refuses a moment that RDS does not have, and data that the copy would be too small for.
func checkMoment(instance Instance, wanted, now time.Time, at situation) error {
	first, last := instance.earliest(now), instance.Latest.UTC()
	if wanted.Before(first) || wanted.After(last) {
		return release.Refusef("%s cannot be restored: %s has the moments from %s to %s",
			wanted.Format(moment), instance.ID, first.Format(moment), last.Format(moment)).Then("choose one of these, or a snapshot")
	}
	return checkStorage(instance.ID, instance.StorageGiB, at)
}

// checkSnapshot refuses a snapshot that is not complete, or whose copy would differ from the program in something that
// cannot be changed. The next update would replace that copy, with the data.
func checkSnapshot(one Snapshot, instance Instance, at situation) error {
	major, _, _ := strings.Cut(one.Version, ".")
	switch {
	case one.Status != "available":
		return release.Refusef("snapshot %s is %s", one.ID, one.Status).Then("wait until it is available, or choose another")
	case one.KeyArn != instance.KeyArn:
		return release.Refusef("snapshot %s is encrypted with another key than the database: %s", one.ID, cmp.Or(one.KeyArn, "none")).
			Then(fmt.Sprintf("copy it first, and restore the copy: aws rds copy-db-snapshot --source-db-snapshot-identifier %[1]s "+
				"--target-db-snapshot-identifier %[1]s-copy --kms-key-id %[2]s", one.ID, instance.KeyArn))
	case major != at.spec.Database.EngineVersion:
		return release.Refusef("snapshot %s is PostgreSQL %s's, and the stack's settings are for %s", one.ID, one.Version, at.spec.Database.EngineVersion).
			Then("set flowcomply:database.engineVersion back to it for the restore, and upgrade again afterwards")
	}
	return checkStorage(one.ID, one.StorageGiB, at)
}

// checkStorage refuses data that is larger than the storage that the program declares: a disk grows by itself, and RDS never
// shrinks one.
func checkStorage(of string, has int, at situation) error {
	if has <= at.spec.Database.StorageGiB {
		return nil
	}
	return release.Refusef("%s has grown to %d GiB, and a copy of flowcomply:database.storageGiB, %d, is too small for it",
		of, has, at.spec.Database.StorageGiB).
		Then(fmt.Sprintf("set flowcomply:database.storageGiB to %d (maxStorageGiB to a tenth more at least), and run this again", has))
}
