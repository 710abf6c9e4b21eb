package release

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/release/stackfile"
	"github.com/flowcomply/infrastructure/stacks"
)

const prefix = stacks.Namespace + ":"

// widest is how many bytes of a value are shown.
const widest = 60

// show is a value in one line, for people. A long one is cut.
func show(value any) string {
	if value == absent {
		return string(absent)
	}
	text, isText := value.(string)
	if !isText {
		encoded, err := json.Marshal(value)
		if err != nil {
			return fmt.Sprint(value)
		}
		text = string(encoded)
	}
	if len(text) > widest {
		return strings.ToValidUTF8(text[:widest], "") + "…"
	}
	return text
}

// equal compares values, however they are spelled.
func equal(a, b any) bool {
	if a == absent || b == absent {
		return a == b
	}
	return stackfile.Same(a, b)
}

// lookup finds a value by its path, such as release.version. It may have a key of its own, or be in the object of its
// section. Nil where there is none.
func lookup(config stacks.Source, path ...string) any {
	for i := len(path); i > 0; i-- {
		text, found := config.Values[prefix+strings.Join(path[:i], ".")]
		if !found {
			continue
		}
		value := stacks.Decoded(text)
		for _, key := range path[i:] {
			object, _ := value.(map[string]any)
			value = object[key]
		}
		if value != nil {
			return value
		}
	}
	return nil
}

// releaseOf is the version that a configuration names, and its pins if they are in force.
func releaseOf(config stacks.Source) (string, *stacks.Pins) {
	version, _ := lookup(config, "release", "version").(string)
	var pins *stacks.Pins
	text, err := json.Marshal(lookup(config, "release", "pins"))
	if err != nil || json.Unmarshal(text, &pins) != nil {
		return version, nil // the program refuses what it cannot read
	}
	return version, stacks.Release{Version: version, Pins: pins}.Pinned()
}

// servicesOf lists the services of a configuration, sorted.
func servicesOf(config stacks.Source) []string {
	services, _ := lookup(config, "services").(map[string]any)
	return slices.Sorted(maps.Keys(services))
}

// setRelease are the edits that make a configuration name a release: its version, with pins or without.
func setRelease(config stacks.Source, version string, pins *stacks.Pins) ([]stackfile.Edit, error) {
	var pinned any
	if pins != nil {
		text, err := json.Marshal(pins)
		if err != nil {
			return nil, err
		}
		pinned = stacks.Decoded(string(text))
	}
	edits := []stackfile.Edit{{Key: prefix + "release.pins", Value: pinned, Remove: pins == nil}}
	section, whole := stacks.Decoded(config.Values[prefix+"release"]).(map[string]any)
	if whole { // the section is one object, with or without keys of its own beside it
		delete(section, "pins")
	}
	if _, inside := section["version"]; inside {
		section["version"] = version
	} else {
		edits = append(edits, stackfile.Edit{Key: prefix + "release.version", Value: version})
	}
	if whole {
		edits = append(edits, stackfile.Edit{Key: prefix + "release", Value: section})
	}
	return edits, nil
}
