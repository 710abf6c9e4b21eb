package restore

import (
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/flowcomply/infrastructure/components/database"
	"github.com/flowcomply/infrastructure/internal/shell"
	"github.com/flowcomply/infrastructure/release"
	"github.com/flowcomply/infrastructure/stacks"
)

// withCopy adds to an update that failed what to do about the copy, where there is one by now: RDS goes on with it whatever
// became of the update. The official provider keeps it in the state from the first moment on; one that fails to, and an engine
// that was killed, do not.
func (c Command) withCopy(ctx context.Context, at situation, err error) error {
	failed := (*failure)(nil)
	_, copied := names(at.spec)
	there, findErr := at.account.Instance(ctx, copied)
	if !errors.As(err, &failed) || findErr != nil || there == nil {
		return err
	}
	failed.next += fmt.Sprintf("; %s is there, %s", copied, there.Status)
	if there.Status != available {
		failed.next += fmt.Sprintf(": first wait until it is available (aws rds wait db-instance-available --region %s --db-instance-identifier %s)",
			at.outputs.Region, copied)
	}
	failed.next += fmt.Sprintf("; if the update says then that it exists already, it is in no state: %s takes it into the state", c.importOf(at, copied))
	return err
}

// available is the status of an instance that can be changed.
const available = "available"

// importOf is the command line that takes a copy into the state, in the place that the program has for it.
func (c Command) importOf(at situation, copied string) string {
	name, project := path.Base(c.Stack), stacks.Namespace
	urn := "urn:pulumi:" + name + "::" + project + "::"
	return fmt.Sprintf("pulumi import %s %s %s --parent %s --provider %s --generate-code=false --stack %s",
		instanceType, instanceName(at.spec.Database.ConfiguredSlot().Other()), copied,
		shell.Quote("database="+urn+"flowcomply:database:Database::database"), shell.Quote("aws="+urn+"pulumi:providers:aws::aws"), shell.Quote(c.Stack))
}

// completeCopy makes a second update where the first has left settings of the copy as RDS chose them. The provider sends some
// of them, Performance Insights and the windows among them, with no restore of a moment, and sees only afterwards that they
// differ. RDS changes nothing of an instance that it backs up, so that is waited for. The copy is in use meanwhile.
func (c Command) completeCopy(ctx context.Context, at *situation, slot database.Slot, restore *database.Restore) error {
	text, err := at.text(slot, restore)
	if err != nil {
		return err
	}
	_, copied := names(at.spec)
	next := fmt.Sprintf("%s is in use and proven, and has some of RDS's settings instead of the program's; run this again to set them", copied)
	events, err := release.PreviewText(ctx, c.Engine, c.Out, at.file, text)
	if err != nil {
		return &failure{err, next}
	}
	steps := release.Steps(events)
	if reasons := validateUpdate(steps, ""); len(reasons) > 0 {
		return &failure{release.Refuse("the update would do more than set what the copy lacks:", reasons, ""), next}
	}
	if !changes(steps, instanceName(slot.Other())) {
		return nil
	}
	err = c.until(ctx, backsUpWithin, func(ctx context.Context) error {
		found, err := at.account.Instance(ctx, copied)
		switch {
		case err != nil:
			return err
		case found == nil:
			return fmt.Errorf("RDS knows no instance %s", copied)
		case found.Status != available:
			return fmt.Errorf("%s is %s, and is changed only when it is available; it is in use meanwhile", copied, found.Status)
		}
		return nil
	})
	if err != nil {
		return &failure{err, next}
	}
	return c.update(ctx, at, slot, restore, "restore: settings of "+copied, next)
}

// changes tells whether steps change the instance of this name.
func changes(steps []release.Step, name string) bool {
	for _, step := range steps {
		if step.Type == instanceType && step.Name == name && step.Op == "update" {
			return true
		}
	}
	return false
}
