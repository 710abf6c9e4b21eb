package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowcomply/infrastructure/internal/console"
	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/internal/git"
	"github.com/flowcomply/infrastructure/release"
	"github.com/flowcomply/infrastructure/release/drift"
	"github.com/flowcomply/infrastructure/release/pulumi"
	recovery "github.com/flowcomply/infrastructure/release/recover"
	"github.com/flowcomply/infrastructure/stacks"
)

// drifting is what `flowcomply drift` was asked for.
type drifting struct {
	on     target
	format drift.Format
	page   string
}

func driftCommand() *cobra.Command {
	d := drifting{}
	command := &cobra.Command{
		Use: "drift", Short: "tell what differs between a stack's state, AWS and the program; it changes nothing",
		Long: `Tells what somebody changed or deleted beside Pulumi, what has the stack's tag and is in no state, and what is merged and not
applied (docs/drift.md). It changes nothing, in AWS or in the state, and mends nothing. What is known of is expected by
drift.expected in the stack file, until a day.

It has exit codes of its own:
  0  no drift, or expected drift only
  1  it could not look
  2  bad input
  3  drift, or an expectation whose day is over
  4  drift of class R1, R5, R6 or R8: data at risk, permissions widened, exposed, protection lost`,
		Example: `  flowcomply drift --stack production
  flowcomply drift --stack production --format markdown --page drift.html`,
		RunE: onceRight(d.mistakes, d.run),
	}
	d.on.flags(command)
	flags := command.Flags()
	flags.StringVar((*string)(&d.format), "format", string(drift.Terminal), "terminal, json or markdown")
	flags.StringVar(&d.page, "page", "", "also write it as a page to `file`, which loads nothing")
	return command
}

func (d *drifting) mistakes(rest []string) exit.Mistakes {
	m := d.on.mistakes(rest)
	m.AddIf(!slices.Contains(drift.Formats(), d.format), "--format %q: unknown; it is one of %v", d.format, drift.Formats())
	return m
}

// driftEngine is Pulumi for the command: nothing of it changes the stack.
type driftEngine interface {
	PreviewRefresh(ctx context.Context, stackFile string) ([]release.Event, error)
	Preview(ctx context.Context, stackFile string) ([]release.Event, error)
}

func (d *drifting) run(command *cobra.Command) error {
	ctx, stop := listen(command.Context())
	defer stop()
	found, err := d.look(ctx, command)
	return d.conclude(command, found, err)
}

// conclude writes what was found, or says why nothing could be, and makes the exit code of it.
func (d *drifting) conclude(command *cobra.Command, found drift.Drift, err error) error {
	if err == nil {
		err = d.write(command.OutOrStdout(), found)
	}
	if err != nil {
		console.Complain(command.ErrOrStderr(), command.CommandPath(), fmt.Errorf("could not look: %w", err))
		return exit.With(drift.CodeNotLooked)
	}
	return exit.With(found.Code())
}

func (d *drifting) look(ctx context.Context, command *cobra.Command) (drift.Drift, error) {
	opened, err := pulumi.Open(ctx, ".", d.on.Name, command.ErrOrStderr())
	if err != nil {
		return drift.Drift{}, err
	}
	root, err := os.Getwd()
	if err != nil {
		return drift.Drift{}, err
	}
	stack := pulumi.Stack{
		CLI: pulumi.CLI{Program: "pulumi", Folder: root, Grace: pulumi.Graceful}, Name: d.on.Name, ConfigFile: d.on.File, Out: command.ErrOrStderr(),
	}
	return d.compare(ctx, opened, func(ctx context.Context) ([]recovery.Candidate, error) {
		return recovery.Untracked(ctx, stack, recovery.Connect)
	}, time.Now())
}

// compare asks for all that drift is made of. Each question is asked, so that whoever cannot look learns everything that is in the way.
func (d *drifting) compare(
	ctx context.Context, engine driftEngine, untracked func(context.Context) ([]recovery.Candidate, error), now time.Time,
) (drift.Drift, error) {
	config, err := stacks.FromFile(d.on.File)
	if err != nil {
		return drift.Drift{}, err
	}
	spec, wrong := stacks.Load(config)
	refreshed, unread := engine.PreviewRefresh(ctx, d.on.File)
	previewed, unplanned := engine.Preview(ctx, d.on.File)
	loose, unfound := untracked(ctx)
	if err := errors.Join(wrong, unread, named("preview", unplanned), named("what has the stack's tag", unfound)); err != nil {
		return drift.Drift{}, err
	}
	commit, _ := git.Commit(ctx, ".") // none outside of a checkout
	return drift.Compare(drift.Sources{
		Stack: d.on.Name, Commit: commit, Refresh: refreshed, Preview: previewed, Untracked: loose, Expected: spec.Drift.Expected, Classify: drift.ByType, Now: now,
	}), nil
}

func named(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

func (d *drifting) write(out io.Writer, found drift.Drift) error {
	if d.page != "" {
		file, err := os.Create(d.page)
		if err != nil {
			return err
		}
		if err := errors.Join(found.HTML(file), file.Close()); err != nil {
			return err
		}
	}
	return found.Write(out, d.format)
}
