package engine

import (
	"errors"
	"strings"
)

// hints are the most common reasons why the CLI refuses: text that it prints, and what to do.
var hints = []struct{ says, cause string }{
	{"no stack named", "there is no such stack; `pulumi stack ls` lists those there are, and PULUMI_BACKEND_URL or `pulumi login` chooses where to look"},
	{"incorrect passphrase", "the stack's passphrase is not the one in PULUMI_CONFIG_PASSPHRASE"},
	{"PULUMI_CONFIG_PASSPHRASE", "the stack's passphrase is missing; set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE"},
	{"must be set for login", "pulumi is not logged in to a state backend; set PULUMI_BACKEND_URL, or run `pulumi login`"},
}

// withCause is the error of a CLI, with what it wrote to stderr as the cause.
func withCause(stderr string, err error) error {
	if err == nil {
		return nil
	}
	for _, hint := range hints {
		if strings.Contains(stderr, hint.says) {
			return errors.New(hint.cause)
		}
	}
	if stderr = strings.TrimSpace(stderr); stderr == "" {
		return err
	}
	return errors.New(stderr)
}

// reason shortens an error of the Automation API, which quotes all output of the CLI, to the errors of the engine and of the
// program.
func reason(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	_, output, quoted := strings.Cut(text, "\nstdout: ")
	if !quoted {
		return err
	}
	out, stderr, _ := strings.Cut(output, "\nstderr: ")
	for _, hint := range hints {
		if strings.Contains(stderr, hint.says) {
			return errors.New(hint.cause)
		}
	}
	if _, diagnostics, found := strings.Cut(out, "\nDiagnostics:\n"); found {
		out = diagnostics
	}
	return errors.New(strings.TrimSpace(strings.TrimSpace(out) + "\n" + strings.TrimSpace(stderr)))
}
