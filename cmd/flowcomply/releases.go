package main

import (
	"github.com/spf13/cobra"

	"github.com/flowcomply/infrastructure/internal/exit"
)

func releasesCommand() *cobra.Command {
	var on target
	command := &cobra.Command{
		Use: "releases", Short: "list the stack's releases, newest first",
		RunE: onceRight(on.mistakes, func(command *cobra.Command) error {
			doing, err := releasing(command, on, "")
			if err != nil {
				return err
			}
			return exit.With(doing.List(command.Context()))
		}),
	}
	on.flags(command)
	return command
}
