package pulumi

import (
	"errors"
	"fmt"
	"strings"
)

// Error is a command that failed, with what it said.
type Error struct {
	Command, Said string
	Cause         error
}

func (e *Error) Error() string { return fmt.Sprintf("pulumi %s: %v\n%s", e.Command, e.Cause, e.Said) }

func (e *Error) Unwrap() error { return e.Cause }

const notTheProject = "this is not the project's folder; run this in the root of the repository, where Pulumi.yaml is"

// hints are the most common reasons why the CLI refuses: text that it prints, and the reason with what to do.
var hints = []struct{ says, reason string }{
	{"no stack named", "there is no such stack; `pulumi stack ls` lists those there are, and PULUMI_BACKEND_URL or `pulumi login` chooses where to look"},
	{"incorrect passphrase", "the stack's passphrase is not the one in PULUMI_CONFIG_PASSPHRASE; set that or PULUMI_CONFIG_PASSPHRASE_FILE to this stack's"},
	{"PULUMI_CONFIG_PASSPHRASE", "the stack's passphrase is missing; set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE"},
	{"must be set for login", "pulumi is not logged in to a state backend; set PULUMI_BACKEND_URL, or run `pulumi login`"},
	{"no Pulumi.yaml project file found", notTheProject},
	{"pass the fully qualified name", notTheProject},
}

// hint is the reason for what the CLI said; nil where that is none of the common ones.
func hint(said string) error {
	for _, one := range hints {
		if strings.Contains(said, one.says) {
			return errors.New(one.reason)
		}
	}
	return nil
}

// reason shortens the error of a command to its reason, or to what the command said.
func reason(err error) error {
	var failed *Error
	if !errors.As(err, &failed) {
		return err
	}
	if known := hint(failed.Said); known != nil {
		return known
	}
	if failed.Said == "" {
		return failed.Cause
	}
	return errors.New(failed.Said)
}

// automationReason shortens an error of the Automation API, which quotes all output of the CLI, to the errors of the engine
// and of the program.
func automationReason(err error) error {
	if err == nil {
		return nil
	}
	_, output, quoted := strings.Cut(err.Error(), "\nstdout: ")
	if !quoted {
		return err
	}
	out, said, _ := strings.Cut(output, "\nstderr: ")
	if known := hint(said); known != nil {
		return known
	}
	if _, diagnostics, found := strings.Cut(out, "\nDiagnostics:\n"); found {
		out = diagnostics
	}
	return errors.New(strings.TrimSpace(strings.TrimSpace(out) + "\n" + strings.TrimSpace(said)))
}
