// Package decode reads JSON and configuration into Go types and accepts nothing that does not fit: a key that is unknown or
// missing, a value of another type. Everything that is wrong is reported at once, each problem with its path.
package decode

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
)

// Object reads one JSON object into the struct that target points to. An unknown field, and text behind the object, are
// errors; reader says what the object is for, such as "that preflight reads".
func Object(data []byte, target any, reader string) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(target); err != nil {
		return fmt.Errorf("not the JSON object %s: %w", reader, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more text follows the JSON object")
	}
	return nil
}

// Fit copies a stack's outputs into the struct that target points to and returns everything about them that does not fit, in
// the order of the struct's fields with unknown keys last. What fits is copied even if something else does not.
func Fit(raw map[string]any, target any) Problems {
	return fill(outputWording, raw, target)
}

// Texts fills the struct that target points to with configuration: text by key, as the engine passes it, without the
// namespace. Text and numbers are bare, objects and lists are JSON, and a key with dots reaches into its section. Refused
// holds the keys that are given but must not be read, with the reason. What could be read is filled in even when something
// else could not, so that validation sees as much as there is.
//
// No problem shows a value: what was typed into the wrong place may be a secret.
func Texts(values, refused map[string]string, target any) Problems {
	root, problems := map[string]any{}, Problems{}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		insert(root, key, bareText(values[key]), &problems)
	}
	for _, key := range slices.Sorted(maps.Keys(refused)) {
		insert(root, key, refusal(refused[key]), &problems)
	}
	return append(problems, fill(textWording, root, target)...)
}

func fill(words wording, raw map[string]any, target any) Problems {
	f := filler{words: words}
	f.object("", raw, reflect.ValueOf(target).Elem())
	return f.problems
}
