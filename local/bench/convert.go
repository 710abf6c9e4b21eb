package bench

import (
	"encoding/json"
	"strings"
)

// converter rewrites properties in Pulumi's form into Terraform's: other names, and lists where Pulumi has the one
// object that a block may have at most.
type converter struct {
	config bool // for a configuration: only what can be configured, and templates escaped; else for a state
}

// block converts the properties of a resource or of a nested block.
func (c converter) block(schema block, properties map[string]any) map[string]any {
	out := map[string]any{}
	for name, attribute := range schema.Attributes {
		value, given := lookup(properties, name)
		if !given || value == nil || (c.config && !attribute.configurable()) {
			continue
		}
		out[name] = c.attribute(attribute.Type, value)
	}
	for name, inner := range schema.Blocks {
		value, given := lookup(properties, name)
		if !given || value == nil {
			if inner.Mode != "single" && !c.config {
				out[name] = []any{} // a state has every block, if empty
			}
			continue
		}
		out[name] = c.nested(inner, value)
	}
	return out
}

func (c converter) nested(schema nested, value any) any {
	if schema.Mode == "single" {
		object, _ := value.(map[string]any)
		return c.block(schema.Block, object)
	}
	out := []any{}
	for _, one := range listed(value) {
		object, _ := one.(map[string]any) // an empty block may be nothing at all
		out = append(out, c.block(schema.Block, object))
	}
	return out
}

// attribute converts one value. The keys of maps are data and stay.
func (c converter) attribute(constraint json.RawMessage, value any) any {
	kind, element, object := typeOf(constraint)
	switch kind {
	case "list", "set":
		out := []any{}
		for _, one := range listed(value) {
			out = append(out, c.attribute(element, one))
		}
		return out
	case "map":
		out := map[string]any{}
		entries, _ := value.(map[string]any)
		for key, one := range entries {
			out[key] = c.attribute(element, one)
		}
		return out
	case "object":
		out := map[string]any{}
		fields, _ := value.(map[string]any)
		for name, inner := range object {
			out[name] = nil // an object has every attribute
			if one, given := lookup(fields, name); given && one != nil {
				out[name] = c.attribute(inner, one)
			}
		}
		return out
	}
	if text, ok := value.(string); ok && c.config {
		return escaper.Replace(text)
	}
	return value
}

var escaper = strings.NewReplacer("${", "$${", "%{", "%%{")

func listed(value any) []any {
	if list, ok := value.([]any); ok {
		return list
	}
	return []any{value}
}

// lookup finds a Terraform attribute among properties in Pulumi's form: in camel case, and lists in the plural.
func lookup(properties map[string]any, attribute string) (any, bool) {
	name := camel(attribute)
	forms := []string{name, name + "s", name + "es"}
	if stem, found := strings.CutSuffix(name, "y"); found {
		forms = append(forms, stem+"ies")
	}
	for _, form := range forms {
		if value, found := properties[form]; found {
			return value, true
		}
	}
	return nil, false
}

func camel(name string) string {
	var out strings.Builder
	for i, word := range strings.Split(name, "_") {
		if i > 0 && word != "" {
			word = strings.ToUpper(word[:1]) + word[1:]
		}
		out.WriteString(word)
	}
	return out.String()
}
