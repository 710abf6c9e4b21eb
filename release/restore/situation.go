package restore

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/flowcomply/infrastructure/components/database"
	"github.com/flowcomply/infrastructure/release"
	"github.com/flowcomply/infrastructure/release/stackfile"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// situation is what a command begins with: the stack file, what the stack's backend knows, and the account.
type situation struct {
	file    stackfile.File
	now     stacks.Source
	spec    stacks.Spec
	outputs outputs.Outputs
	entries []release.Entry
	account Account
}

func (c Command) load(ctx context.Context) (situation, error) {
	at := situation{}
	if err := at.read(c.File); err != nil {
		return at, err
	}
	var err error
	if at.outputs, at.entries, err = release.LoadHistory(ctx, c.Engine); err != nil {
		return at, err
	}
	if at.outputs.DatabaseIdentifier == "" {
		return at, release.Refusef("%s has no outputs: it was never proven, and there is nothing to restore", c.Stack).
			Then("`pulumi up`, with verify, first")
	}
	at.account, err = c.Connect(ctx, at.outputs)
	return at, err
}

func (s *situation) read(path string) error {
	var err error
	if s.file, err = stackfile.Read(path); err != nil {
		return err
	}
	if s.now, err = stacks.FromText(path, s.file.Text); err != nil {
		return err
	}
	if s.spec, err = stacks.Load(s.now); err != nil {
		return release.Refuse("the stack file is not one that the program takes:", strings.Split(err.Error(), "\n"), "correct it, and run this again")
	}
	return nil
}

// phase is the restore's that is under way; empty when there is none.
func (s situation) phase() database.Phase {
	if s.spec.Database.Restore == nil {
		return ""
	}
	return s.spec.Database.Restore.Phase
}

// protectionNote says whether Pulumi and AWS refuse to delete the instance that is kept.
func (s situation) protectionNote() string {
	if s.spec.Protected() {
		return "protected"
	}
	return "unprotected, as flowcomply:protection is none"
}

const section = stacks.Namespace + ":database"

// edits make a configuration name a slot and a restore. They become keys of their own, whatever was there.
func edits(now stacks.Source, slot database.Slot, restore *database.Restore) ([]stackfile.Edit, error) {
	if slot == database.Main {
		slot = "" // which is what no key says
	}
	changes := []stackfile.Edit{
		{Key: section + ".slot", Value: string(slot), Remove: slot == ""},
		{Key: section + ".restore", Remove: true},
	}
	if restore == nil {
		restore = &database.Restore{}
	}
	// In this order: the file gets them so.
	for _, one := range []struct{ key, value string }{{"phase", string(restore.Phase)}, {"snapshot", restore.Snapshot}, {"time", restore.Time}} {
		changes = append(changes, stackfile.Edit{Key: section + ".restore." + one.key, Value: one.value, Remove: one.value == ""})
	}
	changes = append(changes, stackfile.Edit{
		Key: section + ".restore.storageGiB", Value: json.Number(strconv.Itoa(restore.StorageGiB)), Remove: restore.StorageGiB == 0,
	})
	object, whole := stacks.Decoded(now.Values[section]).(map[string]any)
	if !whole {
		return nil, errors.New(section + " is no object; correct it, and run this again")
	}
	keys := len(object)
	delete(object, "slot")
	delete(object, "restore")
	if len(object) < keys {
		changes = append(changes, stackfile.Edit{Key: section, Value: object})
	}
	return changes, nil
}

// text is the stack file with another slot and restore.
func (s situation) text(slot database.Slot, restore *database.Restore) ([]byte, error) {
	changes, err := edits(s.now, slot, restore)
	if err != nil {
		return nil, err
	}
	return release.Rewrite(s.file, changes)
}
