package main

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/release"
	"github.com/flowcomply/infrastructure/stacks"
)

// updating is what the commands that release have in common.
type updating struct {
	on          target
	commit, yes bool
	log         string
}

func (u *updating) flags(command *cobra.Command) {
	u.on.flags(command)
	command.Flags().BoolVar(&u.commit, "commit", false, "commit the stack file, which names what is to run, once it has changed")
	command.Flags().BoolVar(&u.yes, "yes", false, "do not ask")
	command.Flags().StringVar(&u.log, "log", logFolder, "folder for the deployment log")
}

// run opens the stack, has it updated, and commits the stack file with a message.
func (u *updating) run(command *cobra.Command, message string, do func(context.Context, release.Command) int) error {
	ctx := command.Context()
	doing, err := releasing(command, u.on, u.log)
	if err != nil {
		return err
	}
	return inStackFile(command, u.on.File, u.commit, message, func() int { return do(ctx, doing) })
}

// releasing is package release for a stack.
func releasing(command *cobra.Command, on target, log string) (release.Command, error) {
	out := command.OutOrStdout()
	opened, err := on.open(command.Context(), out)
	if err != nil {
		return release.Command{}, err
	}
	return release.Command{
		Stack: on.Name, File: on.File, Engine: opened, Connect: connectRegistry, Terminal: person(command), Out: out,
		Now: time.Now, Listen: listen, After: logged(log, dependenciesOf(opened), out),
	}, nil
}

func releaseCommand() *cobra.Command {
	var u updating
	var version, onFailure string
	command := &cobra.Command{
		Use: "release VERSION", Short: "release a version, and go back by itself if it fails",
		Long: `Releases a version: it sets the version in the stack file, shows what would change, asks, and updates. What it does about a
release that fails, the stack file's release.onFailure says. One that was interrupted is gone back from only if somebody
says so.`,
		RunE: onceRight(func(args []string) exit.Mistakes {
			version, args = first(args)
			return append(releaseMistakes(version, onFailure), u.on.mistakes(args)...)
		}, func(command *cobra.Command) error {
			return u.run(command, "Release "+version+" on "+u.on.Name, func(ctx context.Context, doing release.Command) int {
				return doing.Apply(ctx, version, stacks.OnFailure(onFailure), u.yes)
			})
		}),
	}
	u.flags(command)
	command.Flags().StringVar(&onFailure, "on-failure", "", "instead of the stack file's release.onFailure: rollback, keep or ask")
	return command
}

func releaseMistakes(version, onFailure string) exit.Mistakes {
	var m exit.Mistakes
	m.AddIf(version == "", "VERSION: missing; name the version to release, such as v1.1.0")
	policies := []stacks.OnFailure{stacks.GoBack, stacks.Keep, stacks.Ask}
	m.AddIf(onFailure != "" && !slices.Contains(policies, stacks.OnFailure(onFailure)),
		"--on-failure %q: unknown; it is one of %v", onFailure, policies)
	return m
}

// first is the first argument, if there is one, and the others.
func first(args []string) (string, []string) {
	if len(args) == 0 {
		return "", nil
	}
	return args[0], args[1:]
}
