package awschecks

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// longestMessage is how much of a log line is shown, in characters.
const longestMessage = 160

// variable are the parts of a message that differ from one error to the next of
// the same kind, the particular first.
var variable = []struct {
	pattern *regexp.Regexp
	mark    string
}{
	{regexp.MustCompile(`\x1b\[[0-9;]*m`), ""},
	{regexp.MustCompile(`\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?`), "<time>"},
	{regexp.MustCompile(`(?i)\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`), "<id>"},
	{regexp.MustCompile(`\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b`), "<address>"},
	{regexp.MustCompile(`[\w.+-]+@[\w-]+(?:\.[\w-]+)+`), "<mail>"},
	{regexp.MustCompile(`(?i)\b[0-9a-z]*(?:[0-9][a-f]|[a-f][0-9])[0-9a-f]{5,}[0-9a-z]*\b`), "<id>"},
	{regexp.MustCompile(`\d+(?:\.\d+)?`), "<n>"},
}

// normalise takes out of a message what makes it unique.
func normalise(message string) string {
	for _, v := range variable {
		message = v.pattern.ReplaceAllString(message, v.mark)
	}
	return oneLine(message, longestMessage)
}

// oneLine is a text without line breaks, cut after so many characters.
func oneLine(message string, width int) string {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(message, "?")), " ")
	if runes := []rune(text); len(runes) > width {
		return string(runes[:width]) + " …"
	}
	return text
}

// message is what a line says: of a JSON object, its message and the error beside it; else the whole line.
func message(line string) string {
	var object map[string]any
	if json.Unmarshal([]byte(line), &object) != nil {
		return line
	}
	var parts []string
	for _, key := range []string{"msg", "message", "error", "err"} {
		if said, ok := object[key].(string); ok && said != "" && !slices.Contains(parts, said) {
			parts = append(parts, said)
		}
	}
	if len(parts) == 0 {
		return line
	}
	return strings.Join(parts, ": ")
}
