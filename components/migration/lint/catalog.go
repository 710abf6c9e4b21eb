package lint

// catalog is what the migrations have made so far: those that the running release has, and the new ones.
type catalog struct {
	relations map[string]*relation // tables, views and their like, by key
	indexes   map[string]*index
	types     map[string]*kindOfType
	functions map[string]*function
	others    map[string]bool // schemas, sequences, roles and the rest, as "OBJECT_SCHEMA name": whether the new migrations made it
}

func newCatalog() *catalog {
	return &catalog{map[string]*relation{}, map[string]*index{}, map[string]*kindOfType{}, map[string]*function{}, map[string]bool{}}
}

// relation is a table, a view or a materialized view.
type relation struct {
	isNew       bool // by the new migrations, so that the running release does not use it
	open        bool // it has columns that its definition does not name
	columns     map[string]*column
	constraints map[string]*restriction
}

type column struct {
	isNew      bool
	typ        typeName
	required   bool // NOT NULL
	hasDefault bool // or fills itself
}

type restriction struct {
	isNew  bool
	unique bool // what ON CONFLICT can name: a primary key, a unique or an exclusion constraint
}

type index struct {
	isNew, unique bool
	table         string // key of its relation
}

// kindOfType is a type: an enum, a domain, a composite.
type kindOfType struct {
	isNew                bool
	required, hasDefault bool // of a domain
}

type function struct {
	isNew   bool
	effects []effect // of a call
}

// isNew tells whether the new migrations made the relation.
func (c *catalog) isNew(r rangeVar) bool {
	known := c.relations[r.key()]
	return known != nil && known.isNew
}

// column is what is known of one; nil where nothing is.
func (c *catalog) column(r rangeVar, name string) *column {
	if known := c.relations[r.key()]; known != nil {
		return known.columns[name]
	}
	return nil
}

// relation is what is known of one, from now on something.
func (c *catalog) relation(name string) *relation {
	known := c.relations[name]
	if known == nil {
		known = &relation{columns: map[string]*column{}, constraints: map[string]*restriction{}}
		c.relations[name] = known
	}
	return known
}

// add puts a relation into the catalog, in the place of one that had its name.
func (c *catalog) add(name string, made bool) *relation {
	delete(c.relations, name)
	added := c.relation(name)
	added.isNew = made
	return added
}

// rename moves what is known of one name to another.
func rename[T any](known map[string]T, from, to string) {
	if one, ok := known[from]; ok {
		delete(known, from)
		known[to] = one
	}
}
