package lint

import "slices"

type dropStmt struct {
	Objects    []node
	RemoveType string
	Behavior   string
}

// drops evaluates DROP by what it drops.
func drops(p *pass, s dropStmt) []effect {
	kind, there := dropped[s.RemoveType]
	if !there {
		return contract("the lint does not know what it drops, so that nobody knows whether the running version survives it")
	}
	var found []effect
	for _, one := range s.Objects {
		named := nameOf(one)
		switch {
		case s.RemoveType == "OBJECT_INDEX":
			found = append(found, p.dropsIndex(named)...)
		case p.forget(s.RemoveType, named):
		case kind.what == "":
		case s.Behavior == cascade && kind.cascade != "":
			found = append(found, destructive("%s", kind.cascade)...)
			found = append(found, contract("the running version may still use %s %q", kind.what, named)...)
		case kind.loses != "":
			found = append(found, destructive("%s %q and %s are gone, and the running version may still use it", kind.what, named, kind.loses)...)
		default:
			found = append(found, contract("the running version may still use %s %q", kind.what, named)...)
		}
	}
	return found
}

// takesColumns is what CASCADE does to a type, say: the columns that have it go.
const takesColumns = "CASCADE drops everything that depends on it, columns and their data too"

// dropped are the objects of DROP, by PostgreSQL's ObjectType: what a message calls them, what data goes with them, and
// what data CASCADE takes along. Those without a name harm nobody.
var dropped = map[string]struct{ what, loses, cascade string }{
	"OBJECT_TABLE":           {"table", "its rows", ""},
	"OBJECT_SEQUENCE":        {"sequence", "the number that it has come to", ""},
	"OBJECT_VIEW":            {"view", "", ""},
	"OBJECT_MATVIEW":         {"materialized view", "", ""},
	"OBJECT_FOREIGN_TABLE":   {"foreign table", "", ""},
	"OBJECT_SCHEMA":          {"schema", "", "CASCADE drops everything that is in it, tables and their rows too"},
	"OBJECT_TYPE":            {"type", "", takesColumns},
	"OBJECT_DOMAIN":          {"domain", "", takesColumns},
	"OBJECT_COLLATION":       {"collation", "", takesColumns},
	"OBJECT_EXTENSION":       {"extension", "", takesColumns},
	"OBJECT_FUNCTION":        {"function", "", takesColumns},
	"OBJECT_PROCEDURE":       {"procedure", "", takesColumns},
	"OBJECT_ROUTINE":         {"routine", "", takesColumns},
	"OBJECT_AGGREGATE":       {"aggregate", "", takesColumns},
	"OBJECT_OPERATOR":        {"operator", "", takesColumns},
	"OBJECT_OPCLASS":         {"operator class", "", ""},
	"OBJECT_OPFAMILY":        {"operator family", "", ""},
	"OBJECT_CAST":            {"cast", "", takesColumns},
	"OBJECT_CONVERSION":      {"conversion", "", ""},
	"OBJECT_TRANSFORM":       {"transform", "", ""},
	"OBJECT_LANGUAGE":        {"language", "", takesColumns},
	"OBJECT_ACCESS_METHOD":   {"access method", "", takesColumns},
	"OBJECT_TRIGGER":         {"trigger", "", ""},
	"OBJECT_RULE":            {"rule", "", ""},
	"OBJECT_POLICY":          {"policy", "", ""},
	"OBJECT_EVENT_TRIGGER":   {"event trigger", "", ""},
	"OBJECT_INDEX":           {"index", "", ""}, // see dropsIndex
	"OBJECT_STATISTIC_EXT":   {},                // the planner's alone
	"OBJECT_FDW":             {"foreign data wrapper", "", ""},
	"OBJECT_FOREIGN_SERVER":  {"server", "", ""},
	"OBJECT_PUBLICATION":     {"publication", "", ""},
	"OBJECT_TSCONFIGURATION": {"text search configuration", "", takesColumns},
	"OBJECT_TSDICTIONARY":    {"text search dictionary", "", takesColumns},
	"OBJECT_TSPARSER":        {"text search parser", "", takesColumns},
	"OBJECT_TSTEMPLATE":      {"text search template", "", takesColumns},
}

// onTable are the objects whose name in the tree is their table's and then their own.
var onTable = []string{"OBJECT_TRIGGER", "OBJECT_RULE", "OBJECT_POLICY"}

// nameOf is an object's name, in the forms that the tree has for the kinds of objects.
func nameOf(n node) dotted {
	switch n.kind {
	case "List":
		return texts(n.items())
	case "TypeName":
		return as[typeName](n, n.kind).Names
	case "ObjectWithArgs":
		return as[struct{ Objname dotted }](n, n.kind).Objname
	case "RangeVar":
		return as[rangeVar](n, n.kind).dotted()
	case "String":
		return dotted{n.text()}
	}
	return nil
}

// forget takes an object out of the catalog, and tells whether the new migrations had made it, or its table.
func (p *pass) forget(kind string, named dotted) bool {
	made := p.objectIsNew(kind, named)
	switch name := named.key(); kind {
	case "OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE":
		delete(p.catalog.relations, name)
	case "OBJECT_TYPE", "OBJECT_DOMAIN":
		delete(p.catalog.types, name)
	case "OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE", "OBJECT_AGGREGATE":
		delete(p.catalog.functions, name)
	default:
		delete(p.catalog.others, other(kind, name))
	}
	return made
}

// objectIsNew tells whether the new migrations made an object, or the table that it is on.
func (p *pass) objectIsNew(kind string, named dotted) bool {
	if slices.Contains(onTable, kind) && len(named) > 1 {
		table := p.catalog.relations[named[:len(named)-1].key()]
		return table != nil && table.isNew || p.catalog.others[other(kind, named.String())]
	}
	name := named.key()
	switch kind {
	case "OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE":
		known := p.catalog.relations[name]
		return known != nil && known.isNew
	case "OBJECT_TYPE", "OBJECT_DOMAIN":
		known := p.catalog.types[name]
		return known != nil && known.isNew
	case "OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE", "OBJECT_AGGREGATE":
		known := p.catalog.functions[name]
		return known != nil && known.isNew
	}
	return p.catalog.others[other(kind, name)]
}

// other is what the catalog calls what has no part of its own.
func other(kind, name string) string { return kind + " " + name }
