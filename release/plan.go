package release

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/flowcomply/infrastructure/release/stackfile"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// situation is what a command starts from: the stack file, and what the backend knows of the stack.
type situation struct {
	file    stackfile.File
	now     stacks.Source
	outputs outputs.Outputs
	entries []Entry
}

func (c Command) load(ctx context.Context) (situation, error) {
	file, err := stackfile.Read(c.File)
	if err != nil {
		return situation{}, err
	}
	now, err := stacks.FromText(c.File, file.Text)
	if err != nil {
		return situation{}, err
	}
	outputs, entries, err := LoadHistory(ctx, c.Engine)
	return situation{file, now, outputs, entries}, err
}

// LoadHistory reads outputs and history at the same time, because each starts the CLI.
func LoadHistory(ctx context.Context, engine Engine) (outputs.Outputs, []Entry, error) {
	var history []Update
	var failed error
	var reading sync.WaitGroup
	reading.Go(func() { history, failed = engine.History(ctx) })
	out, err := engine.Outputs(ctx)
	reading.Wait()
	if err := errors.Join(err, failed); err != nil {
		return outputs.Outputs{}, nil, err
	}
	return out, Entries(history, out.Releases), nil
}

// plan is what would be done: the stack file with a new text.
type plan struct {
	situation
	target  Target // of going back
	version string
	text    []byte
	changes []Change
	forced  []Contraction // what is gone back over by force
}

// rollbackRequest is which release to go back to, and how.
type rollbackRequest struct {
	to    string
	force bool
	// undo says that the update just now failed, and migrated that its migration had started.
	undo, migrated bool
}

// planRollback decides everything that needs no preview. It changes nothing.
func (c Command) planRollback(ctx context.Context, how rollbackRequest) (plan, error) {
	at, err := c.load(ctx)
	if err != nil {
		return plan{}, err
	}
	target, err := Choose(at.entries, at.outputs.Releases, at.now, how.to, how.undo)
	if err != nil {
		return plan{}, err
	}
	known := at.entries
	if how.undo && !how.migrated && len(known) > 0 && !known[0].Verified() {
		known = known[1:] // what it was allowed to migrate, it did not come to
	}
	contracted := Contracted(at.outputs, known, target)
	if err := refuseContracted(target, contracted); err != nil && !how.force {
		return plan{}, err
	}
	if err := checkAllServices(target, at); err != nil {
		return plan{}, err
	}
	if err := c.checkImages(ctx, target, at.outputs); err != nil {
		return plan{}, err
	}
	planned := plan{situation: at, target: target, version: target.Record.Version, forced: contracted}
	var edits []stackfile.Edit
	if target.Config.Values != nil {
		edits, planned.changes = Merge(at.now, target.Config)
	}
	pins, err := setRelease(at.now, planned.version, pinsOf(target.Record))
	if err != nil {
		return plan{}, err
	}
	return planned, planned.write(append(edits, pins...))
}

// write makes the text of the stack file.
func (p *plan) write(edits []stackfile.Edit) (err error) {
	p.text, err = Rewrite(p.file, edits)
	return err
}

// Rewrite is the text of a stack file with these edits. It refuses one that the program would not take.
func Rewrite(file stackfile.File, edits []stackfile.Edit) ([]byte, error) {
	text, err := stackfile.Apply(file.Text, edits)
	if err != nil {
		return nil, err
	}
	source, err := stacks.FromText(file.Path, text)
	if err != nil {
		return nil, err
	}
	if _, err := stacks.Load(source); err != nil {
		return nil, Refuse("the stack file would not be one that the program takes:", strings.Split(err.Error(), "\n"),
			"correct that in "+file.Path+", and run this again")
	}
	return text, nil
}
