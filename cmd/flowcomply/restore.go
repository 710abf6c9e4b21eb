package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/release/restore"
)

// restoring is what `flowcomply restore` was asked for.
type restoring struct {
	on            target
	request       restore.Request
	at            string // the moment, as it was written
	confirm, undo bool
	commit, yes   bool
}

func restoreCommand() *cobra.Command {
	var r restoring
	command := &cobra.Command{
		Use: "restore", Short: "take the stack's data back to a snapshot or a moment, and end that",
		Long: `Without a point it lists what can be restored, or goes on with a restore that was interrupted. With one it shows what would
be lost and what would change, asks, ends what uses the database, makes a copy of the point beside it and has the services
use that. The instance before is kept, protected, until --confirm drops it or --undo goes back to it.`,
		RunE: onceRight(r.mistakes, r.run),
	}
	r.flags(command)
	return command
}

func (r *restoring) flags(command *cobra.Command) {
	r.on.flags(command)
	flags := command.Flags()
	flags.StringVar(&r.request.Snapshot, "snapshot", "", "restore the snapshot with this id")
	flags.StringVar(&r.at, "time", "", "restore this moment, such as 2026-11-24T12:06:37Z")
	flags.BoolVar(&r.request.Latest, "latest", false, "restore the latest moment, once nothing is written any more")
	flags.BoolVar(&r.confirm, "confirm", false, "drop the instance before")
	flags.BoolVar(&r.undo, "undo", false, "go back to the instance before, and drop the copy")
	flags.BoolVar(&r.commit, "commit", false, "commit the stack file, which names what is in use, once it has changed")
	flags.BoolVar(&r.yes, "yes", false, "do not ask")
}

func (r *restoring) mistakes(rest []string) exit.Mistakes {
	m := r.on.mistakes(rest)
	if r.at != "" {
		moment, err := time.Parse(time.RFC3339, r.at)
		m.AddIf(err != nil, "--time %q: not a moment; it is one such as 2026-11-24T12:06:37Z", r.at)
		r.request.Time = moment.UTC().Truncate(time.Second)
	}
	asked := 0
	for _, is := range []bool{r.request.Snapshot != "", r.at != "", r.request.Latest, r.confirm, r.undo} {
		if is {
			asked++
		}
	}
	m.AddIf(asked > 1, "give one of --snapshot, --time, --latest, --confirm and --undo")
	return m
}

func (r *restoring) run(command *cobra.Command) error {
	out := command.OutOrStdout()
	opened, err := r.on.open(command.Context(), out)
	if err != nil {
		return err
	}
	ctx, stop := listen(command.Context())
	defer stop()
	doing := restore.Command{
		Stack: r.on.Name, File: r.on.File, Engine: opened, Connect: connectDatabase, Terminal: person(command), Out: out,
		Now: time.Now,
	}
	return inStackFile(command, r.on.File, r.commit, "Restore the data of "+r.on.Name, func() int {
		switch {
		case r.confirm:
			return doing.Confirm(ctx, r.yes)
		case r.undo:
			return doing.Undo(ctx, r.yes)
		}
		return doing.Run(ctx, r.request, r.yes)
	})
}
