package stackfile

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Same compares values as the engine does, however they are written and whichever library read them.
func Same(a, b any) bool { return canonical(a) == canonical(b) }

func canonical(value any) string {
	text, err := json.Marshal(plain(value))
	if err != nil {
		return fmt.Sprintf("%#v", value) // is like nothing but itself
	}
	return string(text)
}

// plain gives every object text for keys, as JSON has them, and makes Go's numbers of JSON's.
func plain(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, inner := range v {
			out[key] = plain(inner)
		}
		return out
	case map[any]any:
		out := make(map[string]any, len(v))
		for key, inner := range v {
			out[fmt.Sprint(key)] = plain(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = plain(inner)
		}
		return out
	case json.Number:
		if whole, err := v.Int64(); err == nil {
			return whole
		}
		if number, err := v.Float64(); err == nil {
			return number
		}
	}
	return value
}

// differences are the keys whose values are not the same, sorted.
func differences(a, b map[string]any) []string {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(keys)
	return slices.DeleteFunc(slices.Compact(keys), func(key string) bool {
		old, had := a[key]
		now, has := b[key]
		return had == has && Same(old, now)
	})
}
