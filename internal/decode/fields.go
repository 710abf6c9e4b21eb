package decode

import (
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// Keys are those of a struct, in the order of its fields.
func Keys(t reflect.Type) []string {
	var keys []string
	for _, field := range Fields(t) {
		keys = append(keys, field.Key)
	}
	return keys
}

// Field is one key of an object.
type Field struct {
	Key      string // as written in JSON and in the stack file
	Name     string // of the Go field
	Optional bool   // marked omitempty: may be left out
	Type     reflect.Type
	index    []int
}

// Fields lists the keys of a struct in the order of its declaration. A field without a json tag is no key.
func Fields(t reflect.Type) []Field {
	var fields []Field
	for i := range t.NumField() {
		f := t.Field(i)
		key, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || key == "" || key == "-" {
			continue
		}
		optional := strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
		fields = append(fields, Field{Key: key, Name: f.Name, Optional: optional, Type: f.Type, index: f.Index})
	}
	return fields
}

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_.:-]+$`)

// join puts keys behind a path. A key that could be mistaken for something else is shown in quotes.
func join(path string, keys ...string) string {
	for _, key := range keys {
		if path != "" {
			path += "."
		}
		path += Quote(key)
	}
	return path
}

// Quote is a key as it is shown: in quotes where it holds another character than letters, digits, dots, colons, _ and -.
func Quote(key string) string {
	if plainKey.MatchString(key) {
		return key
	}
	return strconv.Quote(key)
}
