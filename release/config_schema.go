package release

import (
	"reflect"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/stacks"
)

// keyInSchema tells whether the program of today has a key, and whether it requires it. An older configuration was written
// for an older program, and a rollback runs today's.
func keyInSchema(path []string) (known, required bool) {
	at := reflect.TypeFor[stacks.Spec]()
	for _, key := range path {
		for at.Kind() == reflect.Pointer {
			at = at.Elem()
		}
		switch at.Kind() {
		case reflect.Map:
			required, at = false, at.Elem()
		case reflect.Struct:
			fields := reflect.VisibleFields(at)
			i := slices.IndexFunc(fields, func(f reflect.StructField) bool {
				name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				return name == key
			})
			if i < 0 {
				return false, false
			}
			required, at = !strings.Contains(fields[i].Tag.Get("json"), ",omitempty"), fields[i].Type
		default:
			return false, false
		}
	}
	return true, required
}

// schemaChanged says why a key that only one of the two programs has is left as it is. It is empty when both have it.
func schemaChanged(path []string, now, then any) string {
	has, needs := keyInSchema(path)
	switch {
	case then == absent && needs:
		return "the program needs it, and the older one did not"
	case now == absent && !has:
		return "the program no longer has it"
	}
	return ""
}
