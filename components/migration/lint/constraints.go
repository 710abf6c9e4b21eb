package lint

import (
	"regexp"
	"slices"
	"strings"
)

// refuses says for each constraint what the running version may still write that is refused from now on.
var refuses = map[string]string{
	"CONSTR_PRIMARY":   "the running version may still write rows without a key, or the same key twice, into %q",
	"CONSTR_UNIQUE":    "the running version may write the same value twice into %q, which is refused from now on",
	"CONSTR_EXCLUSION": "the running version may write rows into %q that exclude one another, which is refused from now on",
	"CONSTR_CHECK":     "the running version may still write into %q what is refused from now on",
	"CONSTR_FOREIGN":   "the running version may still write references into %q that are refused from now on",
}

func addsConstraint(p *pass, s fields, command alterCommand) {
	on := as[constraint](command.Def, "Constraint")
	columns := slices.Concat(on.Keys, on.FkAttrs)
	p.restrict(s.Relation, on, columns)
	refused, there := refuses[on.Contype]
	if !there {
		p.report(Contract, "the lint does not know the constraint %s, so that nobody knows whether the running version survives it", on.Contype)
		return
	}
	index := p.catalog[id("OBJECT_INDEX", key(s.Relation.Schemaname, on.Indexname))]
	refusedBefore := on.Contype == "CONSTR_UNIQUE" && on.Indexname != "" && index != nil && !index.fresh
	// The running version leaves a new column empty, which all but a primary key let pass.
	empty := on.Contype != "CONSTR_PRIMARY" && !on.NullsNotDistinct && p.leftEmpty(s.Relation, columns)
	if !refusedBefore && !empty {
		p.report(Contract, refused, s.Relation)
	}
	p.waitsForConstraint(s.Relation, on)
}

// waitsForConstraint reports what waits while rows are checked or an index is built. NOT VALID puts the former off.
func (p *pass) waitsForConstraint(table rangeVar, on constraint) {
	const later = "; NOT VALID puts that off to VALIDATE CONSTRAINT, which lets them"
	switch {
	case on.SkipValidation || on.Contype == "CONSTR_UNIQUE" && on.Indexname != "":
	case on.Contype == "CONSTR_CHECK":
		p.report(Locks, "nobody reads or writes %q while its rows are checked"+later, table)
	case on.Contype == "CONSTR_FOREIGN":
		p.report(Locks, "nobody writes to %q or %q while the rows are checked"+later, table, on.Pktable)
	case on.Contype == "CONSTR_EXCLUSION":
		p.report(Locks, "nobody reads or writes %q while the index is built", table)
	case on.Indexname != "":
		p.report(Locks, "nobody reads or writes %q while its rows are checked, unless the columns are NOT NULL already", table)
	default:
		p.report(Locks, "nobody reads or writes %q while the index is built; CREATE UNIQUE INDEX CONCURRENTLY, alone in its migration, "+
			"and USING INDEX let them", table)
	}
}

// unlikeUnique are the names of constraints that are not unique.
var unlikeUnique = regexp.MustCompile(`_(fkey|check|not_null)$`)

// dropsConstraint evaluates by what the constraint is. Where no migration has made it, its name tells, as PostgreSQL and Prisma
// choose it.
func dropsConstraint(p *pass, s fields, command alterCommand) {
	constraints := p.catalog.ensure(s.Relation).constraints
	known := constraints[command.Name]
	delete(constraints, command.Name)
	switch {
	case known != nil && (known.fresh || !known.unique):
		return
	case known == nil && unlikeUnique.MatchString(command.Name):
		return
	}
	p.report(Contract, "an upsert (ON CONFLICT) of the running version may need %q, and is refused without it", command.Name)
	if command.Behavior == cascade {
		p.report(Contract, "CASCADE drops the foreign keys that refer to it too")
	}
}

// dropsIndex likewise. Prisma's names of indexes that are not unique end in _idx.
func (p *pass) dropsIndex(named dotted) {
	name := id("OBJECT_INDEX", named.key())
	known := p.catalog[name]
	delete(p.catalog, name)
	switch {
	case known != nil && (known.fresh || !known.unique || p.catalog[known.table].isNew()):
	case known == nil && strings.HasSuffix(named.last(), "_idx"):
	default:
		p.report(Contract, "an upsert (ON CONFLICT) of the running version may need %q, if it is unique, and is refused without it", named)
	}
}

// restrict enters a constraint of a table into the catalog, under the name that PostgreSQL gives it where it has none.
func (p *pass) restrict(table rangeVar, on constraint, columns []string) {
	if len(on.Keys) > 0 {
		columns = on.Keys
	}
	suffix := map[string]string{
		"CONSTR_PRIMARY": "pkey", "CONSTR_UNIQUE": "key", "CONSTR_EXCLUSION": "excl", "CONSTR_FOREIGN": "fkey", "CONSTR_CHECK": "check",
	}[on.Contype]
	if suffix == "" {
		return // a default, say
	}
	name := on.Conname
	if name == "" {
		words := []string{table.Relname, suffix}
		if suffix != "pkey" {
			words = slices.Concat(words[:1], columns, words[1:])
		}
		name = strings.Join(words, "_")
	}
	known := p.catalog.ensure(table)
	known.constraints[name] = &restriction{fresh: p.fresh, unique: suffix == "pkey" || suffix == "key" || suffix == "excl"}
	if suffix == "pkey" {
		for _, column := range columns {
			if known.columns[column] != nil {
				known.columns[column].required = true
			}
		}
	}
}
