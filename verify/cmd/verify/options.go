package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/verify"
	"github.com/flowcomply/infrastructure/verify/awschecks"
	"github.com/flowcomply/infrastructure/verify/check"
)

const usage = `usage: verify --stack NAME [flags] [-- COMMAND …]
       verify --outputs FILE|- [flags] [-- COMMAND …]

Tells whether a deployed stack is what was asked for. It only reads, but for one login. A COMMAND is one more check, such
as npx playwright test: it passes with exit code 0, and has SITE_URL and API_URL in its environment.

flags:
  --stack NAME      Pulumi stack; its outputs come from ` + "`pulumi stack output --json`" + `
  --outputs FILE    read the outputs from FILE instead, or from standard input with -
  --format FORMAT   terminal (default), json, junit or markdown
  --out FILE        write the report in that format to FILE, and the terminal one to standard output
  --timeout TIME    longest that any one check may take, all run at once (default 30s)
  --window TIME     measure metrics over the last TIME, 1m to 24h (default 15m)
  --watch TIME      watch alarms for TIME, so that one which fires meanwhile is caught; 0 looks once (default 10s)
  --since TIME      read logs back to the deployment, but no longer than TIME (default 1h)
  --allow-errors N  errors in each service's log that are still fine (default 5)
  --before FILE     compare with a JSON report of before the deployment: nothing that had data may be empty
  --in-update       for the step of an update: read what the update asks (outputs.UpdateQuestion) in place of outputs, write
                    the terminal report to standard error as well, and do not hold it against a stack's first release that
                    nobody has registered its smoke user yet
  --only GROUPS     check only these, of identity, health, smoke, database, queues, targets, mail, secrets, alarms,
                    metrics, logs and own; by commas
  --own-timeout TIME  longest that COMMAND may take (default 10m)
  --own-log FILE    keep what COMMAND writes in FILE (default: a temporary file, which the report names)
  --require-data    count "not enough data" as a failure: for an hour after a deployment, not for its first minutes
  -h, --help        this text

exit codes:
  0  no check failed (see --require-data for those that lack data)
  1  at least one check failed or timed out
  2  bad input: usage, no such stack, no outputs or unreadable ones, or such a --before; or --out cannot be written
  3  no access to AWS: unreachable, credentials missing, expired or refused, or the wrong account
`

type options struct {
	stack, outputs, out string
	format              check.Format
	timeout             time.Duration
	requireData         bool

	window, watch, since time.Duration
	allowErrors          int
	before               string
	only                 []string // groups; none: all
	inUpdate             bool
	ownTimeout           time.Duration
	ownLog               string
	command              []string // the operator's, after --
}

// parseOptions returns flag.ErrHelp for -h, and every mistake in one error.
func parseOptions(args []string) (options, error) {
	var o options
	var format, only string
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the caller prints errors, once
	flags.StringVar(&o.stack, "stack", "", "")
	flags.StringVar(&o.outputs, "outputs", "", "")
	flags.StringVar(&format, "format", string(check.Terminal), "")
	flags.StringVar(&o.out, "out", "", "")
	flags.DurationVar(&o.timeout, "timeout", check.DefaultTimeout, "")
	flags.BoolVar(&o.requireData, "require-data", false, "")
	flags.DurationVar(&o.window, "window", awschecks.DefaultWindow, "")
	flags.DurationVar(&o.watch, "watch", awschecks.DefaultWatch, "")
	flags.DurationVar(&o.since, "since", awschecks.DefaultSince, "")
	flags.IntVar(&o.allowErrors, "allow-errors", awschecks.DefaultAllowedErrors, "")
	flags.StringVar(&o.before, "before", "", "")
	flags.StringVar(&only, "only", "", "")
	flags.BoolVar(&o.inUpdate, "in-update", false, "")
	flags.DurationVar(&o.ownTimeout, "own-timeout", verify.CustomTimeout, "")
	flags.StringVar(&o.ownLog, "own-log", "", "")
	// The command is cut off first: a flag of verify's behind it is the command's.
	args, o.command = cutCommand(args)
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	if only != "" {
		o.only = strings.Split(only, ",")
	}
	o.format = check.Format(format)
	return o, errors.Join(o.mistakes(flags.Args())...)
}

func cutCommand(args []string) (flags, command []string) {
	at := slices.Index(args, "--")
	if at < 0 {
		return args, nil
	}
	return args[:at], args[at+1:]
}

// settings are the options that the checks know.
func (o options) settings(before check.Baseline, hide *check.Redactor, environment []string) verify.Settings {
	s := verify.Settings{
		Timeout: o.timeout, Window: o.window, Watch: o.watch, Since: o.since, AllowedErrors: o.allowErrors, Before: before, Hide: hide,
		InUpdate: o.inUpdate,
	}
	if len(o.command) > 0 {
		s.Custom = []verify.Command{{Argv: o.command, Environment: environment, Timeout: o.ownTimeout, Output: o.ownLog}}
	}
	return s
}

func (o options) mistakes(rest []string) []error {
	var errs []error
	if len(rest) > 0 {
		errs = append(errs, fmt.Errorf("unexpected %q: verify takes flags only, and a command behind --", strings.Join(rest, " ")))
	}
	if o.stack == "" && o.outputs == "" {
		errs = append(errs, errors.New("--stack: missing; name the stack, or give its --outputs"))
	}
	if !slices.Contains(check.Formats(), o.format) {
		errs = append(errs, fmt.Errorf("--format %q: unknown; it is one of %v", o.format, check.Formats()))
	}
	for _, above := range []struct {
		flag  string
		value time.Duration
	}{{"timeout", o.timeout}, {"since", o.since}, {"own-timeout", o.ownTimeout}} {
		if above.value <= 0 {
			errs = append(errs, fmt.Errorf("--%s %s: must be above 0", above.flag, above.value))
		}
	}
	if o.window < time.Minute || o.window > 24*time.Hour {
		errs = append(errs, fmt.Errorf("--window %s: must be from 1m to 24h", o.window))
	}
	if o.watch < 0 {
		errs = append(errs, fmt.Errorf("--watch %s: must not be below 0", o.watch))
	}
	if o.allowErrors < 0 {
		errs = append(errs, fmt.Errorf("--allow-errors %d: must not be below 0", o.allowErrors))
	}
	if len(o.command) == 0 && o.ownLog != "" {
		errs = append(errs, errors.New("--own-log: there is no command behind -- whose output it could keep"))
	}
	return errs
}
