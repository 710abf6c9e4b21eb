package main

import (
	"github.com/spf13/cobra"

	"github.com/flowcomply/infrastructure/components/mail/identity"
	"github.com/flowcomply/infrastructure/internal/exit"
)

func mailCommand() *cobra.Command {
	var asked identity.Request
	command := &cobra.Command{
		Use: "mail", Short: "make a configuration set the default of an SES identity",
		Long: `Makes a configuration set of SES the one for all mail of an identity that names none: what the set demands, such
as TLS, then holds for all of it. Run it again after any failure.`,
		Example: `  step mail --region ap-southeast-2 --identity flowcomply.com --configuration-set mail-1234567`,
		RunE:    awsStep(&asked.Region, func(args []string) (identity.Request, error) { return asked, checkMail(asked, args) }, identity.Run),
	}
	flags := command.Flags()
	flags.StringVar(&asked.Region, "region", "", "AWS `region`")
	flags.StringVar(&asked.Identity, "identity", "", "the `domain` that mail is sent from")
	flags.StringVar(&asked.ConfigurationSet, "configuration-set", "", "the set's `name`")
	return command
}

func checkMail(asked identity.Request, args []string) error {
	var m exit.Mistakes
	m.AddIf(asked.Region == "", "--region is missing")
	m.AddIf(asked.Identity == "", "--identity is missing")
	m.AddIf(asked.ConfigurationSet == "", "--configuration-set is missing")
	m.FlagsOnly(args)
	return m.Err()
}
