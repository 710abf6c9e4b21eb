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
	lineLimit = 64 << 10 // bytes; a longer line is cut in the file too, for it is held until it is whole
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
func (k *logTee) Write(b []byte) (int, error) {
	n := len(b)
	for {
		line, rest, ended := bytes.Cut(b, []byte("\n"))
		k.part = append(k.part, line[:min(len(line), max(0, lineLimit-len(k.part)))]...)
		if !ended {
			return n, nil
		}
		k.flush()
		b = rest
	}
}

func (k *logTee) flush() {
	line := k.hide.Foreign(ansiPattern.ReplaceAllString(string(bytes.TrimRight(k.part, "\r")), ""))
	k.part = k.part[:0]
	if _, err := io.WriteString(k.to, line+"\n"); err != nil && k.err == nil {
		k.err = err
	}
	if runes := []rune(line); len(runes) > tailWidth {
		line = string(runes[:tailWidth]) + " …"
	}
	if line == "" {
		return
	}
	k.tail = append(k.tail, line)
	k.tail = k.tail[max(0, len(k.tail)-tailLines):]
}

// close writes a last line that has no end.
func (k *logTee) close() error {
	if len(k.part) > 0 {
		k.flush()
	}
	return k.err
}
