package main

import (
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/verify"
	"github.com/flowcomply/infrastructure/verify/awschecks"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/command"
)

func verifyCommand(web *http.Client) *cobra.Command {
	asked := command.Options{Format: check.JSON, Settings: verify.Settings{
		InUpdate: true, Window: awschecks.DefaultWindow, Since: awschecks.DefaultSince, AllowedErrors: awschecks.DefaultAllowedErrors,
	}}
	step := &cobra.Command{
		Use: "verify < question.json", Short: "verify what the update has made",
		Long: `Verifies what the update has made, as its last step. The question is the outputs that the stack is to have, or why there is
nothing that could be verified, as JSON on standard input (outputs.UpdateQuestion). The report goes to standard output as JSON,
and to standard error as people read it. By hand: flowcomply verify --stack production.`,
		RunE: func(step *cobra.Command, args []string) error {
			var m exit.Mistakes
			m.FlagsOnly(args)
			m.AddIf(asked.Settings.Timeout <= 0, "--timeout %s: must be above 0", asked.Settings.Timeout)
			m.AddIf(asked.Settings.Watch < 0, "--watch %s: must not be below 0", asked.Settings.Watch)
			if err := m.Err(); err != nil {
				return err
			}
			data, err := command.Read("-", step.InOrStdin())
			if err != nil {
				return exit.Mistake(err)
			}
			outputs, err := command.Parse(data, "", true)
			if err != nil {
				return exit.Mistake(err)
			}
			at := command.Console{Stdout: step.OutOrStdout(), Stderr: step.ErrOrStderr(), Env: os.Getenv, Web: web}
			code, err := at.Run(step.Context(), outputs, asked)
			switch {
			case err != nil && code == exit.Refused:
				return exit.Mistake(err)
			case err != nil:
				return err
			}
			return exit.With(code)
		},
	}
	flags := step.Flags()
	flags.DurationVar(&asked.Settings.Timeout, "timeout", check.DefaultTimeout, "longest that any one check may take, all run at once")
	flags.DurationVar(&asked.Settings.Watch, "watch", awschecks.DefaultWatch, "watch alarms for `time`, so that one which fires meanwhile is caught; 0 looks once")
	flags.StringSliceVar(&asked.Only, "only", nil, "check only these `groups`, by commas; a part of the checks verifies nothing")
	return step
}
