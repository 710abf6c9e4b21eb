package deploylog

import (
	"reflect"

	"github.com/flowcomply/infrastructure/verify/check"
)

// Clean returns the deployment without credentials in its texts. Everything that writes or sends a deployment works on the
// result. Texts of the engine, of servers and of checks (fields tagged log:"foreign") also lose what only looks like a
// credential. Names would be spoilt by that: they lose known values and what is plainly a credential.
func (d Deployment) Clean() Deployment {
	hide := d.Hide
	cleaned, _ := clean(reflect.ValueOf(d), hide, false).Interface().(Deployment)
	cleaned.Hide = hide
	return cleaned
}

// clean copies a value without credentials. Unexported fields are left zero: they hold no text.
func clean(v reflect.Value, hide *check.Redactor, foreign bool) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	switch {
	case v.Type() == reflect.TypeOf(hide):
		return out
	case v.Kind() == reflect.String && foreign:
		out.SetString(hide.Foreign(v.String()))
	case v.Kind() == reflect.String:
		out.SetString(hide.Text(v.String()))
	case v.Kind() == reflect.Pointer && !v.IsNil():
		out.Set(reflect.New(v.Type().Elem()))
		out.Elem().Set(clean(v.Elem(), hide, foreign))
	case v.Kind() == reflect.Slice && !v.IsNil():
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			out.Index(i).Set(clean(v.Index(i), hide, foreign))
		}
	case v.Kind() == reflect.Struct && !isTime(v.Type()):
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				out.Field(i).Set(clean(v.Field(i), hide, foreign || field.Tag.Get("log") == "foreign"))
			}
		}
	default:
		out.Set(v) // numbers, times, nothing, and facts: names of verify's own with numbers
	}
	return out
}

func isTime(t reflect.Type) bool { return t.PkgPath() == "time" && t.Name() == "Time" }
