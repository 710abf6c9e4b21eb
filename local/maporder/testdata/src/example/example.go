// Package example has loops of each kind.
package example

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

type named map[string]int

func appends(m named) (out []string) {
	for key := range m { // want "appends to what nothing sorts afterwards"
		out = append(out, key)
	}
	return out
}

func appendsAndSorts(m named) (out []string) {
	for key := range m {
		out = append(out, key)
	}
	slices.Sort(out)
	return out
}

func writes(m map[string]int) string {
	var out strings.Builder
	for key, value := range m { // want "this loop writes"
		fmt.Fprintf(&out, "%s %d\n", key, value)
	}
	return out.String()
}

func returnsTheFirst(m map[string]int) (string, error) {
	for key, value := range m { // want "returns the first match"
		if value > 1 {
			return "", fmt.Errorf("%s is too much", key)
		}
	}
	return "", nil
}

func tells(m map[string]int) bool {
	for _, value := range m {
		if value > 1 {
			return true
		}
	}
	return false
}

func fills(m map[string]int, do func(string) error) (map[int]string, error) {
	out := map[int]string{}
	for key, value := range m {
		out[value] = key
		if err := do(key); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func inOrder(m map[string]int) (out []string) {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		out = append(out, key)
	}
	return out
}
