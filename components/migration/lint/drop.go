package lint

// drops evaluates DROP by what it drops.
func drops(p *pass, s fields) {
	kind, there := dropped[s.RemoveType]
	if !there {
		p.report(Contract, "the lint does not know what it drops, so that nobody knows whether the running version survives it")
	}
	for _, named := range s.Objects {
		if s.RemoveType == "OBJECT_INDEX" {
			p.dropsIndex(named)
			continue
		}
		fresh := p.isNew(s.RemoveType, named)
		delete(p.catalog, id(s.RemoveType, named.key()))
		switch {
		case fresh || kind.what == "":
		case s.Behavior == cascade && kind.cascade != "":
			p.report(Destructive, "%s", kind.cascade)
			p.report(Contract, "the running version may still use %s %q", kind.what, named)
		case kind.loses != "":
			p.report(Destructive, "%s %q and %s are gone, and the running version may still use it", kind.what, named, kind.loses)
		default:
			p.report(Contract, "the running version may still use %s %q", kind.what, named)
		}
	}
}

// cascade is the behaviour of statements that take along what depends on their object.
const cascade = "DROP_CASCADE"

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
