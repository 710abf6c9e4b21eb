// Package console is how the commands of verification talk to whoever started them: progress, colour and complaints on
// standard error, and what a command was asked about.
package console

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/verify/check"
)

// eraseLine goes back to the start of the line and clears it.
const eraseLine = "\r\x1b[K"

// Progress tells on stderr how far a run is: on a terminal as a count that
// stays on one line, elsewhere as a line for each finished check.
type Progress struct {
	w    io.Writer
	live bool
	bad  int
}

// NewProgress tells on w; env is the environment, of which TERM counts.
func NewProgress(w io.Writer, env func(string) string) *Progress {
	return &Progress{w: w, live: isTerminal(w) && env("TERM") != "dumb"}
}

// Finished is what a run calls as each check ends (check.Options).
func (p *Progress) Finished(result check.Result, done, of int) {
	if result.Outcome.Bad() {
		p.bad++
	}
	if p.live {
		_, _ = fmt.Fprintf(p.w, "%s%d of %d checks done, %d failed", eraseLine, done, of, p.bad)
		return
	}
	_, _ = fmt.Fprintf(p.w, "%d/%d %s/%s: %s (%.1f s)\n", done, of, result.Group, result.Name, result.Outcome, result.Took.Seconds())
}

// End leaves the terminal's line to the report.
func (p *Progress) End() {
	if p.live {
		_, _ = io.WriteString(p.w, eraseLine)
	}
}

// Colourful says whether w is a terminal that wants colour. It follows
// https://no-color.org: a NO_COLOR that is not empty wins.
func Colourful(w io.Writer, env func(string) string) bool {
	return isTerminal(w) && env("NO_COLOR") == "" && env("TERM") != "dumb"
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(interface{ Stat() (os.FileInfo, error) })
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// Code is the exit code of a command's error, which is shown unless the command has.
func Code(w io.Writer, command string, err error) int {
	var ended exit.EndedError
	if err == nil || errors.As(err, &ended) {
		return int(ended)
	}
	Complain(w, command, err)
	switch {
	case errors.As(err, &exit.MistakeError{}):
		return exit.Refused
	case errors.Is(err, check.ErrAccess):
		return exit.NoAccess
	case errors.As(err, &exit.RefusalError{}):
		return exit.Refused
	}
	return exit.Failed
}

// Complain prints an error with its cure, if it has one, as one message in the
// name of the command.
func Complain(w io.Writer, command string, err error) {
	_, _ = fmt.Fprintf(w, "%s: %v\n", command, err)
	var failure *check.Failure
	if errors.As(err, &failure) && failure.Next != "" {
		_, _ = fmt.Fprintf(w, "next: %s\n", failure.Next)
	}
}
