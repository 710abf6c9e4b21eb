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

// within lists all nodes of a type in a node, itself and at any depth, outermost first.
func within(n node, kind string) []node {
	var tree any
	if n.kind != kind && !bytes.Contains(n.body, []byte(`"`+kind+`"`)) || json.Unmarshal(n.body, &tree) != nil {
		return nil
	}
	var found []node
	var visit func(any)
	visit = func(part any) {
		switch part := part.(type) {
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(part)) {
				if name == kind {
					body, _ := json.Marshal(part[name]) // it was JSON
					found = append(found, node{kind, body})
				}
				visit(part[name])
			}
		case []any:
			for _, one := range part {
				visit(one)
			}
		}
	}
	visit(map[string]any{n.kind: tree})
	return found
}

// dotted is a name that the tree has in parts, such as schema and table.
type dotted []string

// UnmarshalJSON reads a name in each form that the tree has for the kinds of objects: a list of its parts, or a node that
// holds one.
func (d *dotted) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(text, []byte("[")) {
		var parts []node
		if err := json.Unmarshal(text, &parts); err != nil {
			return err
		}
		*d = make(dotted, len(parts))
		for i, one := range parts {
			(*d)[i] = one.text()
		}
		return nil
	}
	var form struct {
		List, TypeName, ObjectWithArgs, RangeVar, String dotted // a node
		Items, Names, Objname                            dotted // its fields
		Schemaname, Relname, Sval                        string
	}
	if err := json.Unmarshal(text, &form); err != nil {
		return err
	}
	*d = slices.Concat(form.List, form.TypeName, form.ObjectWithArgs, form.RangeVar, form.String, form.Items, form.Names, form.Objname)
	for _, part := range []string{form.Schemaname, form.Relname, form.Sval} {
		if part != "" {
			*d = append(*d, part)
		}
	}
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
	Constraints []struct{ Constraint constraint }
	RawDefault  node `json:"raw_default"` // in ALTER COLUMN TYPE: the expression after USING
	CollClause  *struct{}
}

type constraint struct {
	Contype          string
	Conname          string
	RawExpr          node `json:"raw_expr"`
	Keys             dotted
	FkAttrs          dotted `json:"fk_attrs"`
	Pktable          rangeVar
	Indexname        string
	GeneratedWhen    string `json:"generated_when"`
	SkipValidation   bool   `json:"skip_validation"`
	NullsNotDistinct bool   `json:"nulls_not_distinct"`
}

// options are the values of a list of DefElem, by their names.
type options map[string]node

// UnmarshalJSON leaves out what is no DefElem, and what is no list: a cursor's options are bits.
func (o *options) UnmarshalJSON(text []byte) error {
	if !bytes.HasPrefix(text, []byte("[")) {
		return nil
	}
	var list []struct {
		DefElem *struct {
			Defname string
			Arg     node
		}
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	*o = options{}
	for _, one := range list {
		if one.DefElem != nil {
			(*o)[one.DefElem.Defname] = one.DefElem.Arg
		}
	}
	return nil
}

// on tells whether an option is there and is not said to be false.
func (o options) on(name string) bool {
	value, there := o[name]
	return there && !isFalse(value)
}

// off tells whether an option is said to be false.
func (o options) off(name string) bool {
	value, there := o[name]
	return there && isFalse(value)
}

// isFalse tells whether a value means false: false, off, no or 0, as PostgreSQL's defGetBoolean reads it.
func isFalse(value node) bool {
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
