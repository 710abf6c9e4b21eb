package strict

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Decode fills the struct that into points to. Values are the raw text by key, as the engine passes it, without the
// namespace: text and numbers bare, objects and lists as JSON. A key with dots reaches into its section. Refused holds
// the keys that are given but must not be read, with the reason. What could be read is filled in even when something
// else could not, so that validation sees as much as there is.
func Decode(values, refused map[string]string, into any) Problems {
	var problems Problems
	root := &node{kind: object}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		root.insert(key, &node{kind: raw, value: values[key]}, &problems)
	}
	for _, key := range slices.Sorted(maps.Keys(refused)) {
		root.insert(key, &node{kind: closed, value: refused[key]}, &problems)
	}
	d := decoder{problems: &problems}
	d.decode(root, reflect.ValueOf(into).Elem(), "")
	return problems
}

type decoder struct{ problems *Problems }

func (d decoder) decode(n *node, into reflect.Value, at string) {
	switch n.kind {
	case closed:
		d.problems.unread(at, "%s", n.value)
		return
	case raw:
		n = resolve(n, into.Type())
	default:
	}
	if !matches(n.kind, into.Kind()) {
		hint := ""
		if into.Kind() == reflect.String && (n.kind == number || n.kind == boolean) {
			hint = ": put it in quotes"
		}
		d.problems.unread(at, "must be %s, is %s%s", describe(into.Type()), n.kind, hint)
		return
	}
	switch into.Kind() {
	case reflect.Struct:
		d.decodeStruct(n, into, at)
	case reflect.Map:
		d.decodeMap(n, into, at)
	case reflect.Slice:
		into.Set(reflect.MakeSlice(into.Type(), len(n.items), len(n.items)))
		for i, item := range n.items {
			d.decode(item, into.Index(i), fmt.Sprintf("%s[%d]", at, i))
		}
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		d.decode(n, into.Elem(), at)
	case reflect.String:
		into.SetString(n.value)
	case reflect.Bool:
		into.SetBool(n.value == "true")
	default:
		d.decodeNumber(n, into, at)
	}
}

func (d decoder) decodeStruct(n *node, into reflect.Value, at string) {
	fields := Fields(into.Type())
	for _, m := range d.grouped(n, at) {
		key := m.key
		i := slices.IndexFunc(fields, func(f Field) bool { return f.Key == key })
		if i < 0 {
			d.unknown(join(at, key), key, fields)
			continue
		}
		d.decode(m.value, into.FieldByIndex(fields[i].index), join(at, key))
	}
	for _, f := range fields {
		if !f.Optional && n.get(f.Key) == nil {
			*d.problems = append(*d.problems, Problem{Path: join(at, f.Key), Why: "is missing", Allowed: describe(f.Type), kind: missing})
		}
	}
}

// grouped reports each key that is given more than once, and returns every key with its first value, in the order given.
func (d decoder) grouped(n *node, at string) []member {
	first, seen := make([]member, 0, len(n.members)), map[string]bool{}
	for _, m := range n.members {
		if seen[m.key] {
			d.problems.add(join(at, m.key), "is given twice", "each key once")
			continue
		}
		first, seen[m.key] = append(first, m), true
	}
	return first
}

func (d decoder) unknown(at, key string, fields []Field) {
	known := make([]string, len(fields))
	for i, f := range fields {
		known[i] = f.Key
	}
	why := "is not known"
	if near := closest(key, known); near != "" {
		why += fmt.Sprintf(" (did you mean %s?)", near)
	}
	d.problems.add(at, why, strings.Join(known, ", "))
}

func (d decoder) decodeMap(n *node, into reflect.Value, at string) {
	into.Set(reflect.MakeMapWithSize(into.Type(), len(n.members)))
	for _, m := range d.grouped(n, at) {
		element := reflect.New(into.Type().Elem()).Elem()
		d.decode(m.value, element, join(at, m.key))
		into.SetMapIndex(reflect.ValueOf(m.key).Convert(into.Type().Key()), element)
	}
}

func (d decoder) decodeNumber(n *node, into reflect.Value, at string) {
	switch {
	case into.CanFloat():
		v, err := strconv.ParseFloat(n.value, into.Type().Bits())
		if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
			d.problems.unread(at, "must be a number, is too large for one")
			return
		}
		into.SetFloat(v)
	case into.CanInt():
		v, err := strconv.ParseInt(n.value, 10, into.Type().Bits())
		if err != nil {
			d.problems.unread(at, "must be a whole number, is a fraction or too large")
			return
		}
		into.SetInt(v)
	}
}

// resolve gives raw text the meaning its type asks for.
func resolve(n *node, t reflect.Type) *node {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() == reflect.String {
		return &node{kind: text, value: n.value}
	}
	parsed, err := parseJSON(n.value)
	if err != nil {
		return &node{kind: text, value: n.value}
	}
	return parsed
}

func matches(n kind, into reflect.Kind) bool {
	switch into {
	case reflect.Struct, reflect.Map:
		return n == object
	case reflect.Slice:
		return n == list
	case reflect.String:
		return n == text
	case reflect.Bool:
		return n == boolean
	case reflect.Pointer:
		return n != null
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Float32, reflect.Float64:
		return n == number
	default:
		return false
	}
}
