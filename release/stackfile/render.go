package stackfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// widest is how long a list may be to stand in one line.
const widest = 100

// render writes a key with its value as lines of their own, indented.
func render(key string, value any, indent int) (string, error) {
	node, err := nodeOf(value)
	if err != nil {
		return "", err
	}
	name := &yaml.Node{}
	name.SetString(key)
	text, err := encode(&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{name, node}})
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) != "" {
			out.WriteString(strings.Repeat(" ", indent))
		}
		out.WriteString(line)
	}
	return out.String(), nil
}

// word is a value in one line, or empty if it needs more. Lists and objects are in one line only where they were before.
func word(value any, brackets bool) (string, error) {
	node, err := nodeOf(value)
	if err != nil {
		return "", err
	}
	if node.Kind != yaml.ScalarNode {
		if !brackets {
			return "", nil
		}
		flow(node)
	}
	text, err := encode(node)
	if err != nil {
		return "", err
	}
	text = strings.TrimSuffix(text, "\n")
	if strings.Contains(text, "\n") {
		return "", nil
	}
	return text, nil
}

func encode(node *yaml.Node) (string, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(node); err != nil {
		return "", fmt.Errorf("write: %w", err)
	}
	return out.String(), encoder.Close()
}

// nodeOf makes a YAML value. Objects are sorted, so that the same value gives the same text. Short lists are in one line.
func nodeOf(value any) (*yaml.Node, error) {
	node := &yaml.Node{}
	switch v := value.(type) {
	case map[string]any:
		return objectNode(v)
	case []any:
		return listNode(v)
	case json.Number:
		if whole, err := v.Int64(); err == nil {
			return node, node.Encode(whole)
		}
		number, err := v.Float64()
		if err != nil {
			return nil, fmt.Errorf("number %q: %w", v, err)
		}
		return node, node.Encode(number)
	default:
		return node, node.Encode(v)
	}
}

func objectNode(object map[string]any) (*yaml.Node, error) {
	node := &yaml.Node{Kind: yaml.MappingNode}
	if len(object) == 0 {
		node.Style = yaml.FlowStyle
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		name := &yaml.Node{}
		name.SetString(key)
		value, err := nodeOf(object[key])
		if err != nil {
			return nil, err
		}
		node.Content = append(node.Content, name, value)
	}
	return node, nil
}

func listNode(list []any) (*yaml.Node, error) {
	node := &yaml.Node{Kind: yaml.SequenceNode}
	for _, item := range list {
		value, err := nodeOf(item)
		if err != nil {
			return nil, err
		}
		node.Content = append(node.Content, value)
	}
	if text, err := json.Marshal(named(list)); err == nil && len(text) <= widest {
		flow(node)
	}
	return node, nil
}

// flow puts a value and all in it into brackets.
func flow(node *yaml.Node) {
	if node.Kind != yaml.ScalarNode {
		node.Style |= yaml.FlowStyle
	}
	for _, inner := range node.Content {
		flow(inner)
	}
}
