package lint

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// statement is one statement of a script.
type statement struct {
	node
	line int    // of its first word, from 1
	text string // as it is written, without what precedes its first word
}

// statements reads a script. An error is a *syntaxError where PostgreSQL would refuse it.
func (t *trees) statements(script string) ([]statement, error) {
	tree, err := t.parse(sql, script)
	if err != nil {
		return nil, err
	}
	var read struct {
		Stmts []struct {
			Stmt     node
			Location int `json:"stmt_location"` // in bytes; comments before the statement belong to it
			Len      int `json:"stmt_len"`      // 0: to the end
		}
	}
	if err := json.Unmarshal(tree, &read); err != nil {
		return nil, fmt.Errorf("PostgreSQL's parse tree: %w", err)
	}
	var out []statement
	for _, one := range read.Stmts {
		begin, end := one.Location, one.Location+one.Len
		if one.Len == 0 {
			end = len(script)
		}
		if begin > end || end > len(script) {
			return nil, errors.New("PostgreSQL's parse tree: a statement is not within the script")
		}
		begin += blank(script[begin:end])
		out = append(out, statement{one.Stmt, lineAt(script, begin), script[begin:end]})
	}
	return out, nil
}

// lineAt is the line of a byte, from 1.
func lineAt(script string, at int) int { return 1 + strings.Count(script[:at], "\n") }

// blank is how many bytes of white space and comments a text begins with.
func blank(text string) int {
	rest := text
	for {
		rest = strings.TrimLeft(rest, " \t\n\r\f\v")
		switch {
		case strings.HasPrefix(rest, "--"):
			_, after, _ := strings.Cut(rest, "\n")
			rest = after
		case strings.HasPrefix(rest, "/*"):
			rest = rest[comment(rest):]
		default:
			return len(text) - len(rest)
		}
	}
}

var commentMark = regexp.MustCompile(`/\*|\*/`)

// comment is the length of the comment in /* and */ that a text begins with. PostgreSQL nests them.
func comment(text string) int {
	depth := 0
	for _, mark := range commentMark.FindAllStringIndex(text, -1) {
		if text[mark[0]] == '/' {
			depth++
		} else {
			depth--
		}
		if depth == 0 {
			return mark[1]
		}
	}
	return len(text)
}

// shorten puts a statement on one line of at most 120 bytes.
func shorten(text string) string {
	const most = 120
	line := strings.Join(strings.Fields(text), " ")
	if len(line) > most {
		return strings.ToValidUTF8(line[:most], "") + " …"
	}
	return line
}
