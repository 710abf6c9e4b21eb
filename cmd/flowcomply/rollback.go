package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/release"
)

func rollbackCommand() *cobra.Command {
	var u updating
	var version string
	var force bool
	command := &cobra.Command{
		Use: "rollback [VERSION]", Short: "go back to the last verified release before this one, or to VERSION",
		Long: `Goes back to the last release that was verified before the one of now, or to the named one: with its images and its
configuration, without building, migrating or touching data.`,
		RunE: onceRight(func(args []string) exit.Mistakes {
			version, args = first(args)
			return u.on.mistakes(args)
		}, func(command *cobra.Command) error {
			return u.run(command, strings.TrimSpace("Roll back "+u.on.Name+" "+version), func(ctx context.Context, doing release.Command) int {
				return doing.Rollback(ctx, version, u.yes, force)
			})
		}),
	}
	u.flags(command)
	command.Flags().BoolVar(&force, "force", false, "go back though the database's schema has contracted since")
	return command
}
