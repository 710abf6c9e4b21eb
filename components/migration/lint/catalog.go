package lint

import (
	"slices"
	"strings"
)

// catalog is what the migrations have made so far, those that the running release has and the new ones, by id.
type catalog map[string]*object

// object is one that a migration made. What it has beside fresh depends on its kind.
type object struct {
	fresh bool // by the new migrations, so that the running release does not use it

	// a table, a view or a materialized view
	open        bool // it has columns that its definition does not name
	columns     map[string]*column
	constraints map[string]*restriction

	// an index
	unique bool
	table  string // id

	required, hasDefault bool // a domain

	effects []effect // of a call of a function
}

type column struct {
	fresh      bool
	typ        typeName
	required   bool // NOT NULL
	hasDefault bool // or fills itself
}

type restriction struct {
	fresh  bool
	unique bool // what ON CONFLICT can name: a primary key, a unique or an exclusion constraint
}

// isNew tells whether the new migrations made it; of nil nothing is known.
func (o *object) isNew() bool { return o != nil && o.fresh }

func (c *column) isNew() bool { return c != nil && c.fresh }

// namesakes are the kinds of objects that cannot have the name of another kind's, by PostgreSQL's ObjectType.
var namesakes = map[string]string{
	"OBJECT_VIEW": "OBJECT_TABLE", "OBJECT_MATVIEW": "OBJECT_TABLE", "OBJECT_FOREIGN_TABLE": "OBJECT_TABLE",
	"OBJECT_DOMAIN":    "OBJECT_TYPE",
	"OBJECT_PROCEDURE": "OBJECT_FUNCTION", "OBJECT_ROUTINE": "OBJECT_FUNCTION", "OBJECT_AGGREGATE": "OBJECT_FUNCTION",
}

// id is what the catalog calls the object of a kind with this key.
func id(kind, key string) string {
	if shared := namesakes[kind]; shared != "" {
		kind = shared
	}
	return kind + " " + key
}

// table is what is known of one, or of a view; nil where nothing is.
func (c catalog) table(r rangeVar) *object { return c[id("OBJECT_TABLE", r.key())] }

// column is what is known of one; nil where nothing is.
func (c catalog) column(r rangeVar, name string) *column {
	if known := c.table(r); known != nil {
		return known.columns[name]
	}
	return nil
}

// add puts a table into the catalog, in the place of one that had its name.
func (c catalog) add(r rangeVar, fresh bool) *object {
	added := &object{fresh: fresh, columns: map[string]*column{}, constraints: map[string]*restriction{}}
	c[id("OBJECT_TABLE", r.key())] = added
	return added
}

// ensure is what is known of a table, from now on something.
func (c catalog) ensure(r rangeVar) *object {
	if known := c.table(r); known != nil {
		return known
	}
	return c.add(r, false)
}

// functions are those of the catalog.
func (c catalog) functions() catalog {
	out := catalog{}
	for name, known := range c {
		if strings.HasPrefix(name, id("OBJECT_FUNCTION", "")) {
			out[name] = known
		}
	}
	return out
}

// enter notes an object. One that IF NOT EXISTS may have found is not taken for new.
func (p *pass) enter(kind, key string, ifNotExists bool) {
	p.catalog[id(kind, key)] = &object{fresh: p.fresh && !ifNotExists}
}

// onTable are the objects whose name in the tree is their table's and then their own.
var onTable = []string{"OBJECT_TRIGGER", "OBJECT_RULE", "OBJECT_POLICY"}

// isNew tells whether the new migrations made an object, or the table that it is on.
func (p *pass) isNew(kind string, named dotted) bool {
	if slices.Contains(onTable, kind) && len(named) > 1 {
		kind, named = "OBJECT_TABLE", named[:len(named)-1]
	}
	return p.catalog[id(kind, named.key())].isNew()
}

// move follows an object to another key, and tells whether the new migrations made it.
func (p *pass) move(kind string, from dotted, to string) bool {
	fresh := p.isNew(kind, from)
	rename(p.catalog, id(kind, from.key()), id(kind, to))
	return fresh
}

// rename moves what is known of one name to another.
func rename[T any](known map[string]T, from, to string) {
	if one, ok := known[from]; ok {
		delete(known, from)
		known[to] = one
	}
}
