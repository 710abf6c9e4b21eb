package lint

import (
	"fmt"
	"strings"
)

// createsTable enters a table into the catalog. One that IF NOT EXISTS may have found is not taken for new.
func createsTable(p *pass, s fields) {
	if s.IfNotExists && p.catalog.table(s.Relation) != nil {
		return
	}
	made := p.addTable(s.Relation, p.fresh && !s.IfNotExists)
	made.open = len(s.InhRelations) > 0 || s.OfTypename != nil
	for _, one := range s.TableElts {
		switch {
		case one.ColumnDef != nil:
			made.columns[one.ColumnDef.Colname] = p.described(*one.ColumnDef)
			for _, on := range one.ColumnDef.Constraints {
				p.restrict(s.Relation, on.Constraint, []string{one.ColumnDef.Colname})
			}
		case one.Constraint != nil:
			p.restrict(s.Relation, *one.Constraint, nil)
		case one.TableLikeClause != nil:
			made.open = true
		}
	}
}

// addTable enters a table into the catalog. A temporary one hides one of the same name, which is still there under its schema's.
func (p *pass) addTable(table rangeVar, fresh bool) *object {
	if known := p.catalog.table(table); known != nil && table.Relpersistence == "t" {
		return known
	}
	return p.catalog.add(table, fresh)
}

// described is what a column's definition says.
func (p *pass) described(def columnDef) *column {
	out := &column{fresh: p.fresh, typ: def.TypeName, hasDefault: serial[def.TypeName.name()]}
	for _, one := range def.Constraints {
		switch on := one.Constraint; on.Contype {
		case "CONSTR_NOTNULL", "CONSTR_PRIMARY":
			out.required = true
		case "CONSTR_DEFAULT":
			out.hasDefault = !as[literal](on.RawExpr, "A_Const").Isnull
		case "CONSTR_IDENTITY", "CONSTR_GENERATED":
			out.hasDefault = true
		}
	}
	if domain := p.catalog[id("OBJECT_DOMAIN", def.TypeName.Names.key())]; domain != nil {
		out.required = out.required || domain.required
		out.hasDefault = out.hasDefault || domain.hasDefault
	}
	return out
}

// serial are the types that take their value from a sequence.
var serial = setOf("serial serial2 serial4 serial8 smallserial bigserial")

func createsTableAs(p *pass, s fields) {
	p.addTable(s.Into.Rel, p.fresh && !s.IfNotExists).open = true
	losesRows(p, s)
}

func createsView(p *pass, s fields) {
	if s.Replace && !p.catalog.table(s.View).isNew() {
		p.catalog.ensure(s.View)
		p.report(Contract, "if there is a view %q, the running version reads other rows in it from now on", s.View)
		return
	}
	p.catalog.add(s.View, p.fresh)
}

func createsIndex(p *pass, s fields) {
	table := id("OBJECT_TABLE", s.Relation.key())
	p.catalog[id("OBJECT_INDEX", key(s.Relation.Schemaname, s.Idxname))] = &object{fresh: p.fresh, unique: s.Unique, table: table}
	if p.catalog[table].isNew() {
		return
	}
	var columns, quoted []string
	for _, one := range s.IndexParams {
		columns = append(columns, one.IndexElem.Name) // empty for an expression
		quoted = append(quoted, fmt.Sprintf("%q", one.IndexElem.Name))
	}
	if s.Unique && (s.NullsNotDistinct || !p.leftEmpty(s.Relation, columns)) {
		p.report(Contract, "the running version may write the same value of %s twice into %q, which is refused from now on",
			strings.Join(quoted, ", "), s.Relation)
	}
	if !s.Concurrent {
		p.report(Locks, "nobody writes to %q while the index is built; CREATE INDEX CONCURRENTLY, alone in its migration, lets them", s.Relation)
	}
}

// leftEmpty tells whether the running version leaves one of the columns NULL in all that it writes: it does not know a
// column that the new migrations add, and the column has no default.
func (p *pass) leftEmpty(table rangeVar, columns []string) bool {
	for _, name := range columns {
		if known := p.catalog.column(table, name); known.isNew() && !known.required && !known.hasDefault {
			return true
		}
	}
	return false
}

func createsTrigger(p *pass, s fields) {
	p.reportUnlessNew(s.Relation, Contract, "trigger %q runs also for what the running version writes to %q", s.Trigname, s.Relation)
}

func createsRule(p *pass, s fields) {
	p.reportUnlessNew(s.Relation, Contract, "rule %q rewrites also the running version's statements on %q", s.Rulename, s.Relation)
}

func createsPolicy(p *pass, s fields) {
	p.reportUnlessNew(s.Table, Contract, "policy %q decides also which rows of %q the running version sees and writes", s.PolicyName, s.Table)
}
