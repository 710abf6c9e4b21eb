package record

import (
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Plain is the resource's inputs as plain Go values: string, float64, bool, []any, map[string]any. Secrets
// are unwrapped; ask IsSecret whether a value was one.
func (r Resource) Plain() map[string]any {
	value, _ := plain(resource.NewProperty(r.Inputs)).(map[string]any)
	return value
}

// Get is one input by path ("tags.Name", "rules.0.priority"), or nil where there is none.
func (r Resource) Get(path string) any {
	value, _ := r.find(path)
	return plain(value)
}

// IsSecret tells whether the input at the path, or anything that holds it, is a secret.
func (r Resource) IsSecret(path string) bool {
	_, secret := r.find(path)
	return secret
}

func (r Resource) find(path string) (resource.PropertyValue, bool) {
	value, secret := resource.NewProperty(r.Inputs), false
	for _, step := range strings.Split(path, ".") {
		for value.IsSecret() {
			value, secret = value.SecretValue().Element, true
		}
		switch {
		case value.IsObject():
			value = value.ObjectValue()[resource.PropertyKey(step)]
		case value.IsArray():
			index, err := strconv.Atoi(step)
			if err != nil || index < 0 || index >= len(value.ArrayValue()) {
				return resource.NewNullProperty(), secret
			}
			value = value.ArrayValue()[index]
		default:
			return resource.NewNullProperty(), secret
		}
	}
	return value, secret || value.IsSecret()
}

// Shows lists the inputs of all resources, as "type name path", that hold the text outside of any secret.
func (g *Graph) Shows(text string) []string {
	var found []string
	for _, r := range g.All() {
		shows(resource.NewProperty(r.Inputs), text, r.Type+" "+r.Name+" ", "", &found)
	}
	return found
}

func shows(value resource.PropertyValue, text, owner, path string, found *[]string) {
	switch {
	case value.IsObject():
		for _, key := range value.ObjectValue().StableKeys() {
			shows(value.ObjectValue()[key], text, owner, strings.TrimPrefix(path+"."+string(key), "."), found)
		}
	case value.IsArray():
		for i, element := range value.ArrayValue() {
			shows(element, text, owner, path+"."+strconv.Itoa(i), found)
		}
	case value.IsString() && strings.Contains(value.StringValue(), text):
		*found = append(*found, owner+path)
	}
}

// plain unwraps secrets; what is neither a value nor a collection of values is nil.
func plain(value resource.PropertyValue) any {
	return value.MapRepl(nil, func(v resource.PropertyValue) (any, bool) {
		switch {
		case v.IsSecret():
			return plain(v.SecretValue().Element), true
		case v.IsObject(), v.IsArray(), v.IsString(), v.IsNumber(), v.IsBool():
			return nil, false
		}
		return nil, true
	})
}
