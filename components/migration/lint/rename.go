package lint

import "slices"

type renameStmt struct {
	RenameType string
	Relation   rangeVar
	Object     node
	Subname    string
	Newname    string
}

// unusedNames are the objects whose names no statement of an application says.
var unusedNames = []string{
	"OBJECT_INDEX", "OBJECT_TABCONSTRAINT", "OBJECT_DOMCONSTRAINT", "OBJECT_TRIGGER", "OBJECT_RULE", "OBJECT_POLICY", "OBJECT_EVENT_TRIGGER",
	"OBJECT_STATISTIC_EXT", "OBJECT_TABLESPACE", "OBJECT_CONVERSION", "OBJECT_OPCLASS", "OBJECT_OPFAMILY", "OBJECT_ACCESS_METHOD",
	"OBJECT_FDW", "OBJECT_FOREIGN_SERVER", "OBJECT_LANGUAGE", "OBJECT_SUBSCRIPTION", "OBJECT_TSPARSER", "OBJECT_TSTEMPLATE", "OBJECT_TSDICTIONARY",
}

// renames evaluates RENAME. A sequence's name is in nextval('…') of hand-written SQL, if nowhere else.
func renames(p *pass, s renameStmt) []effect {
	before, made := p.renamed(s)
	if made || slices.Contains(unusedNames, s.RenameType) {
		return nil
	}
	return contract("the running version still uses the name %q", before)
}

// renamed follows a new name in the catalog. It returns the name before, and whether the new migrations made what had it.
func (p *pass) renamed(s renameStmt) (before string, made bool) {
	table := s.Relation.key()
	switch s.RenameType {
	case "OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE":
		made = p.catalog.isNew(s.Relation)
		if known := p.catalog.indexes[table]; known != nil { // ALTER TABLE takes an index too
			rename(p.catalog.indexes, table, key(s.Relation.Schemaname, s.Newname))
			return s.Relation.Relname, true
		}
		rename(p.catalog.relations, table, key(s.Relation.Schemaname, s.Newname))
		return s.Relation.Relname, made
	case "OBJECT_SEQUENCE":
		made = p.catalog.others[other(s.RenameType, table)]
		rename(p.catalog.others, other(s.RenameType, table), other(s.RenameType, key(s.Relation.Schemaname, s.Newname)))
		return s.Relation.Relname, made
	case "OBJECT_INDEX":
		rename(p.catalog.indexes, table, key(s.Relation.Schemaname, s.Newname))
		return s.Relation.Relname, true
	case "OBJECT_COLUMN", "OBJECT_ATTRIBUTE":
		known := p.catalog.column(s.Relation, s.Subname)
		composite := p.catalog.types[table]
		made = known != nil && known.isNew || p.catalog.isNew(s.Relation) || composite != nil && composite.isNew
		if of := p.catalog.relations[table]; of != nil {
			rename(of.columns, s.Subname, s.Newname)
		}
		return s.Subname, made
	case "OBJECT_TABCONSTRAINT":
		if of := p.catalog.relations[table]; of != nil {
			rename(of.constraints, s.Subname, s.Newname)
		}
		return s.Subname, true
	case "OBJECT_SCHEMA", "OBJECT_ROLE", "OBJECT_DATABASE", "OBJECT_TABLESPACE":
		before = s.Subname
		name := key("", before)
		made = p.catalog.others[other(s.RenameType, name)]
		rename(p.catalog.others, other(s.RenameType, name), other(s.RenameType, key("", s.Newname)))
		return before, made
	}
	named := nameOf(s.Object)
	made = p.objectIsNew(s.RenameType, named)
	p.moved(s.RenameType, named.key(), key(named.schema(), s.Newname))
	return named.String(), made
}

// moved follows an object to another name in the catalog.
func (p *pass) moved(kind, from, to string) {
	switch kind {
	case "OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE":
		rename(p.catalog.relations, from, to)
	case "OBJECT_TYPE", "OBJECT_DOMAIN":
		rename(p.catalog.types, from, to)
	case "OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE", "OBJECT_AGGREGATE":
		rename(p.catalog.functions, from, to)
	default:
		rename(p.catalog.others, other(kind, from), other(kind, to))
	}
}

type alterObjectSchemaStmt struct {
	ObjectType string
	Relation   *rangeVar
	Object     node
	Newschema  string
}

func movesToSchema(p *pass, s alterObjectSchemaStmt) []effect {
	named := nameOf(s.Object)
	if s.Relation != nil {
		named = s.Relation.dotted()
	}
	made := p.objectIsNew(s.ObjectType, named)
	p.moved(s.ObjectType, named.key(), key(s.Newschema, named.last()))
	if made {
		return nil
	}
	return contract("the running version looks for %q where it was", named)
}

type alterOwnerStmt struct {
	ObjectType string
	Relation   *rangeVar
	Object     node
}

func changesOwner(p *pass, s alterOwnerStmt) []effect {
	named := nameOf(s.Object)
	if s.Relation != nil {
		named = s.Relation.dotted()
	}
	if p.objectIsNew(s.ObjectType, named) {
		return nil
	}
	return contract("the owner of %q before loses what only an owner may do, and the running version may connect as that role", named)
}
