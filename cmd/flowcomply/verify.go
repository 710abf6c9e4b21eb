package main

import (
	"context"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowcomply/infrastructure/internal/console"
	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/release/pulumi"
	"github.com/flowcomply/infrastructure/verify"
	"github.com/flowcomply/infrastructure/verify/awschecks"
	"github.com/flowcomply/infrastructure/verify/check"
	verification "github.com/flowcomply/infrastructure/verify/command"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// verifying is what `flowcomply verify` was asked for.
type verifying struct {
	stack, outputs string
	options        verification.Options
	own            verify.Command // the operator's, after --
}

func verifyCommand(web *http.Client) *cobra.Command {
	var v verifying
	command := &cobra.Command{
		Use: "verify [flags] [-- COMMAND …]", Short: "tell whether the running stack is what was asked for",
		Long: `Tells whether a deployed stack is what was asked for, and shows what is not, why, and what to do next. It only reads, but for
one login. A COMMAND behind -- is one more check, such as npx playwright test: it passes with exit code 0, and has SITE_URL
and API_URL in its environment.

Credentials come from where the AWS SDK looks for them (AWS_PROFILE, single sign-on, a role), the region from the outputs.
AWS_ENDPOINT_URL sends every question to AWS elsewhere; the report names that place. HTTPS_PROXY, NO_PROXY and SSL_CERT_FILE
hold for site and API. The one secret that is read is the smoke user's; neither it, nor a token, nor any credential is ever
printed: outputs hold ARNs, masked outputs are refused, and what servers, logs and commands say is redacted.`,
		Example: `  flowcomply verify --stack production
  flowcomply verify --outputs outputs.json --format junit --out verify.xml
  flowcomply verify --stack staging -- npx playwright test --config=playwright.staging.config.ts`,
		DisableFlagsInUseLine: true,
		RunE: func(command *cobra.Command, args []string) error {
			if at := command.ArgsLenAtDash(); at >= 0 {
				args, v.own.Argv = args[:at], args[at:]
			}
			return onceRight(v.mistakes, func(command *cobra.Command) error { return v.run(command, web) })(command, args)
		},
	}
	v.flags(command)
	return command
}

func (v *verifying) flags(command *cobra.Command) {
	flags, o := command.Flags(), &v.options
	s := &o.Settings
	flags.StringVar(&v.stack, "stack", "", "Pulumi stack; its outputs come from `pulumi stack output --json`")
	flags.StringVar(&v.outputs, "outputs", "", "read the outputs from `file` instead, or from standard input with -")
	flags.StringVar((*string)(&o.Format), "format", string(check.Terminal), "terminal, json, junit or markdown")
	flags.StringVar(&o.Out, "out", "", "write the report in that format to `file`, and the terminal one to standard output")
	flags.DurationVar(&s.Timeout, "timeout", check.DefaultTimeout, "longest that any one check may take, all run at once")
	flags.DurationVar(&s.Window, "window", awschecks.DefaultWindow, "measure metrics over the last `time`, 1m to 24h")
	flags.DurationVar(&s.Watch, "watch", awschecks.DefaultWatch, "watch alarms for `time`, so that one which fires meanwhile is caught; 0 looks once")
	flags.DurationVar(&s.Since, "since", awschecks.DefaultSince, "read logs back to the deployment, but no longer than `time`")
	flags.IntVar(&s.AllowedErrors, "allow-errors", awschecks.DefaultAllowedErrors, "errors in each service's log that are still fine")
	flags.StringVar(&o.Before, "before", "", "compare with the JSON report in `file`, of before the deployment: nothing that had data may be empty")
	flags.StringSliceVar(&o.Only, "only", nil, "check only these `groups`, of identity, health, smoke, database, queues, targets, images, "+
		"mail, secrets, alarms, metrics, logs and own; by commas")
	flags.DurationVar(&v.own.Timeout, "own-timeout", verify.CustomTimeout, "longest that COMMAND may take")
	flags.StringVar(&v.own.Output, "own-log", "", "keep what COMMAND writes in `file` (default: a temporary file, which the report names)")
	flags.BoolVar(&o.RequireData, "require-data", false, `count "not enough data" as a failure: for an hour after a deployment, not for its first minutes`)
}

func (v *verifying) mistakes(rest []string) exit.Mistakes {
	var m exit.Mistakes
	o, s := v.options, v.options.Settings
	m.AddIf(len(rest) > 0, "unexpected %q: verify takes flags only, and a command behind --", strings.Join(rest, " "))
	m.AddIf(v.stack == "" && v.outputs == "", "--stack: missing; name the stack, or give its --outputs")
	m.AddIf(!slices.Contains(check.Formats(), o.Format), "--format %q: unknown; it is one of %v", o.Format, check.Formats())
	m.AddIf(s.Timeout <= 0, "--timeout %s: must be above 0", s.Timeout)
	m.AddIf(s.Since <= 0, "--since %s: must be above 0", s.Since)
	m.AddIf(v.own.Timeout <= 0, "--own-timeout %s: must be above 0", v.own.Timeout)
	m.AddIf(s.Window < time.Minute || s.Window > 24*time.Hour, "--window %s: must be from 1m to 24h", s.Window)
	m.AddIf(s.Watch < 0, "--watch %s: must not be below 0", s.Watch)
	m.AddIf(s.AllowedErrors < 0, "--allow-errors %d: must not be below 0", s.AllowedErrors)
	m.AddIf(len(v.own.Argv) == 0 && v.own.Output != "", "--own-log: there is no command behind -- whose output it could keep")
	return m
}

func (v *verifying) run(command *cobra.Command, web *http.Client) error {
	ctx, stop := listen(command.Context())
	defer stop()
	of, err := v.read(ctx, command)
	if err != nil {
		return exit.Refuse(err)
	}
	if len(v.own.Argv) > 0 {
		v.own.Environment = os.Environ()
		v.options.Settings.Custom = []verify.Command{v.own}
	}
	at := verification.Console{Stdout: command.OutOrStdout(), Stderr: command.ErrOrStderr(), Env: os.Getenv, Web: web}
	code, err := at.Run(ctx, of, v.options)
	if err != nil {
		console.Complain(command.ErrOrStderr(), command.CommandPath(), err)
	}
	return exit.With(code)
}

// read returns the stack's outputs, from a file or from Pulumi.
func (v *verifying) read(ctx context.Context, command *cobra.Command) (outputs.Outputs, error) {
	var data []byte
	var err error
	if v.outputs == "" {
		data, err = pulumi.Outputs(ctx, v.stack)
	} else {
		data, err = verification.Read(v.outputs, command.InOrStdin())
	}
	if err != nil {
		return outputs.Outputs{}, err
	}
	return verification.Parse(data, v.stack, false)
}
