package drift

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	plain "github.com/flowcomply/infrastructure/internal/text"
)

const (
	hidden       = "(not shown)"
	afterUpdate  = "(known after the update)"
	longestValue = 80 // characters
	// unknown stands in events for what only an update will tell (sdk/go/common/resource/plugin, UnknownStringValue).
	unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
)

// telling are names of properties whose values are not shown: the engine masks what is marked as a secret, and what a person put into
// AWS by hand has no mark. Environments of containers have names only.
var telling = regexp.MustCompile(`(?i)(password|token|secret|credential|private_?key|api_?key)[^.]*$|\.environment\b`)

// compare lists the properties that differ, by path. Text that is JSON on both sides is compared as JSON: policies, container
// definitions.
func compare(before, after map[string]any) []Difference {
	var all []Difference
	for _, key := range slices.Sorted(maps.Keys(merged(before, after))) {
		if !strings.HasPrefix(key, "__") { // the bridge's notes
			all = append(all, differences(key, before[key], after[key])...)
		}
	}
	return all
}

func merged(a, b map[string]any) map[string]any {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, b)
	return all
}

func differences(path string, before, after any) []Difference {
	before, after = decoded(before, after)
	if reflect.DeepEqual(before, after) {
		return nil
	}
	switch b := before.(type) {
	case map[string]any:
		if a, is := after.(map[string]any); is {
			var all []Difference
			for _, one := range compare(b, a) {
				all = append(all, Difference{path + "." + one.Path, one.Before, one.After})
			}
			return masked(path, all)
		}
	case []any:
		if a, is := after.([]any); is && len(a) == len(b) {
			var all []Difference
			for i := range b {
				all = append(all, differences(fmt.Sprintf("%s[%d]", path, i), b[i], a[i])...)
			}
			return all
		}
	}
	return masked(path, []Difference{{path, show(before), show(after)}})
}

// decoded reads both values as JSON where both are text that is an object or a list.
func decoded(before, after any) (any, any) {
	b, isText := before.(string)
	a, too := after.(string)
	if !isText || !too || b == "" || a == "" || !strings.ContainsAny(b[:1], "{[") || !strings.ContainsAny(a[:1], "{[") {
		return before, after
	}
	var was, is any
	if json.Unmarshal([]byte(b), &was) != nil || json.Unmarshal([]byte(a), &is) != nil {
		return before, after
	}
	return was, is
}

// masked takes the values away where the path tells that they are secret. That something is there or not stays.
func masked(path string, all []Difference) []Difference {
	for i, one := range all {
		if !telling.MatchString(path) && !telling.MatchString(one.Path) {
			continue
		}
		for _, value := range []*string{&all[i].Before, &all[i].After} {
			if *value != "" {
				*value = hidden
			}
		}
	}
	return all
}

// veiled is a value without what is secret in it: by a telling name, or by the engine's mark.
func veiled(value any) any {
	switch v := value.(type) {
	case map[string]any:
		shown := make(map[string]any, len(v))
		for key, one := range v {
			if shown[key] = veiled(one); telling.MatchString("." + key) {
				shown[key] = hidden
			}
		}
		return shown
	case []any:
		shown := make([]any, len(v))
		for i, one := range v {
			shown[i] = veiled(one)
		}
		return shown
	case string:
		if strings.HasPrefix(v, "[secret]") {
			return hidden
		}
	}
	return value
}

// show is a value on one line, cut where it is long; nothing is empty.
func show(value any) string {
	text, is := value.(string)
	switch {
	case value == nil:
		return ""
	case text == unknown:
		return afterUpdate
	case strings.HasPrefix(text, "[secret]"):
		return hidden
	case is:
		value, _ = decoded(value, value)
	}
	if _, still := value.(string); !still {
		written, err := json.Marshal(veiled(value))
		if err != nil {
			return hidden
		}
		text = string(written)
	}
	line := plain.Plain(strings.Join(strings.Fields(text), " "))
	if runes := []rune(line); len(runes) > longestValue {
		return string(runes[:longestValue]) + " …"
	}
	return cmp.Or(line, `""`)
}
