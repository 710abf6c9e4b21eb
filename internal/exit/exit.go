// Package exit is the one table of exit codes, for every command that people run, and the errors that stand for them.
package exit

import (
	"errors"
	"fmt"
	"strings"
)

// The exit codes.
const (
	Done           = 0
	Failed         = 1
	Refused        = 2
	NoAccess       = 3
	LeftAsItIs     = 4
	RollbackFailed = 5
)

var meanings = []string{
	Done:           "done: verified, or there was nothing to do",
	Failed:         "failed: a check failed; or a release failed, and what served before serves (nothing changed for users, or the rollback was verified)",
	Refused:        "refused: bad input, something speaks against it, or a person said no; nothing was changed",
	NoAccess:       "no access to AWS: unreachable, credentials missing, expired or refused, or the wrong account",
	LeftAsItIs:     "a release or a restore failed and was left as it is",
	RollbackFailed: "it failed, and so did the rollback",
}

// MistakeError is an error in what a command was asked; nothing was begun.
type MistakeError struct{ error }

// Mistake makes a MistakeError.
func Mistake(err error) error { return MistakeError{err} }

func (m MistakeError) Unwrap() error { return m.error }

// Mistakes collects all that is wrong with what a command was asked.
type Mistakes []error

// AddIf adds a mistake, as fmt.Errorf words it, if there is one.
func (m *Mistakes) AddIf(wrong bool, format string, values ...any) {
	if wrong {
		*m = append(*m, fmt.Errorf(format, values...))
	}
}

// FlagsOnly adds what stands beside the flags.
func (m *Mistakes) FlagsOnly(args []string) {
	m.AddIf(len(args) > 0, "unexpected %q: flags only", strings.Join(args, " "))
}

// Err is all of them as a MistakeError; nil where there is none.
func (m *Mistakes) Err() error {
	if len(*m) == 0 {
		return nil
	}
	return MistakeError{errors.Join(*m...)}
}

// RefusalError is an error before anything was changed.
type RefusalError struct{ error }

// Refuse makes a RefusalError.
func Refuse(err error) error { return RefusalError{err} }

func (r RefusalError) Unwrap() error { return r.error }

// EndedError is the exit code of a command that has said by itself what there was to say.
type EndedError int

// With is the error of a command that ended with a code; nil for Done.
func With(code int) error {
	if code == Done {
		return nil
	}
	return EndedError(code)
}

func (e EndedError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Table is what each code means, a line for each, for a help text.
func Table() string {
	var text strings.Builder
	for code, meaning := range meanings {
		fmt.Fprintf(&text, "  %d  %s\n", code, meaning)
	}
	return text.String()
}
