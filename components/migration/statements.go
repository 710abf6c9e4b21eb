package migration

import (
	"regexp"
	"strings"
)

// statement is one SQL statement, made comparable: without comments, in capitals but for what is in double quotes, each
// run of white space one blank, strings emptied.
type statement struct {
	line int
	text string
}

// token is what can hold a semicolon or a word that does not count: comments, strings, quoted names, dollar quotes.
var token = regexp.MustCompile(`(?s)--[^\n]*|/\*.*?\*/|[eE]?'(?:[^']|'')*'|"(?:[^"]|"")*"|\$[A-Za-z_]*\$|;|[^-/'"$;eE]+|.`)

// statements splits a script at the semicolons that end statements.
func statements(sql string) []statement {
	var all []statement
	var text strings.Builder
	line, begin := 1, 0
	end := func() {
		if joined := strings.Join(strings.Fields(text.String()), " "); joined != "" {
			all = append(all, statement{line: begin, text: joined})
		}
		text.Reset()
		begin = 0
	}
	for rest := sql; rest != ""; {
		part := token.FindString(rest)
		if strings.HasPrefix(part, "$") && len(part) > 1 { // a body: everything up to the same mark
			if close := strings.Index(rest[len(part):], part); close >= 0 {
				part = rest[:len(part)+close+len(part)]
			}
		}
		rest = rest[len(part):]
		kept := part
		switch {
		case strings.HasPrefix(part, "--"), strings.HasPrefix(part, "/*"):
			kept = " "
		case part == ";":
			end()
			kept = ""
		case strings.HasSuffix(part, "'") && len(part) > 1, strings.HasPrefix(part, "$") && len(part) > 1:
			kept = "''"
		case !strings.HasPrefix(part, `"`):
			kept = strings.ToUpper(part)
		}
		if begin == 0 && strings.TrimSpace(kept) != "" {
			begin = line + strings.Count(part[:len(part)-len(strings.TrimLeft(part, " \t\r\n"))], "\n")
		}
		text.WriteString(kept)
		line += strings.Count(part, "\n")
	}
	end()
	return all
}
