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
	c.printf("\nor any moment from %s to %s, and a later one some five minutes after it\n",
		instance.earliest(c.Now()).Format(moment), instance.latest().Format(moment))
	c.printf("next: %s, or --time %s, or --latest\n", c.again("--snapshot …"), instance.latest().Format(written))
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

// latest is the last whole second that can be restored. RDS takes only what is before its latest restorable time, which moves
// on every five minutes (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceToPointInTime.html).
func (i Instance) latest() time.Time {
	return i.Latest.UTC().Add(-time.Nanosecond).Truncate(time.Second)
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
			chosen.at = instance.latest()
		}
		chosen.of(instance, at)
		return chosen, checkMoment(instance, chosen, c.Now(), at)
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
	chosen := point{restore: database.Restore{Snapshot: one.ID}, at: one.At.UTC(), snapshot: &one}
	chosen.restore.StorageGiB = at.spec.Database.CopyGiB(one.StorageGiB, false)
	return chosen, checkSnapshot(one, instance, at)
}

// of makes the point a moment of an instance, whose size a copy gets.
func (p *point) of(instance Instance, at situation) {
	p.restore.Time, p.restore.StorageGiB = p.at.Format(written), at.spec.Database.CopyGiB(instance.StorageGiB, true)
}

// checkMoment refuses a moment that RDS will not have, and data that has no room to grow. One of the last minutes RDS does not
// have yet, and is waited for.
func checkMoment(instance Instance, chosen point, now time.Time, at situation) error {
	first := instance.earliest(now)
	if chosen.at.Before(first) || chosen.at.After(now) {
		return release.Refusef("%s cannot be restored: %s has the moments from %s to %s, and will have those until now",
			chosen.at.Format(moment), instance.ID, first.Format(moment), instance.latest().Format(moment)).Then("choose one of these, or a snapshot")
	}
	return checkRoom(instance.ID, instance.StorageGiB, at)
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
	return checkRoom(one.ID, one.StorageGiB, at)
}

// checkRoom refuses data that have grown as far as the program lets them: RDS wants room for a copy to grow by a tenth.
func checkRoom(of string, has int, at situation) error {
	if at.spec.Database.HasRoom(has) {
		return nil
	}
	return release.Refusef("%s has grown to %d GiB, and flowcomply:database.maxStorageGiB, %d, leaves a copy no room to grow",
		of, has, at.spec.Database.MaxStorageGiB).
		Then(fmt.Sprintf("`pulumi config set flowcomply:database.maxStorageGiB %d`, and run this again", has+(has+9)/10))
}
