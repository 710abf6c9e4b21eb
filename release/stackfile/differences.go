package stackfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"gopkg.in/yaml.v3"
)

// parse returns the mapping under `config`.
func parse(text []byte) (*yaml.Node, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, err
	}
	if len(root.Content) == 1 {
		if config := find(root.Content[0], "config"); config != nil && plain(config) {
			return config, nil
		}
	}
	return nil, errors.New("config is not written as a block of lines")
}

// find returns a key's value in a mapping, or nil.
func find(mapping *yaml.Node, key string) *yaml.Node {
	if i := index(mapping, key); i >= 0 {
		return mapping.Content[i+1]
	}
	return nil
}

func index(mapping *yaml.Node, key string) int {
	for i := 0; mapping.Kind == yaml.MappingNode && i < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return i
		}
	}
	return -1
}

// plain tells whether a node is a mapping with a line for each key, whose entries can be edited one by one.
func plain(node *yaml.Node) bool {
	if node.Kind != yaml.MappingNode || node.Style&yaml.FlowStyle != 0 || node.Anchor != "" || len(node.Content) == 0 {
		return false
	}
	for i := 0; i < len(node.Content); i += 2 {
		if node.Content[i].Value == "<<" { // keys from elsewhere
			return false
		}
	}
	return true
}

// differences are the smallest patches that make a node equal to the value.
func differences(node *yaml.Node, path []string, value any) ([]patch, error) {
	var now any
	if err := node.Decode(&now); err != nil {
		return nil, err
	}
	if Same(now, value) {
		return nil, nil
	}
	wanted, object := value.(map[string]any)
	if !object || len(wanted) == 0 || !plain(node) {
		return []patch{{path: path, value: value}}, nil
	}
	var cuts []patch
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		inner := append(slices.Clone(path), key)
		child := find(node, key)
		if child == nil {
			cuts = append(cuts, patch{path: inner, value: wanted[key]})
			continue
		}
		deeper, err := differences(child, inner, wanted[key])
		if err != nil {
			return nil, err
		}
		cuts = append(cuts, deeper...)
	}
	for i := 0; i < len(node.Content); i += 2 {
		if key := node.Content[i].Value; !has(wanted, key) {
			cuts = append(cuts, patch{path: append(slices.Clone(path), key), remove: true})
		}
	}
	return cuts, nil
}

func has(object map[string]any, key string) bool {
	_, found := object[key]
	return found
}

// Same compares values as the engine does, however they are written and whichever library read them.
func Same(a, b any) bool { return canonical(a) == canonical(b) }

func canonical(value any) string {
	text, err := json.Marshal(named(value))
	if err != nil {
		return fmt.Sprintf("%#v", value) // is like nothing but itself
	}
	return string(text)
}

// named gives every mapping text for keys, as JSON has them.
func named(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, inner := range v {
			out[key] = named(inner)
		}
		return out
	case map[any]any:
		out := make(map[string]any, len(v))
		for key, inner := range v {
			out[fmt.Sprint(key)] = named(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = named(inner)
		}
		return out
	default:
		return v
	}
}
