package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path"
	"syscall"

	"github.com/flowcomply/infrastructure/internal/account"
	"github.com/flowcomply/infrastructure/internal/console"
	"github.com/flowcomply/infrastructure/verify"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Exit codes; the package comment says what each means to the caller.
const (
	exitOK     = 0
	exitFailed = 1
	exitInput  = 2
	exitAccess = 3
)

// run is the whole command: everything from outside comes in as an argument,
// except what the AWS SDK and pulumi read from the process's environment.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer, env func(string) string, web *http.Client) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	opts, err := parseOptions(args)
	if errors.Is(err, flag.ErrHelp) {
		_, _ = io.WriteString(stdout, usage)
		return exitOK
	}
	if err != nil {
		console.Complain(stderr, "verify", err)
		_, _ = io.WriteString(stderr, "run `verify -h` for all flags\n")
		return exitInput
	}
	outputs, err := readOutputs(ctx, opts, stdin)
	if err != nil {
		console.Complain(stderr, "verify", err)
		return exitInput
	}
	before, err := readBefore(opts.before, outputs.Stack)
	if err != nil {
		console.Complain(stderr, "verify", err)
		return exitInput
	}
	clients, err := connect(ctx, outputs, web, opts.timeout)
	if err != nil {
		console.Complain(stderr, "verify", err)
		return exitAccess
	}
	hide := &verify.Redactor{}
	checks, err := choose(verify.Checks(outputs, clients, opts.settings(before, hide, os.Environ())), opts.only)
	if err != nil {
		console.Complain(stderr, "verify", err)
		return exitInput
	}
	file, err := create(opts.out)
	if err != nil {
		console.Complain(stderr, "verify", err)
		return exitInput
	}
	progress := console.NewProgress(stderr, env)
	if opts.inUpdate { // the report follows in seconds, in the same place
		progress = console.NewProgress(io.Discard, env)
	}
	report := verify.Run(ctx, checks, verify.Options{
		Subject:  subject(outputs, env),
		Timeout:  opts.timeout,
		Hide:     hide,
		Finished: progress.Finished,
	})
	progress.End()
	report.Findings = verify.Diagnose(ctx, report, outputs, clients.Diagnosis(hide))
	code := exitCode(report, opts)
	if code == exitOK && len(opts.only) == 0 {
		receipt := outputs.Receipt()
		report.Verified = &receipt
	}
	if opts.inUpdate {
		if err := report.Write(stderr, verify.Terminal, false); err != nil {
			return exitInput
		}
	}
	if err := publish(report, opts.format, stdout, file, env); err != nil {
		console.Complain(stderr, "verify", err)
		if code == exitOK {
			return exitInput
		}
	}
	return code
}

func exitCode(report verify.Report, opts options) int {
	switch {
	case report.NoAccess():
		return exitAccess
	case report.Bad() > 0:
		return exitFailed
	case opts.requireData && report.Count(verify.NotEnoughData) > 0:
		return exitFailed
	}
	return exitOK
}

// readOutputs returns the stack's outputs, from a file or from Pulumi.
func readOutputs(ctx context.Context, opts options, stdin io.Reader) (outputs.Outputs, error) {
	var data []byte
	var err error
	switch opts.outputs {
	case "":
		data, err = stackOutputs(ctx, opts.stack)
	case "-":
		data, err = io.ReadAll(stdin)
	default:
		data, err = os.ReadFile(opts.outputs)
	}
	if err != nil {
		return outputs.Outputs{}, err
	}
	parse := outputs.Parse
	if opts.inUpdate {
		parse = outputs.ParseUpdateQuestion
	}
	out, err := parse(data)
	if errors.Is(err, outputs.ErrNoOutputs) {
		return outputs.Outputs{}, fmt.Errorf("%w: deploy it first (`pulumi up`), then verify", err)
	}
	// A stack may be given in full, organization/project/stack.
	if err == nil && opts.stack != "" && path.Base(opts.stack) != out.Stack {
		return outputs.Outputs{}, fmt.Errorf("--stack %q: the outputs are those of %q; give the ones that belong together", opts.stack, out.Stack)
	}
	return out, err
}

// readBefore reads the report of --before; without it there is nothing to compare with.
func readBefore(name, stack string) (verify.Baseline, error) {
	if name == "" {
		return verify.Baseline{}, nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return verify.Baseline{}, fmt.Errorf("--before: %w", err)
	}
	before, err := verify.ReadBaseline(data, stack)
	if err != nil {
		return verify.Baseline{}, fmt.Errorf("--before %s: %w", name, err)
	}
	return before, nil
}

func subject(outputs outputs.Outputs, env func(string) string) verify.Subject {
	return verify.Subject{
		Stack: outputs.Stack, Version: outputs.Version, Region: outputs.Region, AccountID: outputs.AccountID,
		Endpoint: account.Endpoint(env),
	}
}

// create opens the file for the report before anything is checked, so that a
// report does not come to nothing after minutes; nil without a name.
func create(name string) (io.WriteCloser, error) {
	if name == "" {
		return nil, nil
	}
	file, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("--out: %w", err)
	}
	return file, nil
}

// publish writes the report in the format to the file if there is one, and then
// the terminal's to stdout; without one it goes to stdout in the format.
func publish(report verify.Report, format verify.Format, stdout io.Writer, file io.WriteCloser, env func(string) string) error {
	if file == nil {
		return report.Write(stdout, format, console.Colourful(stdout, env))
	}
	err := errors.Join(report.Write(file, format, false), file.Close())
	if err != nil {
		err = fmt.Errorf("--out: %w", err)
	}
	return errors.Join(report.Write(stdout, verify.Terminal, console.Colourful(stdout, env)), err)
}
