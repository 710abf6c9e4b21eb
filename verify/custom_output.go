package verify

import (
	"bytes"
	"io"
	"regexp"

	"github.com/flowcomply/infrastructure/verify/check"
)

const (
	tailLines = 20       // of a command's output in the report
	tailWidth = 400      // characters of a line in the report
	lineLimit = 64 << 10 // bytes; a longer line is cut in the file too, for it is kept in memory until it is whole
)

// ansiPattern finds what colours text or moves a terminal's cursor.
var ansiPattern = regexp.MustCompile("\x1b\\[[0-9;?]*[A-Za-z]")

// logTee writes lines to a file without what must not be shown, and remembers
// the last ones. It needs whole lines: half a credential is not recognised.
type logTee struct {
	to   io.Writer
	hide *check.Redactor
	tail []string
	part []byte // of a line that has yet to end
	err  error  // first fault of the file; the command goes on without it
}

// Write never fails: a full disk must not kill the command.
func (t *logTee) Write(b []byte) (int, error) {
	n := len(b)
	for {
		line, rest, ended := bytes.Cut(b, []byte("\n"))
		t.part = append(t.part, line[:min(len(line), max(0, lineLimit-len(t.part)))]...)
		if !ended {
			return n, nil
		}
		t.flush()
		b = rest
	}
}

func (t *logTee) flush() {
	line := t.hide.Foreign(ansiPattern.ReplaceAllString(string(bytes.TrimRight(t.part, "\r")), ""))
	t.part = t.part[:0]
	if _, err := io.WriteString(t.to, line+"\n"); err != nil && t.err == nil {
		t.err = err
	}
	if runes := []rune(line); len(runes) > tailWidth {
		line = string(runes[:tailWidth]) + " …"
	}
	if line == "" {
		return
	}
	t.tail = append(t.tail, line)
	t.tail = t.tail[max(0, len(t.tail)-tailLines):]
}

// close writes a last line that has no end.
func (t *logTee) close() error {
	if len(t.part) > 0 {
		t.flush()
	}
	return t.err
}
