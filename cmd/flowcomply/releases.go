package main

import "github.com/spf13/cobra"

func releasesCommand() *cobra.Command {
	var on target
	command := &cobra.Command{
		Use: "releases", Short: "list the stack's releases, newest first",
		RunE: func(command *cobra.Command, args []string) error {
			if err := checked(on.mistakes(args)); err != nil {
				return err
			}
			doing, err := releasing(command, on, "")
			if err != nil {
				return err
			}
			return endedWith(doing.List(command.Context()))
		},
	}
	on.flags(command)
	return command
}
