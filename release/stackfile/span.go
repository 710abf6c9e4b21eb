package stackfile

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// span is the position of the value in the line of its entry, if all of it is in that line.
func (e entry) span(lines []string) (from, to int, ok bool) {
	if e.value.Line != e.key.Line || e.to != e.from+1 || e.value.Anchor != "" || e.value.Style&yaml.TaggedStyle != 0 || e.value.Kind == yaml.AliasNode {
		return 0, 0, false
	}
	line := strings.TrimRight(lines[e.from], "\r\n")
	from = offset(line, e.value.Column-1)
	if from >= len(line) {
		return 0, 0, false // an empty value
	}
	to = from + length(line[from:])
	return from, to, to > from
}

// offset is the byte at which a column starts. Columns count characters.
func offset(line string, column int) int {
	for i := range line {
		if column == 0 {
			return i
		}
		column--
	}
	return len(line)
}

// length is the length of the value at the start of a text, or 0 if it does not end there.
func length(text string) int {
	switch text[0] {
	case '"', '\'', '[', '{':
		return closed(text)
	case '|', '>':
		return 0
	}
	if comment := strings.Index(text, " #"); comment >= 0 {
		text = text[:comment]
	}
	return len(strings.TrimRight(text, " \t"))
}

// closed finds the end of quoted text, or of a list or object in brackets.
func closed(text string) int {
	depth, quote := 0, byte(0)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote == '"' && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		default:
			switch c {
			case '"', '\'':
				quote = c
			case '[', '{':
				depth++
			case ']', '}':
				depth--
			}
		}
		if depth == 0 && quote == 0 && (i+1 == len(text) || text[i] != '\'' || text[i+1] != '\'') {
			return i + 1
		}
	}
	return 0
}
