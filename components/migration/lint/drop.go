package lint

import "strings"

// drops evaluates DROP by what it drops.
func drops(p *pass, s fields) {
	kind, there := dropped[s.RemoveType]
	if !there {
		p.report(Contract, "the lint does not know what it drops, so that nobody knows whether the running version survives it")
		return
	}
	for _, named := range s.Objects {
		if s.RemoveType == "OBJECT_INDEX" {
			p.dropsIndex(named)
			continue
		}
		what, fresh := inWords(s.RemoveType), p.isNew(s.RemoveType, named)
		delete(p.catalog, id(s.RemoveType, named.key()))
		switch {
		case fresh || kind.harmless:
		case s.Behavior == cascade && kind.cascade != "":
			p.report(Destructive, "%s", kind.cascade)
			p.report(Contract, "the running version may still use %s %q", what, named)
		case kind.loses != "":
			p.report(Destructive, "%s %q and %s are gone, and the running version may still use it", what, named, kind.loses)
		default:
			p.report(Contract, "the running version may still use %s %q", what, named)
		}
	}
}

// cascade is the behaviour of statements that take along what depends on their object.
const cascade = "DROP_CASCADE"

// dropped are the objects of DROP, by PostgreSQL's ObjectType: what data goes with one, and what data CASCADE takes along.
var dropped = spread(map[string]struct {
	loses, cascade string
	harmless       bool
}{
	"OBJECT_TABLE":    {loses: "its rows"},
	"OBJECT_SEQUENCE": {loses: "the number that it has come to"},
	"OBJECT_SCHEMA":   {cascade: "CASCADE drops everything that is in it, tables and their rows too"},
	// what a column can be made of
	"OBJECT_TYPE OBJECT_DOMAIN OBJECT_COLLATION OBJECT_EXTENSION OBJECT_FUNCTION OBJECT_PROCEDURE OBJECT_ROUTINE OBJECT_AGGREGATE " +
		"OBJECT_OPERATOR OBJECT_CAST OBJECT_LANGUAGE OBJECT_ACCESS_METHOD " +
		"OBJECT_TSCONFIGURATION OBJECT_TSDICTIONARY OBJECT_TSPARSER OBJECT_TSTEMPLATE": {
		cascade: "CASCADE drops everything that depends on it, columns and their data too",
	},
	"OBJECT_VIEW OBJECT_MATVIEW OBJECT_FOREIGN_TABLE OBJECT_OPCLASS OBJECT_OPFAMILY OBJECT_CONVERSION OBJECT_TRANSFORM " +
		"OBJECT_TRIGGER OBJECT_RULE OBJECT_POLICY OBJECT_EVENT_TRIGGER OBJECT_FDW OBJECT_FOREIGN_SERVER OBJECT_PUBLICATION": {},
	"OBJECT_INDEX":         {},               // see dropsIndex
	"OBJECT_STATISTIC_EXT": {harmless: true}, // the planner's alone
})

// inWords is what a message calls the objects of a kind.
func inWords(kind string) string {
	if words := abbreviated[kind]; words != "" {
		return words
	}
	return strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(kind, "OBJECT_"), "_", " "))
}

// abbreviated are the kinds whose names in PostgreSQL's source are not what people call them.
var abbreviated = map[string]string{
	"OBJECT_MATVIEW": "materialized view", "OBJECT_OPCLASS": "operator class", "OBJECT_OPFAMILY": "operator family",
	"OBJECT_FDW": "foreign data wrapper", "OBJECT_FOREIGN_SERVER": "server",
	"OBJECT_TSCONFIGURATION": "text search configuration", "OBJECT_TSDICTIONARY": "text search dictionary",
	"OBJECT_TSPARSER": "text search parser", "OBJECT_TSTEMPLATE": "text search template",
}
