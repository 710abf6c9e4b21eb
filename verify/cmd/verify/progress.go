package main

import (
	"fmt"
	"io"
	"os"

	"github.com/flowcomply/infrastructure/verify"
)

// eraseLine goes back to the start of the line and clears it.
const eraseLine = "\r\x1b[K"

// progress tells on stderr how far a run is: on a terminal as a count that
// stays on one line, elsewhere as a line for each finished check.
type progress struct {
	w    io.Writer
	live bool
	bad  int
}

func newProgress(w io.Writer, env func(string) string) *progress {
	return &progress{w: w, live: isTerminal(w) && env("TERM") != "dumb"}
}

func (p *progress) finished(result verify.Result, done, of int) {
	if result.Outcome.Bad() {
		p.bad++
	}
	if p.live {
		_, _ = fmt.Fprintf(p.w, "%s%d of %d checks done, %d failed", eraseLine, done, of, p.bad)
		return
	}
	_, _ = fmt.Fprintf(p.w, "%d/%d %s/%s: %s (%.1f s)\n", done, of, result.Group, result.Name, result.Outcome, result.Took.Seconds())
}

// end leaves the terminal's line to the report.
func (p *progress) end() {
	if p.live {
		_, _ = io.WriteString(p.w, eraseLine)
	}
}

// colourful follows https://no-color.org: a NO_COLOR that is not empty wins.
func colourful(w io.Writer, env func(string) string) bool {
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
