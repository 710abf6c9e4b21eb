package lint

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// What follows are the parts of PostgreSQL's parse tree that rules read, by the names of its parsenodes.h. A field that
// is absent from the JSON has its zero value there.

// node is any node: its type's name, and its fields.
type node struct {
	kind string
	body json.RawMessage
}

func (n *node) UnmarshalJSON(text []byte) error {
	var one map[string]json.RawMessage
	if err := json.Unmarshal(text, &one); err != nil {
		return err
	}
	for kind, body := range one { // there is one at most
		n.kind, n.body = kind, body
	}
	return nil
}

// whole is the node as it stands in the tree.
func (n node) whole() json.RawMessage {
	text, err := json.Marshal(map[string]json.RawMessage{n.kind: n.body})
	if err != nil {
		return nil // no node at all
	}
	return text
}

// as reads a node's fields; the zero value where the node is of another type.
func as[T any](n node, kind string) T {
	var fields T
	if n.kind == kind {
		_ = json.Unmarshal(n.body, &fields) // fields of another form stay zero
	}
	return fields
}

// text is the value of a String node.
func (n node) text() string {
	return as[struct{ Sval string }](n, "String").Sval
}

// items are the nodes of a List.
func (n node) items() []node {
	return as[struct{ Items []node }](n, "List").Items
}

// texts are the values of String nodes.
func texts(list []node) []string {
	out := make([]string, len(list))
	for i, one := range list {
		out[i] = one.text()
	}
	return out
}

// dotted is a name that the tree has in parts, such as schema and table.
type dotted []string

func (d *dotted) UnmarshalJSON(text []byte) error {
	var parts []node
	if err := json.Unmarshal(text, &parts); err != nil {
		return err
	}
	*d = texts(parts)
	return nil
}

func (d dotted) String() string { return strings.Join(d, ".") }

// last is the name without its schema.
func (d dotted) last() string {
	if len(d) == 0 {
		return ""
	}
	return d[len(d)-1]
}

// schema is the one that the name says; empty where it says none.
func (d dotted) schema() string {
	if len(d) < 2 {
		return ""
	}
	return d[len(d)-2]
}

// key is what the catalog calls the object.
func (d dotted) key() string { return key(d.schema(), d.last()) }

// key is an object's name with its schema. A name without one means public, which is what DATABASE_URL says
// (components/database).
func key(schema, name string) string {
	if schema == "" {
		schema = "public"
	}
	return schema + "." + name
}

// rangeVar names a table, or what can stand in its place.
type rangeVar struct {
	Schemaname, Relname string
	Relpersistence      string // "t" is a temporary table
}

func (r rangeVar) key() string { return key(r.Schemaname, r.Relname) }

func (r rangeVar) String() string { return r.dotted().String() }

func (r rangeVar) dotted() dotted {
	if r.Schemaname == "" {
		return dotted{r.Relname}
	}
	return dotted{r.Schemaname, r.Relname}
}

type typeName struct {
	Names       dotted
	Typmods     []node
	ArrayBounds []node
}

// name is the type's, without pg_catalog.
func (t typeName) name() string { return strings.TrimPrefix(t.Names.String(), "pg_catalog.") }

type columnDef struct {
	Colname     string
	TypeName    typeName
	Constraints []node
	RawDefault  node `json:"raw_default"` // in ALTER COLUMN TYPE: the expression after USING
	CollClause  *struct{}
}

type constraint struct {
	Contype          string
	Conname          string
	RawExpr          node `json:"raw_expr"`
	Keys             []node
	FkAttrs          []node `json:"fk_attrs"`
	Pktable          rangeVar
	Indexname        string
	GeneratedWhen    string `json:"generated_when"`
	SkipValidation   bool   `json:"skip_validation"`
	NullsNotDistinct bool   `json:"nulls_not_distinct"`
}

// option is a DefElem.
type option struct {
	Defname string
	Arg     node
}

func options(list []node) map[string]node {
	out := map[string]node{}
	for _, one := range list {
		read := as[option](one, "DefElem")
		out[read.Defname] = read.Arg
	}
	return out
}

// on tells whether an option is there and is not said to be false.
func on(given map[string]node, name string) bool {
	value, there := given[name]
	return there && !off(value)
}

// turnedOff tells whether an option is said to be false.
func turnedOff(given map[string]node, name string) bool {
	value, there := given[name]
	return there && off(value)
}

// off tells whether a value means false: false, off, no or 0, as PostgreSQL's defGetBoolean reads it.
func off(value node) bool {
	switch value.kind {
	case "String":
		return slices.Contains([]string{"false", "off", "no"}, strings.ToLower(value.text()))
	case "Boolean":
		return !as[struct{ Boolval bool }](value, "Boolean").Boolval
	case "Integer":
		return as[struct{ Ival int }](value, "Integer").Ival == 0
	}
	return false
}

// funcCall is a call of a function in an expression.
type funcCall struct {
	Funcname dotted
	Args     []node
}

// literal is a constant in an expression.
type literal struct {
	Isnull bool
	Sval   *struct{ Sval string }
	Ival   *struct{ Ival int }
}

// within lists all nodes of a type in a node, itself and at any depth, outermost first.
func within(n node, kind string) []node {
	tree := n.whole()
	if !bytes.Contains(tree, []byte(`"`+kind+`"`)) {
		return nil
	}
	var found []node
	var visit func(json.RawMessage)
	visit = func(raw json.RawMessage) {
		var fields map[string]json.RawMessage
		var list []json.RawMessage
		switch {
		case len(raw) > 0 && raw[0] == '{' && json.Unmarshal(raw, &fields) == nil:
			for _, name := range slices.Sorted(maps.Keys(fields)) {
				if name == kind {
					found = append(found, node{kind, fields[name]})
				}
				visit(fields[name])
			}
		case len(raw) > 0 && raw[0] == '[' && json.Unmarshal(raw, &list) == nil:
			for _, one := range list {
				visit(one)
			}
		}
	}
	visit(tree)
	return found
}
