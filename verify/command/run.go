// Package command is verification as a command makes it: it reads a stack's outputs, signs in to AWS, runs the checks and
// writes the report.
//
// Decisions:
//
//   - The report's file is opened before anything is checked: a wrong name fails at once and not after minutes.
//   - Progress goes to standard error.
//   - Neither the smoke user's secret nor any credential is ever printed.
package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/internal/account"
	"github.com/flowcomply/infrastructure/internal/console"
	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify"
	"github.com/flowcomply/infrastructure/verify/awschecks"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Options are what a person decides about a run.
type Options struct {
	// Settings of the checks; Before, Hide and a command's environment are Run's to set.
	Settings verify.Settings
	Format   check.Format
	Out      string // file for the report in Format; none: standard output
	// Before is the file with a JSON report of before the deployment; none: nothing is compared.
	Before string
	// Only are the groups of checks that are run; none: all.
	Only []string
	// RequireData counts "not enough data" as a failure.
	RequireData bool
}

// Console is where a run talks to, and what it knows of its surroundings.
type Console struct {
	Stdout, Stderr io.Writer
	Env            func(string) string
	Web            *http.Client // asks site and API
}

// Run verifies the stack that exported the outputs, and returns the exit code. An error is one before any check was run:
// a check.ErrAccess, or bad input.
func (c Console) Run(ctx context.Context, outputs outputs.Outputs, o Options) (int, error) {
	var err error
	if o.Settings.Before, err = readBefore(o.Before, outputs.Stack); err != nil {
		return exit.Refused, err
	}
	clients, err := connect(ctx, outputs, c.Web, o.Settings.Timeout)
	if err != nil {
		return exit.NoAccess, err
	}
	hide := &check.Redactor{}
	o.Settings.Hide = hide
	checks, err := choose(verify.Checks(outputs, clients, o.Settings), o.Only)
	if err != nil {
		return exit.Refused, err
	}
	file, err := create(o.Out)
	if err != nil {
		return exit.Refused, err
	}
	report := c.check(ctx, outputs, checks, o.Settings)
	report.Findings = awschecks.Stack{Outputs: outputs, Clients: clients.Clients, Hide: hide}.Diagnose(ctx, report)
	code := exitCode(report, o.RequireData)
	if code == exit.Done && len(o.Only) == 0 {
		receipt := outputs.Receipt()
		report.Verified = &receipt
	}
	return c.publish(report, o, file, code)
}

// check runs the checks and shows how far it is. In an update the report follows in the same place, so that it says only what
// is waited for.
func (c Console) check(ctx context.Context, outputs outputs.Outputs, checks []check.Check, settings verify.Settings) check.Report {
	shown := c.Stderr
	if settings.InUpdate {
		shown = io.Discard
	}
	progress := console.NewProgress(shown, c.Env)
	defer progress.End()
	options := check.Options{Subject: subject(outputs, c.Env), Timeout: settings.Timeout, Hide: settings.Hide, Finished: progress.Finished}
	if settings.InUpdate {
		begin := time.Now()
		options.Waiting = func(one check.Check, last error) {
			fmt.Fprintf(c.Stderr, "waiting for %s, %s so far: %s\n", one.Key(), text.Duration(time.Since(begin).Round(time.Second)), settings.Hide.Text(last.Error()))
		}
	}
	return check.Run(ctx, checks, options)
}

func exitCode(report check.Report, requireData bool) int {
	switch {
	case report.NoAccess():
		return exit.NoAccess
	case report.Bad() > 0:
		return exit.Failed
	case requireData && report.Count(check.NotEnoughData) > 0:
		return exit.Failed
	}
	return exit.Done
}

// readBefore reads the report of before; without a name there is nothing to compare with.
func readBefore(name, stack string) (check.Baseline, error) {
	if name == "" {
		return check.Baseline{}, nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return check.Baseline{}, fmt.Errorf("--before: %w", err)
	}
	before, err := check.ReadBaseline(data, stack)
	if err != nil {
		return check.Baseline{}, fmt.Errorf("--before %s: %w", name, err)
	}
	return before, nil
}

func subject(outputs outputs.Outputs, env func(string) string) check.Subject {
	return check.Subject{
		Stack: outputs.Stack, Version: outputs.Version, Region: outputs.Region, AccountID: outputs.AccountID,
		Endpoint: account.Endpoint(env),
	}
}

// create opens the file for the report; nil without a name.
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

// publish writes the report. An error in that is bad input, unless a check failed.
func (c Console) publish(report check.Report, o Options, file io.WriteCloser, code int) (int, error) {
	if o.Settings.InUpdate {
		if err := report.Write(c.Stderr, check.Terminal, false); err != nil {
			return exit.Refused, nil
		}
	}
	err := c.write(report, o.Format, file)
	if err != nil && code == exit.Done {
		code = exit.Refused
	}
	return code, err
}

// write writes the report where it is wanted. With a file, the file gets the report in the format, and standard output
// the one for a terminal. Without a file, standard output gets it in the format.
func (c Console) write(report check.Report, format check.Format, file io.WriteCloser) error {
	colour := console.Colourful(c.Stdout, c.Env)
	if file == nil {
		return report.Write(c.Stdout, format, colour)
	}
	err := errors.Join(report.Write(file, format, false), file.Close())
	if err != nil {
		err = fmt.Errorf("--out: %w", err)
	}
	return errors.Join(report.Write(c.Stdout, check.Terminal, colour), err)
}

// choose keeps the checks of the groups, or all if none is named. A group without a check is an error: somebody would
// believe that it was checked.
func choose(checks []check.Check, groups []string) ([]check.Check, error) {
	var known []string
	for _, check := range checks {
		if !slices.Contains(known, check.Group) {
			known = append(known, check.Group)
		}
	}
	for _, group := range groups {
		if !slices.Contains(known, group) {
			return nil, fmt.Errorf("--only %q: there is no such check here; there are %s", group, strings.Join(known, ", "))
		}
	}
	return slices.DeleteFunc(checks, func(c check.Check) bool { return len(groups) > 0 && !slices.Contains(groups, c.Group) }), nil
}
