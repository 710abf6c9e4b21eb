package decode

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// wording is how a kind of source says what does not fit, and what it refuses.
type wording struct {
	text          string // what text is called
	nullIsMissing bool   // null stands for a member that is not there
	showsNumbers  bool   // a number that does not fit is shown

	refused func(raw any) string // why a value must not be read; empty where it may
	missing func(want reflect.Type) Problem
	unknown func(key string, known []string) Problem
	misfit  func(want, got string) string
}

// masked is what Pulumi prints in place of a secret output.
const masked = "[secret]"

var outputWording = wording{
	text: "a string", nullIsMissing: true, showsNumbers: true,
	refused: func(raw any) string {
		if raw != masked {
			return ""
		}
		return "is marked secret; export the name or ARN in plain text and never the value"
	},
	missing: func(reflect.Type) Problem { return Problem{Why: "missing"} },
	unknown: func(string, []string) Problem {
		return Problem{Why: "unknown; this version of verify does not know it"}
	},
	misfit: func(want, got string) string { return fmt.Sprintf("is %s; must be %s", got, want) },
}

var textWording = wording{
	text: aText,
	refused: func(raw any) string {
		why, _ := raw.(refusal)
		return string(why)
	},
	missing: func(want reflect.Type) Problem {
		return Problem{Why: "is missing", Allowed: wording{text: aText}.describe(want)}
	},
	unknown: func(key string, known []string) Problem {
		return Problem{Why: "is not known" + didYouMean(key, known), Allowed: strings.Join(known, ", ")}
	},
	misfit: func(want, got string) string {
		hint := ""
		if want == aText && (got == aNumber || got == truth) {
			hint = ": put it in quotes"
		}
		return fmt.Sprintf("must be %s, is %s%s", want, got, hint)
	},
}

// What values and types are called.
const (
	aText    = "text"
	aNumber  = "a number"
	truth    = "true or false"
	anObject = "an object"
)

// describe says in words what a type takes.
func (w wording) describe(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct:
		return anObject + " with " + strings.Join(Keys(t), ", ")
	case reflect.Map:
		return anObject + ": name to " + w.describe(t.Elem())
	case reflect.Slice:
		return "a list of " + w.describe(t.Elem())
	case reflect.Pointer:
		return w.describe(t.Elem())
	case reflect.String:
		return w.text
	case reflect.Bool:
		return truth
	case reflect.Float32, reflect.Float64:
		return aNumber
	default:
		return "a whole number"
	}
}

// kindOf says in words what a value is.
func (w wording) kindOf(raw any) string {
	switch raw.(type) {
	case nil:
		return "empty"
	case string:
		return w.text
	case json.Number:
		return aNumber
	case bool:
		return truth
	case []any:
		return "a list"
	default:
		return anObject
	}
}
