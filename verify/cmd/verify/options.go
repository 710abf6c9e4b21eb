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
)

const usage = `usage: verify --stack NAME [flags] [-- COMMAND …]
       verify --outputs FILE|- [flags] [-- COMMAND …]

Tells whether a deployed stack is what was asked for. It only reads, but for one login.
A COMMAND is one more check, such as npx playwright test: it passes with exit code 0.

flags:
  --stack NAME      Pulumi stack; its outputs come from ` + "`pulumi stack output --json`" + `
  --outputs FILE    read the outputs from FILE instead, or from standard input with -
  --format FORMAT   terminal (default), json, junit or markdown
  --out FILE        write the report in that format to FILE, and the terminal one to standard output
  --timeout TIME    longest that any one check may take, all run at once (default 30s)
  --only GROUPS     check only these, of identity, alarms, health, smoke, database, queues and own; by commas
  --smoke-secret A  ARN of the secret {"email": …, "password": …} of the user to log in as
  --before FILE     a JSON report from before the release: data that was there then must be there now
  --require-data    count "not enough data" as a failure: for an hour after a deployment, not for its first minutes
  -h, --help        this text

exit codes:
  0  no check failed (see --require-data for those that lack data)
  1  at least one check failed or timed out
  2  bad input: usage, no such stack, no outputs or unreadable ones; or --out cannot be written
  3  no access to AWS: unreachable, credentials missing, expired or refused, or the wrong account
`

type options struct {
	stack, outputs, out string
	format              verify.Format
	timeout             time.Duration
	requireData         bool
	only                []string // groups; none: all
	smokeSecret, before string
	own                 []string // the operator's command
}

// parseOptions returns flag.ErrHelp for -h, and every mistake in one error.
func parseOptions(args []string) (options, error) {
	var o options
	var format, only string
	if i := slices.Index(args, "--"); i >= 0 {
		args, o.own = args[:i], args[i+1:]
	}
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the caller prints errors, once
	flags.StringVar(&o.stack, "stack", "", "")
	flags.StringVar(&o.outputs, "outputs", "", "")
	flags.StringVar(&format, "format", string(verify.Terminal), "")
	flags.StringVar(&o.out, "out", "", "")
	flags.DurationVar(&o.timeout, "timeout", verify.DefaultTimeout, "")
	flags.BoolVar(&o.requireData, "require-data", false, "")
	flags.StringVar(&only, "only", "", "")
	flags.StringVar(&o.smokeSecret, "smoke-secret", "", "")
	flags.StringVar(&o.before, "before", "", "")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	if only != "" {
		o.only = strings.Split(only, ",")
	}
	o.format = verify.Format(format)
	return o, errors.Join(o.mistakes(flags.Args())...)
}

func (o options) mistakes(rest []string) []error {
	var errs []error
	if len(rest) > 0 {
		errs = append(errs, fmt.Errorf("unexpected %q: verify takes flags only, and a command behind --", strings.Join(rest, " ")))
	}
	if o.stack == "" && o.outputs == "" {
		errs = append(errs, errors.New("--stack: missing; name the stack, or give its --outputs"))
	}
	if !slices.Contains(verify.Formats(), o.format) {
		errs = append(errs, fmt.Errorf("--format %q: unknown; it is one of %v", o.format, verify.Formats()))
	}
	if o.timeout <= 0 {
		errs = append(errs, fmt.Errorf("--timeout %s: must be above 0", o.timeout))
	}
	return errs
}
