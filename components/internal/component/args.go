package component

import (
	"fmt"
	"reflect"

	"github.com/flowcomply/infrastructure/components/validate"
)

// Missing names every field of the arguments that has no value, also in structs within them. Fields tagged
// `args:"optional"` may be without, and false is a value.
func Missing(args any) error { return missing("args", reflect.ValueOf(args)) }

func missing(path string, args reflect.Value) error {
	var errs []error
	for i := range args.NumField() {
		field, value := args.Type().Field(i), args.Field(i)
		at := path + "." + field.Name
		switch {
		case field.Tag.Get("args") == "optional" || value.Kind() == reflect.Bool:
		case value.Kind() == reflect.Struct:
			errs = append(errs, missing(at, value))
		case value.IsZero() || value.Kind() == reflect.Slice && value.Len() == 0 || value.Kind() == reflect.Map && value.Len() == 0:
			errs = append(errs, fmt.Errorf("%s: is missing", at))
		}
	}
	return validate.All(errs...)
}
