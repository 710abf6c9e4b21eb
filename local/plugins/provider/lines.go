package provider

import "bytes"

// Lines hands each line that is written to it to a function, the last one at Flush.
type Lines struct {
	rest bytes.Buffer
	each func(line string)
}

// NewLines returns a writer that calls each without the line's end.
func NewLines(each func(line string)) *Lines { return &Lines{each: each} }

// Write never fails.
func (l *Lines) Write(p []byte) (int, error) {
	l.rest.Write(p)
	for {
		end := bytes.IndexByte(l.rest.Bytes(), '\n')
		if end < 0 {
			return len(p), nil
		}
		l.each(string(bytes.TrimRight(l.rest.Next(end+1), "\r\n")))
	}
}

// Flush hands over a last line that has no end.
func (l *Lines) Flush() {
	if l.rest.Len() > 0 {
		l.each(string(l.rest.Next(l.rest.Len())))
	}
}
