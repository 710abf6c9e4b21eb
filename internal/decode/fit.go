// Package decode reads JSON into Go types and accepts nothing that does not fit: everything that is wrong is reported at
// once, each problem with its path.
package decode

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// masked is what Pulumi prints in place of a secret output.
const masked = "[secret]"

// Fit copies raw into the struct that target points to and returns everything
// about raw that does not fit, in the order of the struct's fields with unknown
// keys last. What fits is copied even if something else does not.
func Fit(raw map[string]any, target any) Problems {
	var found Problems
	fitStruct("", raw, reflect.ValueOf(target).Elem(), &found)
	return found
}

func fitStruct(path string, raw map[string]any, target reflect.Value, found *Problems) {
	rest := maps.Clone(raw)
	for i := range target.NumField() {
		key := keyOf(target.Type().Field(i))
		value, ok := rest[key]
		delete(rest, key)
		if !ok || value == nil {
			found.Add(join(path, key), "missing")
			continue
		}
		fitValue(join(path, key), value, target.Field(i), found)
	}
	for _, key := range slices.Sorted(maps.Keys(rest)) {
		found.Add(join(path, key), "unknown; this version of verify does not know it")
	}
}

func fitValue(path string, raw any, target reflect.Value, found *Problems) {
	if raw == masked {
		found.Add(path, "is marked secret; export the name or ARN in plain text and never the value")
		return
	}
	switch target.Kind() {
	case reflect.Struct, reflect.Map:
		object, ok := raw.(map[string]any)
		switch {
		case !ok:
			found.Add(path, "is %s; must be an object", kindOf(raw))
		case target.Kind() == reflect.Struct:
			fitStruct(path, object, target, found)
		default:
			fitMap(path, object, target, found)
		}
	case reflect.Slice:
		fitSlice(path, raw, target, found)
	case reflect.Int:
		fitInt(path, raw, target, found)
	case reflect.Float64:
		fitFloat(path, raw, target, found)
	case reflect.Bool:
		truth, ok := raw.(bool)
		if !ok {
			found.Add(path, "is %s; must be true or false", kindOf(raw))
			return
		}
		target.SetBool(truth)
	default:
		text, ok := raw.(string)
		if !ok {
			found.Add(path, "is %s; must be a string", kindOf(raw))
			return
		}
		target.SetString(text)
	}
}

func fitMap(path string, raw map[string]any, target reflect.Value, found *Problems) {
	target.Set(reflect.MakeMap(target.Type()))
	for _, key := range slices.Sorted(maps.Keys(raw)) {
		element := reflect.New(target.Type().Elem()).Elem()
		if raw[key] == nil {
			found.Add(join(path, key), "missing")
		} else {
			fitValue(join(path, key), raw[key], element, found)
		}
		target.SetMapIndex(reflect.ValueOf(key), element)
	}
}

func fitSlice(path string, raw any, target reflect.Value, found *Problems) {
	list, ok := raw.([]any)
	if !ok {
		found.Add(path, "is %s; must be a list", kindOf(raw))
		return
	}
	target.Set(reflect.MakeSlice(target.Type(), len(list), len(list)))
	for i, value := range list {
		fitValue(fmt.Sprintf("%s[%d]", path, i), value, target.Index(i), found)
	}
}

func fitInt(path string, raw any, target reflect.Value, found *Problems) {
	number, ok := raw.(json.Number)
	if !ok {
		found.Add(path, "is %s; must be a number", kindOf(raw))
		return
	}
	whole, err := number.Int64()
	if err != nil {
		found.Add(path, "is %s; must be a whole number", number)
		return
	}
	target.SetInt(whole)
}

func fitFloat(path string, raw any, target reflect.Value, found *Problems) {
	number, ok := raw.(json.Number)
	if !ok {
		found.Add(path, "is %s; must be a number", kindOf(raw))
		return
	}
	value, err := number.Float64()
	if err != nil {
		found.Add(path, "is %s; must be a number that fits 64 bits", number)
		return
	}
	target.SetFloat(value)
}

func kindOf(raw any) string {
	switch raw.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return "a truth value"
	case []any:
		return "a list"
	default:
		return "an object"
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// Keys are those of a struct's fields, in their order.
func Keys(t reflect.Type) []string {
	keys := make([]string, t.NumField())
	for i := range keys {
		keys[i] = keyOf(t.Field(i))
	}
	return keys
}

// keyOf is a field's key in JSON.
func keyOf(f reflect.StructField) string {
	key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return key
}
