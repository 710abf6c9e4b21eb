package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/verify/check"
)

// CustomTimeout is how long a command may take that sets no limit of its own: a
// suite in a browser takes minutes.
const CustomTimeout = 10 * time.Minute

// ending is how long a command may take to end once it was told to. It is shorter than what package check allows, so
// that the check still reports.
const ending = time.Second

// Command is a check of the operator's own, such as the staging suite:
// npx playwright test --config=playwright.staging.config.ts (runbook 1.1).
type Command struct {
	Name        string        // of the check; empty: the program's name
	Argv        []string      // program and arguments; no shell
	Dir         string        // where it runs; empty: here
	Environment []string      // name=value, the process's own as a rule; SITE_URL and API_URL come on top
	SiteURL     string        // https://flowcomply.com
	APIURL      string        // https://api.flowcomply.com
	Timeout     time.Duration // 0: CustomTimeout
	Output      string        // file that keeps what it writes; empty: a temporary one
}

// Custom checks that the command exits with 0 before its deadline. The command runs once.
//
// What it writes, to either stream, is kept in a file, and the report has its last lines. Both are without what the
// Redactor hides. It is told the values of environment variables whose names say password, secret, token or key.
//
//runbook:1.1#2-3 runs the suite that is given behind `--`, such as Playwright's.
func Custom(c Command, hide *check.Redactor) check.Check {
	c.Timeout = cmp.Or(c.Timeout, CustomTimeout)
	hide = cmp.Or(hide, &check.Redactor{})
	if c.Name == "" && len(c.Argv) > 0 {
		c.Name = filepath.Base(c.Argv[0])
	}
	return check.Check{Group: "own", Name: c.Name, Timeout: c.Timeout, Run: func(ctx context.Context) (string, error) {
		return c.run(ctx, hide)
	}}
}

func (c Command) run(ctx context.Context, hide *check.Redactor) (string, error) {
	if len(c.Argv) == 0 {
		return "", &check.Failure{Cause: "no command is given", Next: "name a program and its arguments"}
	}
	hide.Hide(secretValues(c.Environment)...)
	file, err := c.create()
	if err != nil {
		return "", &check.Failure{Cause: "its output cannot be kept: " + err.Error(), Next: "name a file in a folder that exists"}
	}
	out := &logTee{to: file, hide: hide}
	command := exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...)
	command.Dir, command.Env = c.Dir, c.environment()
	command.Stdout, command.Stderr = out, out // the same writer: never called twice at once
	command.WaitDelay = ending
	endWithChildren(command)
	err = command.Run()
	killChildren(command)
	err = errors.Join(err, out.close(), file.Close())
	return c.evaluate(ctx, err, out.tail, file.Name(), hide)
}

func (c Command) evaluate(ctx context.Context, err error, tail []string, file string, hide *check.Redactor) (string, error) {
	shown := hide.Foreign(strings.Join(maskOptions(c.Argv), " "))
	if err == nil {
		return fmt.Sprintf("%s: exit code 0; its output: %s", shown, file), nil
	}
	failure := &check.Failure{Details: tail, Next: "read all of its output in " + file}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		failure.Cause, failure.Err = shown+": ended at the deadline of "+c.Timeout.String(), ctx.Err()
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		failure.Cause = fmt.Sprintf("%s: exit code %d", shown, exit.ExitCode())
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, os.ErrNotExist):
		failure.Cause, failure.Next = shown+": "+hide.Foreign(err.Error()), "install the program, or give its path"
	default:
		failure.Cause = shown + ": " + hide.Foreign(err.Error())
	}
	return "", failure
}

func (c Command) create() (*os.File, error) {
	if c.Output == "" {
		return os.CreateTemp("", "verify-own-*.log")
	}
	return os.OpenFile(c.Output, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
}

// environment turns colour off by default, as the output is a file.
func (c Command) environment() []string {
	defaults := []string{"NO_COLOR=1", "FORCE_COLOR=0"}
	return append(append(defaults, c.Environment...), "SITE_URL="+c.SiteURL, "API_URL="+c.APIURL) // the last counts
}

// shortestSecret is the fewest characters of a value that is hidden: shorter ones are words like "true".
const shortestSecret = 8

var secretName = regexp.MustCompile(`(?i)password|passwd|secret|token|credential|api_?key|access_?key|private_?key|session_?key`)

// secretValues are the values of variables whose names say that they are secret.
func secretValues(environment []string) []string {
	var values []string
	for _, variable := range environment {
		name, value, _ := strings.Cut(variable, "=")
		if secretName.MatchString(name) && len(value) >= shortestSecret {
			values = append(values, value)
		}
	}
	return values
}

// maskOptions hides what follows an option like --token.
func maskOptions(argv []string) []string {
	shown := append([]string(nil), argv...)
	for i := 1; i < len(shown); i++ {
		if before := shown[i-1]; strings.HasPrefix(before, "-") && !strings.Contains(before, "=") && secretName.MatchString(before) {
			shown[i] = check.Redacted
		}
	}
	return shown
}
