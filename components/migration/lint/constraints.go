package lint

import "strings"

func addsConstraint(p *pass, s alterTableStmt, command alterCommand) []effect {
	on := as[constraint](command.Def, "Constraint")
	columns := texts(append(on.Keys, on.FkAttrs...))
	p.restrict(s.Relation, on, columns)
	unused := p.leftEmpty(s.Relation, columns) && !on.NullsNotDistinct
	built := locks("nobody reads or writes %q while the index is built; CREATE UNIQUE INDEX CONCURRENTLY, alone in its migration, and USING INDEX let them",
		s.Relation)
	var found, waits []effect
	switch on.Contype {
	case "CONSTR_PRIMARY":
		found = contract("the running version may still write rows without a key, or the same key twice, into %q", s.Relation)
		waits = built
		if on.Indexname != "" {
			waits = locks("nobody reads or writes %q while its rows are checked, unless the columns are NOT NULL already", s.Relation)
		}
	case "CONSTR_UNIQUE":
		found = contract("the running version may write the same value twice into %q, which is refused from now on", s.Relation)
		waits = built
		if on.Indexname != "" {
			waits = nil
			if known := p.catalog.indexes[key(s.Relation.Schemaname, on.Indexname)]; known != nil && !known.isNew {
				found = nil // the index refuses it already
			}
		}
	case "CONSTR_EXCLUSION":
		found = contract("the running version may write rows into %q that exclude one another, which is refused from now on", s.Relation)
		waits = locks("nobody reads or writes %q while the index is built", s.Relation)
	case "CONSTR_CHECK":
		found = contract("the running version may still write into %q what is refused from now on", s.Relation)
		waits = p.validation(on, "nobody reads or writes %q while its rows are checked", s.Relation)
	case "CONSTR_FOREIGN":
		found = contract("the running version may still write references into %q that are refused from now on", s.Relation)
		waits = p.validation(on, "nobody writes to %q or %q while the rows are checked", s.Relation, on.Pktable)
	default:
		return contract("the lint does not know the constraint %s, so that nobody knows whether the running version survives it", on.Contype)
	}
	if unused && on.Contype != "CONSTR_PRIMARY" {
		found = nil // the running version leaves a column empty, which these let pass
	}
	return append(found, waits...)
}

// validation is the wait for the rows to be checked, which NOT VALID puts off.
func (p *pass) validation(on constraint, format string, args ...any) []effect {
	if on.SkipValidation {
		return nil
	}
	return locks(format+"; NOT VALID puts that off to VALIDATE CONSTRAINT, which lets them", args...)
}

func validates(_ *pass, s alterTableStmt, _ alterCommand) []effect {
	return locks("it reads all of %q; alone in its migration, it lets others read and write meanwhile", s.Relation)
}

// dropsConstraint evaluates by what the constraint is. Where no migration has made it, its name tells, as PostgreSQL and Prisma
// choose it.
func dropsConstraint(p *pass, s alterTableStmt, command alterCommand) []effect {
	known := p.catalog.relation(s.Relation.key()).constraints[command.Name]
	delete(p.catalog.relation(s.Relation.key()).constraints, command.Name)
	switch {
	case known != nil && (known.isNew || !known.unique):
		return nil
	case known == nil && (strings.HasSuffix(command.Name, "_fkey") || strings.HasSuffix(command.Name, "_check") || strings.HasSuffix(command.Name, "_not_null")):
		return nil
	}
	found := contract("an upsert (ON CONFLICT) of the running version may need %q, and is refused without it", command.Name)
	if command.Behavior == cascade {
		found = append(found, contract("CASCADE drops the foreign keys that refer to it too")...)
	}
	return found
}

// dropsIndex likewise. Prisma's names of indexes that are not unique end in _idx.
func (p *pass) dropsIndex(named dotted) []effect {
	known := p.catalog.indexes[named.key()]
	delete(p.catalog.indexes, named.key())
	switch {
	case known != nil && (known.isNew || !known.unique):
		return nil
	case known != nil && p.catalog.relations[known.table] != nil && p.catalog.relations[known.table].isNew:
		return nil
	case known == nil && strings.HasSuffix(named.last(), "_idx"):
		return nil
	}
	return contract("an upsert (ON CONFLICT) of the running version may need %q, if it is unique, and is refused without it", named)
}
