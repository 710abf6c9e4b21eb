package strict

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// kind is what a node is, in JSON's terms. A raw one is text whose meaning depends on the Go type that it is decoded into:
// the engine passes the number 5, the text "5" and the text v1.0.0 all without quotes. A closed one must not be read.
type kind int

const (
	raw kind = iota
	closed
	null
	boolean
	number
	text
	list
	object
)

func (k kind) String() string {
	return [...]string{"text", "closed", "empty", "true or false", "a number", "text", "a list", "an object"}[k]
}

// maxDepth is more than any section needs and less than any stack frame limit.
const maxDepth = 32

type node struct {
	kind    kind
	value   string // raw, number, text, boolean; why a closed one is
	items   []*node
	members []member // in the order given; a repeated key is kept, so that it can be refused
}

type member struct {
	key   string
	value *node
}

func (n *node) get(key string) *node {
	for _, m := range n.members {
		if m.key == key {
			return m.value
		}
	}
	return nil
}

var errTooDeep = fmt.Errorf("nested more than %d deep", maxDepth)

// parseJSON reads one JSON document. Its errors name no part of the text.
func parseJSON(source string) (*node, error) {
	if !utf8.ValidString(source) || !json.Valid([]byte(source)) {
		return nil, errors.New("not JSON")
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(source)))
	dec.UseNumber()
	n, err := parseValue(dec, 0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not one JSON document")
	}
	return n, nil
}

func parseValue(dec *json.Decoder, depth int) (*node, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	token, err := dec.Token()
	if err != nil {
		return nil, errors.New("not JSON")
	}
	switch v := token.(type) {
	case nil:
		return &node{kind: null}, nil
	case bool:
		return &node{kind: boolean, value: fmt.Sprint(v)}, nil
	case json.Number:
		return &node{kind: number, value: v.String()}, nil
	case string:
		return &node{kind: text, value: v}, nil
	case json.Delim:
		return parseContainer(dec, v, depth)
	}
	return nil, errors.New("not JSON")
}

func parseContainer(dec *json.Decoder, open json.Delim, depth int) (*node, error) {
	n := &node{kind: list}
	if open == '{' {
		n.kind = object
	}
	for dec.More() {
		key := ""
		if n.kind == object {
			token, err := dec.Token()
			if err != nil {
				return nil, errors.New("not JSON")
			}
			key, _ = token.(string)
		}
		child, err := parseValue(dec, depth+1)
		if err != nil {
			return nil, err
		}
		if n.kind == object {
			n.members = append(n.members, member{key, child})
		} else {
			n.items = append(n.items, child)
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, errors.New("not JSON")
	}
	return n, nil
}

// insert puts the value of a dotted key, `release.version`, where the section's own object would have it.
func (n *node) insert(key string, value *node, problems *Problems) {
	parts := strings.Split(key, ".")
	at := n
	for i, part := range parts[:len(parts)-1] {
		child := at.get(part)
		if child == nil {
			child = &node{kind: object}
			at.members = append(at.members, member{part, child})
		}
		if child.kind == raw {
			if parsed, err := parseJSON(child.value); err == nil {
				*child = *parsed
			}
		}
		if child.kind != object {
			problems.add(quoteKey(key), fmt.Sprintf("cannot be set inside %s, which is no object", path(parts[:i+1]...)), "")
			return
		}
		at = child
	}
	last := parts[len(parts)-1]
	if at.get(last) != nil {
		problems.add(path(parts...), "is given twice: by a key of its own, and inside "+path(parts[:len(parts)-1]...), "one of the two")
		return
	}
	at.members = append(at.members, member{last, value})
}
