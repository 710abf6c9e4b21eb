package stackfile

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/yamlutil"
	"gopkg.in/yaml.v3"
)

// widest is how long a list may be, as JSON, to stand in one line.
const widest = 100

// rewriter collects what becomes of the lines of a file.
type rewriter struct {
	lines []string
	cuts  []cut
}

// cut is the lines [from, to), counted from 0, and what they become.
type cut struct {
	from, to int
	text     string
}

// entry is one key of a mapping, with its own lines [from, to). Comments and blank lines from there to next belong to what
// follows.
type entry struct {
	key, value     *yaml.Node
	from, to, next int
}

// rewrite returns the text with another config.
func rewrite(text []byte, now, wanted map[string]any) ([]byte, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, err
	}
	r := rewriter{lines: strings.SplitAfter(string(text), "\n")}
	entries := r.entries(root.Content[0], len(r.lines))
	config := entries[find(entries, "config")]
	if !isBlock(config.value) {
		return nil, errors.New("config is not written as a block of lines")
	}
	if err := r.edit(config, now, wanted); err != nil {
		return nil, err
	}
	slices.SortStableFunc(r.cuts, func(a, b cut) int { return cmp.Or(a.from-b.from, a.to-b.to) })
	var out bytes.Buffer
	next := 0
	for _, one := range r.cuts {
		out.WriteString(strings.Join(r.lines[next:one.from], ""))
		if one.from == one.to && !bytes.HasSuffix(out.Bytes(), []byte("\n")) { // the file ends without a newline
			out.WriteByte('\n')
		}
		out.WriteString(one.text)
		next = one.to
	}
	out.WriteString(strings.Join(r.lines[next:], ""))
	return out.Bytes(), nil
}

// isBlock tells whether a value is a mapping with a line for each key, whose entries can be edited one by one.
func isBlock(node *yaml.Node) bool {
	return node.Kind == yaml.MappingNode && node.Style&yaml.FlowStyle == 0 && node.Anchor == "" && len(node.Content) > 0 &&
		!slices.ContainsFunc(node.Content, func(inner *yaml.Node) bool { return inner.Tag == "!!merge" })
}

func find(entries []entry, key string) int {
	return slices.IndexFunc(entries, func(e entry) bool { return e.key.Value == key })
}

// entries are a mapping's. end is the line after it.
func (r *rewriter) entries(mapping *yaml.Node, end int) []entry {
	var found []entry
	for pair := range slices.Chunk(mapping.Content, 2) {
		found = append(found, entry{key: pair[0], value: pair[1], from: pair[0].Line - 1})
	}
	for i := range found {
		e := &found[i]
		e.next = end
		if i+1 < len(found) {
			e.next = found[i+1].from
		}
		for e.to = e.next; e.to > e.from+1 && e.follows(r.lines[e.to-1]); {
			e.to--
		}
	}
	return found
}

// follows tells whether a line does not belong to the entry. In a block of text an indented # is text.
func (e entry) follows(line string) bool {
	content := strings.TrimSpace(line)
	if content == "" || content == "---" || content == "..." {
		return true
	}
	last := e.value
	for len(last.Content) > 0 {
		last = last.Content[len(last.Content)-1]
	}
	indent := len(line) - len(strings.TrimLeft(line, " "))
	return content[0] == '#' && (last.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 || indent < e.key.Column)
}

// edit makes a block read as wanted, entry by entry.
func (r *rewriter) edit(block entry, now, wanted map[string]any) error {
	entries := r.entries(block.value, block.next)
	for _, key := range differences(now, wanted) {
		value, stays := wanted[key]
		old, _ := plain(now[key]).(map[string]any) // keys may be numbers
		object, _ := value.(map[string]any)
		var err error
		switch i := find(entries, key); {
		case i < 0:
			err = r.insert(entries, key, value)
		case !stays:
			r.cuts = append(r.cuts, cut{entries[i].from, entries[i].to, ""})
		case len(object) > 0 && isBlock(entries[i].value):
			err = r.edit(entries[i], old, object)
		default:
			err = r.replace(entries[i], value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// replace writes another value for an entry. Where old and new are in one line, all around the value stays.
func (r *rewriter) replace(e entry, value any) error {
	text, err := render(e, e.key.Value, value)
	if err != nil {
		return err
	}
	if e.value.Line == e.key.Line && e.to == e.from+1 && e.value.Tag != "!!null" {
		node, err := nodeOf(value)
		if err != nil {
			return err
		}
		node.Style |= e.value.Style & yaml.FlowStyle
		word, err := yamlutil.YamlEncode(node)
		if err != nil {
			return err
		}
		if inLine := node.Kind == yaml.ScalarNode || node.Style&yaml.FlowStyle != 0; inLine && bytes.Count(word, []byte("\n")) == 1 {
			text = around(r.lines[e.from], e.value, strings.TrimSuffix(string(word), "\n"))
		}
	}
	r.cuts = append(r.cuts, cut{e.from, e.to, text})
	return nil
}

// around is a line with another word in place of a value. Columns count characters.
func around(line string, value *yaml.Node, word string) string {
	comment, _, _ := strings.Cut(value.LineComment, "\n")
	before := strings.TrimSuffix(strings.TrimRight(line, "\r\n"), comment)
	return string([]rune(line)[:value.Column-1]) + word + line[len(strings.TrimRight(before, " \t")):]
}

// insert adds a key after the one with the most similar name, such as flowcomply:release.pins after
// flowcomply:release.version, or at the end.
func (r *rewriter) insert(entries []entry, key string, value any) error {
	behind, most := entries[len(entries)-1], 0
	for _, one := range entries {
		if n := relation(whole(one.key.Value), whole(key)); n > 0 && n >= most {
			behind, most = one, n
		}
	}
	text, err := render(behind, key, value)
	r.cuts = append(r.cuts, cut{behind.to, behind.to, text})
	return err
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

// render writes a key with its value as lines of their own, indented as a neighbour.
func render(beside entry, key string, value any) (string, error) {
	node, err := nodeOf(map[string]any{key: value})
	if err != nil {
		return "", err
	}
	text, err := yamlutil.YamlEncode(node)
	var out strings.Builder
	for line := range strings.Lines(string(text)) {
		if strings.TrimSpace(line) != "" {
			line = strings.Repeat(" ", beside.key.Column-1) + line
		}
		out.WriteString(line)
	}
	return out.String(), err
}

// nodeOf makes a YAML value. Objects are sorted, so that the same value gives the same text.
func nodeOf(value any) (*yaml.Node, error) {
	node := &yaml.Node{}
	if err := node.Encode(plain(value)); err != nil {
		return nil, err
	}
	tidy(node)
	return node, nil
}

// tidy writes short lists in one line, and keys such as n, which YAML 1.1 took for false, without quotes.
func tidy(node *yaml.Node) {
	var list []any
	if node.Kind == yaml.SequenceNode && node.Decode(&list) == nil && len(canonical(list)) <= widest {
		node.Style |= yaml.FlowStyle
	}
	for i, inner := range node.Content {
		if node.Kind == yaml.MappingNode && i%2 == 0 {
			inner.Style = 0
		}
		tidy(inner)
	}
}
