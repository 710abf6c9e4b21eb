package strict

import (
	"fmt"
	"reflect"
	"strings"
)

// Field is one key of a section.
type Field struct {
	Key      string // as written in the stack file
	Optional bool   // marked omitempty: may be left out
	Type     reflect.Type
	index    []int
}

// Fields lists the keys of a struct in the order of its declaration, which is the order of the stack files.
// A field without a json tag is no key.
func Fields(t reflect.Type) []Field {
	var fields []Field
	for i := range t.NumField() {
		f := t.Field(i)
		key, options := Key(f)
		if !f.IsExported() || key == "" || key == "-" {
			continue
		}
		optional := strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
		fields = append(fields, Field{Key: key, Optional: optional, Type: f.Type, index: f.Index})
	}
	return fields
}

// Key is a field's key in JSON and YAML, and the options behind it; empty without a json tag.
func Key(field reflect.StructField) (key, options string) {
	key, options, _ = strings.Cut(field.Tag.Get("json"), ",")
	return key, options
}

// describe says in words what a type takes.
func describe(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct:
		var keys []string
		for _, f := range Fields(t) {
			keys = append(keys, f.Key)
		}
		return fmt.Sprintf("an object with %s", strings.Join(keys, ", "))
	case reflect.Map:
		return "an object: name to " + describe(t.Elem())
	case reflect.Slice:
		return "a list of " + describe(t.Elem())
	case reflect.Pointer:
		return describe(t.Elem())
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	default:
		return "a whole number"
	}
}
