package check

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Redacted replaces text that must not be shown.
const Redacted = "[redacted]"

// shortest is the fewest characters of a value that is hidden. Hiding shorter ones would hide harmless words too.
const shortest = 4

// unmistakable are credentials in any text: JSON Web Tokens, and the password in a URL or a connection string. Of a
// pattern with a group, only the group is hidden.
var unmistakable = []*regexp.Regexp{
	regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?`),
	regexp.MustCompile(`[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/:@'"]*:([^\s/'"]+)@`),
}

// suspicious is what follows Bearer or Basic, or is assigned to a name such as password. Our own messages can look the
// same, such as "JWT_SECRET: not readable", so these are for foreign text only.
var suspicious = []*regexp.Regexp{
	regexp.MustCompile(`(?i)\b(?:bearer|basic)\s+([A-Za-z0-9._~+/=-]{8,})`),
	regexp.MustCompile(`(?i)[a-z0-9_-]*(?:password|passwd|secret|token|api[_-]?key|access[_-]?key)\\?["']?\s*[=:]\s*\\?["']?([^\s"'\\,;&}]{4,})`),
}

// Redactor takes credentials out of text. It hides the values it was told, in every spelling that JSON, URLs, HTML or
// base64 give them, and whatever is plainly a credential. A nil Redactor knows no values. It may be used concurrently.
type Redactor struct {
	mu      sync.RWMutex
	values  []string
	pattern *regexp.Regexp // of all values, the longest first; nil without
}

// Hide hides the values in all text from now on. Values of less than four characters are ignored.
func (r *Redactor) Hide(values ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, value := range values {
		if len(value) < shortest {
			continue
		}
		for _, spelling := range spellings(value) {
			if !slices.Contains(r.values, spelling) {
				r.values = append(r.values, spelling)
			}
		}
	}
	if len(r.values) == 0 {
		return
	}
	slices.SortFunc(r.values, func(a, b string) int { return cmp.Or(len(b)-len(a), cmp.Compare(a, b)) })
	quoted := make([]string, len(r.values))
	for i, value := range r.values {
		quoted[i] = regexp.QuoteMeta(value)
	}
	r.pattern = regexp.MustCompile("(?i)" + strings.Join(quoted, "|"))
}

// spellings are the forms in which a server or a program may repeat a value.
func spellings(value string) []string {
	escaped, _ := json.Marshal(value) // of a string; cannot fail
	inJSON := strings.Trim(string(escaped), `"`)
	var plainJSON strings.Builder
	encoder := json.NewEncoder(&plainJSON)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value)
	return []string{
		value, inJSON, strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(plainJSON.String()), `"`), `"`),
		url.QueryEscape(value), url.PathEscape(value), html.EscapeString(value),
		base64.RawStdEncoding.EncodeToString([]byte(value)), base64.RawURLEncoding.EncodeToString([]byte(value)),
	}
}

// Text returns s without credentials.
func (r *Redactor) Text(s string) string {
	if r != nil {
		r.mu.RLock()
		pattern := r.pattern
		r.mu.RUnlock()
		if pattern != nil {
			s = pattern.ReplaceAllLiteralString(s, Redacted)
		}
	}
	for _, pattern := range unmistakable {
		s = cut(s, pattern)
	}
	return s
}

// Foreign is Text for what servers, logs and commands say: it also hides what only looks like a credential.
func (r *Redactor) Foreign(s string) string {
	s = r.Text(s)
	for _, pattern := range suspicious {
		s = cut(s, pattern)
	}
	return s
}

// cut replaces what the pattern finds, or its group. It leaves what is replaced already.
func cut(s string, pattern *regexp.Regexp) string {
	var b strings.Builder
	from := 0
	for _, at := range pattern.FindAllStringSubmatchIndex(s, -1) {
		start, end := at[0], at[1]
		if len(at) > 2 && at[2] >= 0 {
			start, end = at[2], at[3]
		}
		if strings.HasPrefix(Redacted, strings.Trim(s[start:end], "]")) {
			continue
		}
		b.WriteString(s[from:start] + Redacted)
		from = end
	}
	return b.String() + s[from:]
}

func (r *Redactor) texts(lines []string) []string {
	lines = slices.Clone(lines)
	for i, line := range lines {
		lines[i] = r.Text(line)
	}
	return lines
}

// result hides in every text of a result that is shown.
func (r *Redactor) result(result Result) Result {
	result.Seen, result.Cause, result.Next = r.Text(result.Seen), r.Text(result.Cause), r.Text(result.Next)
	result.Details = r.texts(result.Details)
	return result
}

// Finding hides in what others say.
func (r *Redactor) Finding(f Finding) Finding {
	f.Lines, f.Next = r.texts(f.Lines), r.Text(f.Next)
	return f
}
