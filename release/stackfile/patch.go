package stackfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// patch is one change in one place: a key below `config` gets another value, is added or is removed.
type patch struct {
	path   []string
	value  any
	remove bool
}

// entry is one key of a mapping, with its own lines [from, to), counted from 0. Comments and blank lines from there to next
// belong to what follows.
type entry struct {
	key, value     *yaml.Node
	from, to, next int
}

func (c patch) make(text []byte) ([]byte, error) {
	config, err := parse(text)
	if err != nil {
		return nil, err
	}
	lines := strings.SplitAfter(string(text), "\n")
	mapping, limit := config, end(text, lines)
	for _, key := range c.path[:len(c.path)-1] {
		inside, found := entryOf(mapping, key, limit, lines)
		if !found {
			return nil, fmt.Errorf("no %s to edit", key)
		}
		mapping, limit = inside.value, inside.next
	}
	key := c.path[len(c.path)-1]
	at, found := entryOf(mapping, key, limit, lines)
	switch {
	case c.remove && len(mapping.Content) == 2:
		return nil, fmt.Errorf("%s is the only key of its object", key)
	case c.remove:
		lines = slices.Delete(lines, at.from, at.to)
	case found:
		err = at.replace(lines, c.value)
	default:
		lines, err = insert(mapping, key, c.value, limit, lines)
	}
	return []byte(strings.Join(lines, "")), err
}

// end is the first line after the config: that of the next key at the top, or the end of the file.
func end(text []byte, lines []string) int {
	var root yaml.Node
	if yaml.Unmarshal(text, &root) != nil || len(root.Content) == 0 {
		return len(lines) // parse has refused it
	}
	top := root.Content[0]
	if i := index(top, "config") + 2; i < len(top.Content) {
		return top.Content[i].Line - 1
	}
	return len(lines)
}

func entryOf(mapping *yaml.Node, key string, limit int, lines []string) (entry, bool) {
	i := index(mapping, key)
	if i < 0 {
		return entry{}, false
	}
	found := entry{key: mapping.Content[i], value: mapping.Content[i+1], to: limit}
	found.from = found.key.Line - 1
	if i+2 < len(mapping.Content) {
		found.to = mapping.Content[i+2].Line - 1
	}
	found.next = found.to
	for found.to > found.from+1 && found.behind(lines[found.to-1]) {
		found.to--
	}
	return found, true
}

// behind tells whether a line does not belong to the entry. In a block of text an indented # is text.
func (e entry) behind(line string) bool {
	content := strings.TrimSpace(line)
	if content == "" || content == "---" || content == "..." {
		return true
	}
	indent := len(line) - len(strings.TrimLeft(line, " "))
	return content[0] == '#' && (!endsInText(e.value) || indent < e.key.Column)
}

// endsInText tells whether the last thing in a value is a block of text.
func endsInText(node *yaml.Node) bool {
	if len(node.Content) > 0 {
		return endsInText(node.Content[len(node.Content)-1])
	}
	return node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
}

// replace writes another value for the entry. If old and new fit into one line, the comment after it stays.
func (e entry) replace(lines []string, value any) error {
	if from, to, ok := e.span(lines); ok {
		word, err := word(value, e.value.Kind != yaml.ScalarNode)
		if err != nil {
			return err
		}
		if word != "" {
			line := lines[e.from]
			lines[e.from] = line[:from] + word + line[to:]
			return nil
		}
	}
	text, err := render(e.key.Value, value, e.key.Column-1)
	if err != nil {
		return err
	}
	lines[e.from] = text
	for i := e.from + 1; i < e.to; i++ {
		lines[i] = ""
	}
	return nil
}

// insert adds a key after the one with the most similar name, such as flowcomply:release.pins after
// flowcomply:release.version, or at the end.
func insert(mapping *yaml.Node, key string, value any, limit int, lines []string) ([]string, error) {
	if !plain(mapping) {
		return nil, errors.New("is not written as a block of lines")
	}
	best, shared := len(mapping.Content)-2, 0
	for i := 0; i < len(mapping.Content); i += 2 {
		if n := relation(whole(mapping.Content[i].Value), whole(key)); n > 0 && n >= shared {
			best, shared = i, n
		}
	}
	behind, _ := entryOf(mapping, mapping.Content[best].Value, limit, lines)
	text, err := render(key, value, behind.key.Column-1)
	if err != nil {
		return nil, err
	}
	if last := lines[behind.to-1]; !strings.HasSuffix(last, "\n") {
		lines[behind.to-1] = last + "\n"
	}
	return slices.Insert(lines, behind.to, text), nil
}

// relation counts the leading parts that two dotted keys share.
func relation(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	n := 0
	for n < len(as)-1 && n < len(bs)-1 && as[n] == bs[n] {
		n++
	}
	return n
}
