package decode

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"
)

type (
	// bareText is text whose meaning depends on the Go type that it is decoded into: the engine passes the number 5, the text
	// "5" and the text v1.0.0 all without quotes.
	bareText string
	// refusal is why what stands there must not be read.
	refusal string
	// repeated is the value of a key that stands in its object again.
	repeated struct{ first any }
)

// first is the value of a key, the first one where it is repeated.
func first(value any) any {
	if again, is := value.(repeated); is {
		return again.first
	}
	return value
}

// as gives bare text the meaning that a type asks for.
func (b bareText) as(t reflect.Type) any {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.String {
		if value, ok := parse(string(b)); ok {
			return value
		}
	}
	return string(b)
}

// maxDepth is more than any section needs and less than any stack frame limit.
const maxDepth = 32

// parse reads one JSON document, in which the first value of a repeated key counts.
func parse(source string) (any, bool) {
	if !utf8.ValidString(source) || !json.Valid([]byte(source)) {
		return nil, false
	}
	decoder := json.NewDecoder(strings.NewReader(source))
	decoder.UseNumber()
	return parseValue(decoder, 0)
}

func parseValue(decoder *json.Decoder, depth int) (any, bool) {
	token, err := decoder.Token()
	if err != nil || depth > maxDepth {
		return nil, false
	}
	open, nested := token.(json.Delim)
	if !nested {
		return token, true
	}
	object, list := map[string]any{}, []any{}
	for decoder.More() {
		key := ""
		if open == '{' {
			token, _ := decoder.Token() // JSON is known to be valid
			key, _ = token.(string)
		}
		child, ok := parseValue(decoder, depth+1)
		if !ok {
			return nil, false
		}
		if before, given := object[key]; given {
			child = repeated{first(before)}
		}
		if open == '{' {
			object[key] = child
		} else {
			list = append(list, child)
		}
	}
	_, err = decoder.Token()
	if open == '{' {
		return object, err == nil
	}
	return list, err == nil
}

// insert puts the value of a dotted key, `release.version`, where the section's own object would have it.
func insert(root map[string]any, key string, value any, problems *Problems) {
	parts := strings.Split(key, ".")
	last, at := len(parts)-1, root
	for i, part := range parts[:last] {
		inner, given := at[part]
		if !given {
			inner = map[string]any{}
		}
		if text, is := inner.(bareText); is {
			inner, _ = parse(string(text))
		}
		object, ok := first(inner).(map[string]any)
		if !ok {
			problems.Add(Quote(key), "cannot be set inside %s, which is no object", join("", parts[:i+1]...))
			return
		}
		if _, again := at[part].(repeated); !again {
			at[part] = object
		}
		at = object
	}
	if _, given := at[parts[last]]; given {
		*problems = append(*problems, Problem{
			Path: join("", parts...), Allowed: "one of the two",
			Why: fmt.Sprintf("is given twice: by a key of its own, and inside %s", join("", parts[:last]...)),
		})
		return
	}
	at[parts[last]] = value
}
