package lint

import "slices"

// unusedNames are the objects whose names no statement of an application says.
var unusedNames = []string{
	"OBJECT_INDEX", "OBJECT_TABCONSTRAINT", "OBJECT_DOMCONSTRAINT", "OBJECT_TRIGGER", "OBJECT_RULE", "OBJECT_POLICY", "OBJECT_EVENT_TRIGGER",
	"OBJECT_STATISTIC_EXT", "OBJECT_TABLESPACE", "OBJECT_CONVERSION", "OBJECT_OPCLASS", "OBJECT_OPFAMILY", "OBJECT_ACCESS_METHOD",
	"OBJECT_FDW", "OBJECT_FOREIGN_SERVER", "OBJECT_LANGUAGE", "OBJECT_SUBSCRIPTION", "OBJECT_TSPARSER", "OBJECT_TSTEMPLATE", "OBJECT_TSDICTIONARY",
}

// renames evaluates RENAME, and follows the new name in the catalog. A sequence's name is in nextval('…') of hand-written SQL, if
// nowhere else.
func renames(p *pass, s fields) {
	kind, named, table := s.RenameType, s.named(), p.catalog.table(s.Relation)
	if kind == "OBJECT_TABLE" && p.catalog[id("OBJECT_INDEX", named.key())] != nil {
		kind = "OBJECT_INDEX" // ALTER TABLE takes an index too
	}
	before, fresh := named.String(), false
	switch kind {
	case "OBJECT_COLUMN", "OBJECT_ATTRIBUTE":
		before = s.Subname
		fresh = p.catalog.column(s.Relation, before).isNew() || table.isNew() || p.isNew("OBJECT_TYPE", named)
		if table != nil {
			rename(table.columns, before, s.Newname)
		}
	case "OBJECT_TABCONSTRAINT":
		if table != nil {
			rename(table.constraints, s.Subname, s.Newname)
		}
	default:
		fresh = p.move(kind, named, key(named.schema(), s.Newname))
		if s.Relation.Relname != "" {
			before = s.Relation.Relname
		}
	}
	if !fresh && !slices.Contains(unusedNames, kind) {
		p.report(Contract, "the running version still uses the name %q", before)
	}
}

func movesToSchema(p *pass, s fields) {
	named := s.named()
	if !p.move(s.ObjectType, named, key(s.Newschema, named.last())) {
		p.report(Contract, "the running version looks for %q where it was", named)
	}
}

func changesOwner(p *pass, s fields) {
	if named := s.named(); !p.isNew(s.ObjectType, named) {
		p.report(Contract, "the owner of %q before loses what only an owner may do, and the running version may connect as that role", named)
	}
}
