package release

import (
	"reflect"
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
			field, found := fieldOf(at, key)
			if !found {
				return false, false
			}
			required, at = !strings.Contains(field.Tag.Get("json"), ",omitempty"), field.Type
		default:
			return false, false
		}
	}
	return true, required
}

func fieldOf(of reflect.Type, key string) (reflect.StructField, bool) {
	for i := range of.NumField() {
		if name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ","); name == key {
			return of.Field(i), true
		}
	}
	return reflect.StructField{}, false
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
