package decode

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
)

// filler copies decoded JSON into Go values: objects are map[string]any, lists []any, numbers json.Number.
type filler struct {
	words    wording
	problems Problems
}

func (f *filler) add(kind kind, path string, one Problem) {
	one.kind, one.Path = kind, path
	f.problems = append(f.problems, one)
}

func (f *filler) object(path string, raw map[string]any, into reflect.Value) {
	unknown := maps.Clone(raw)
	for _, field := range Fields(into.Type()) {
		value, given := raw[field.Key]
		delete(unknown, field.Key)
		f.member(join(path, field.Key), value, given, field.Optional, into.FieldByIndex(field.index))
	}
	f.unknownKeys(path, unknown, Keys(into.Type()))
}

// member reads a field, or an entry of a map.
func (f *filler) member(path string, raw any, given, optional bool, into reflect.Value) {
	raw = f.once(path, raw)
	switch {
	case given && (raw != nil || !f.words.nullIsMissing):
		f.value(path, raw, into)
	case !optional:
		f.add(missing, path, f.words.missing(into.Type()))
	}
}

// once is the first value of a key, which has to be the only one.
func (f *filler) once(path string, raw any) any {
	if _, again := raw.(repeated); again {
		f.add(invalid, path, Problem{Why: "is given twice", Allowed: "each key once"})
	}
	return first(raw)
}

func (f *filler) value(path string, raw any, into reflect.Value) {
	if why := f.words.refused(raw); why != "" {
		f.add(unreadable, path, Problem{Why: why})
		return
	}
	if text, is := raw.(bareText); is {
		raw = text.as(into.Type())
	}
	if into.Kind() == reflect.Pointer && raw != nil {
		into.Set(reflect.New(into.Type().Elem()))
		f.value(path, raw, into.Elem())
		return
	}
	if !f.set(path, raw, into) {
		f.misfit(path, into.Type(), f.words.kindOf(raw))
	}
}

func (f *filler) misfit(path string, want reflect.Type, got string) {
	f.add(unreadable, path, Problem{Why: f.words.misfit(f.words.describe(want), got)})
}

// set tells whether raw is of the kind that a Go value is filled from.
func (f *filler) set(path string, raw any, into reflect.Value) bool {
	switch raw := raw.(type) {
	case map[string]any:
		switch into.Kind() {
		case reflect.Struct:
			f.object(path, raw, into)
		case reflect.Map:
			into.Set(reflect.MakeMap(into.Type()))
			for _, key := range slices.Sorted(maps.Keys(raw)) {
				element := reflect.New(into.Type().Elem()).Elem()
				f.member(join(path, key), raw[key], true, false, element)
				into.SetMapIndex(reflect.ValueOf(key).Convert(into.Type().Key()), element)
			}
		default:
			return false
		}
		return true
	case []any:
		if into.Kind() != reflect.Slice {
			return false
		}
		into.Set(reflect.MakeSlice(into.Type(), len(raw), len(raw)))
		for i, item := range raw {
			f.value(fmt.Sprintf("%s[%d]", path, i), item, into.Index(i))
		}
		return true
	case json.Number:
		return f.number(path, raw, into)
	case bool, string:
		value := reflect.ValueOf(raw)
		if value.Kind() != into.Kind() {
			return false
		}
		into.Set(value.Convert(into.Type()))
		return true
	}
	return false
}

func (f *filler) number(path string, raw json.Number, into reflect.Value) bool {
	got := "a fraction or too large"
	switch {
	case into.CanInt():
		if v, err := raw.Int64(); err == nil && !into.OverflowInt(v) {
			into.SetInt(v)
			return true
		}
	case into.CanFloat():
		if v, err := raw.Float64(); err == nil && !math.IsInf(v, 0) && !into.OverflowFloat(v) {
			into.SetFloat(v)
			return true
		}
		got = "too large for one"
	default:
		return false
	}
	if f.words.showsNumbers {
		got = raw.String()
	}
	f.misfit(path, into.Type(), got)
	return true
}
