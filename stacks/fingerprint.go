package stacks

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Fingerprint is sha256:<64 hex digits> over all keys and values, by which an update in the stack's history is known
// again: history keeps what the stack file said. How a value is written (the order of an object's keys, blanks) makes no
// difference; that a key is a secret does, the secret's value does not.
func (s Source) Fingerprint() string {
	sum := sha256.New()
	for _, key := range slices.Sorted(maps.Keys(s.Values)) {
		value := canonical(s.Values[key])
		if s.Secrets[key] {
			value = Hidden
		}
		for _, part := range []string{key, value} {
			fmt.Fprintf(sum, "%d:%s", len(part), part) // lengths, so that no two configurations make the same text
		}
	}
	return fmt.Sprintf("sha256:%x", sum.Sum(nil))
}

// canonical is the one spelling of an object or a list; any other value is text and stays as it is.
func canonical(value string) string {
	decoded := Decoded(value)
	if _, isText := decoded.(string); isText {
		return value
	}
	text, err := json.Marshal(decoded)
	if err != nil {
		return value
	}
	return string(text)
}

// Decoded is a value as it stands behind a key: the object or the list that it is as JSON, or the text itself. Numbers stay
// as they are written.
func Decoded(value string) any {
	if !strings.HasPrefix(value, "{") && !strings.HasPrefix(value, "[") {
		return value
	}
	decoder := json.NewDecoder(strings.NewReader(value))
	decoder.UseNumber()
	var decoded any
	if err := decoder.Decode(&decoded); err != nil || decoder.More() {
		return value
	}
	return decoded
}
