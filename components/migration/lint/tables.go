package lint

import (
	"fmt"
	"strings"
)

type createStmt struct {
	Relation     rangeVar
	TableElts    []node
	InhRelations []node
	OfTypename   *typeName
	IfNotExists  bool `json:"if_not_exists"`
}

// createsTable enters a table into the catalog. One that IF NOT EXISTS may have found is not taken for new.
func createsTable(p *pass, s createStmt) []effect {
	if s.IfNotExists && p.catalog.relations[s.Relation.key()] != nil {
		return nil
	}
	made := p.addTable(s.Relation, p.fresh && !s.IfNotExists)
	made.open = len(s.InhRelations) > 0 || s.OfTypename != nil
	for _, one := range s.TableElts {
		switch one.kind {
		case "ColumnDef":
			def := as[columnDef](one, one.kind)
			made.columns[def.Colname] = p.described(def)
			for _, on := range def.Constraints {
				p.restrict(s.Relation, as[constraint](on, "Constraint"), []string{def.Colname})
			}
		case "Constraint":
			p.restrict(s.Relation, as[constraint](one, one.kind), nil)
		case "TableLikeClause":
			made.open = true
		}
	}
	return nil
}

// addTable enters a table into the catalog. A temporary one hides one of the same name, which is still there under its schema's.
func (p *pass) addTable(table rangeVar, made bool) *relation {
	if table.Relpersistence == "t" && p.catalog.relations[table.key()] != nil {
		return p.catalog.relation(table.key())
	}
	return p.catalog.add(table.key(), made)
}

// described is what a column's definition says.
func (p *pass) described(def columnDef) *column {
	out := &column{isNew: p.fresh, typ: def.TypeName, hasDefault: serial[def.TypeName.name()]}
	for _, one := range def.Constraints {
		switch on := as[constraint](one, "Constraint"); on.Contype {
		case "CONSTR_NOTNULL":
			out.required = true
		case "CONSTR_PRIMARY":
			out.required = true
		case "CONSTR_DEFAULT":
			out.hasDefault = !as[literal](on.RawExpr, "A_Const").Isnull
		case "CONSTR_IDENTITY", "CONSTR_GENERATED":
			out.hasDefault = true
		}
	}
	if domain := p.catalog.types[def.TypeName.Names.key()]; domain != nil {
		out.required = out.required || domain.required
		out.hasDefault = out.hasDefault || domain.hasDefault
	}
	return out
}

// serial are the types that take their value from a sequence.
var serial = setOf("serial serial2 serial4 serial8 smallserial bigserial")

// restrict enters a constraint of a table into the catalog, under the name that PostgreSQL gives it where it has none.
func (p *pass) restrict(table rangeVar, on constraint, columns []string) {
	if len(on.Keys) > 0 {
		columns = texts(on.Keys)
	}
	suffix := map[string]string{
		"CONSTR_PRIMARY": "pkey", "CONSTR_UNIQUE": "key", "CONSTR_EXCLUSION": "excl", "CONSTR_FOREIGN": "fkey", "CONSTR_CHECK": "check",
	}[on.Contype]
	if suffix == "" {
		return // a default, say
	}
	name := on.Conname
	switch {
	case name != "":
	case suffix == "pkey" || len(columns) == 0:
		name = fmt.Sprintf("%s_%s", table.Relname, suffix)
	default:
		name = fmt.Sprintf("%s_%s_%s", table.Relname, strings.Join(columns, "_"), suffix)
	}
	made := restriction{isNew: p.fresh, unique: suffix == "pkey" || suffix == "key" || suffix == "excl"}
	known := p.catalog.relation(table.key())
	known.constraints[name] = &made
	if suffix == "pkey" {
		for _, column := range columns {
			if known.columns[column] != nil {
				known.columns[column].required = true
			}
		}
	}
}

type createForeignTableStmt struct {
	Base createStmt
}

func createsForeignTable(p *pass, s createForeignTableStmt) []effect { return createsTable(p, s.Base) }

type createTableAsStmt struct {
	Query       node
	Into        struct{ Rel rangeVar }
	IfNotExists bool `json:"if_not_exists"`
}

func createsTableAs(p *pass, s createTableAsStmt) []effect {
	p.addTable(s.Into.Rel, p.fresh && !s.IfNotExists).open = true
	return p.lostRows(s.Query)
}

type viewStmt struct {
	View    rangeVar
	Query   node
	Replace bool
}

func createsView(p *pass, s viewStmt) []effect {
	if s.Replace && !p.catalog.isNew(s.View) {
		p.catalog.relation(s.View.key())
		return contract("if there is a view %q, the running version reads other rows in it from now on", s.View)
	}
	p.catalog.add(s.View.key(), p.fresh)
	return nil
}

type indexStmt struct {
	Idxname          string
	Relation         rangeVar
	IndexParams      []node
	Unique           bool
	NullsNotDistinct bool `json:"nulls_not_distinct"`
	Concurrent       bool
}

func createsIndex(p *pass, s indexStmt) []effect {
	p.catalog.indexes[key(s.Relation.Schemaname, s.Idxname)] = &index{p.fresh, s.Unique, s.Relation.key()}
	if p.catalog.isNew(s.Relation) {
		return nil
	}
	var found []effect
	var columns []string
	for _, one := range s.IndexParams {
		columns = append(columns, as[struct{ Name string }](one, "IndexElem").Name) // empty for an expression
	}
	if s.Unique && (s.NullsNotDistinct || !p.leftEmpty(s.Relation, columns)) {
		found = append(found, contract("the running version may write the same value of %s twice into %q, which is refused from now on",
			quoted(columns), s.Relation)...)
	}
	if !s.Concurrent {
		found = append(found, locks("nobody writes to %q while the index is built; CREATE INDEX CONCURRENTLY, alone in its migration, lets them", s.Relation)...)
	}
	return found
}

// leftEmpty tells whether the running version leaves one of the columns NULL in all that it writes: it does not know a
// column that the new migrations add, and the column has no default.
func (p *pass) leftEmpty(table rangeVar, columns []string) bool {
	for _, name := range columns {
		if known := p.catalog.column(table, name); known != nil && known.isNew && !known.required && !known.hasDefault {
			return true
		}
	}
	return false
}

type createTrigStmt struct {
	Trigname string
	Relation rangeVar
}

func createsTrigger(p *pass, s createTrigStmt) []effect {
	return p.contractUnlessNew(s.Relation, "trigger %q runs also for what the running version writes to %q", s.Trigname, s.Relation)
}

type ruleStmt struct {
	Rulename string
	Relation rangeVar
}

func createsRule(p *pass, s ruleStmt) []effect {
	return p.contractUnlessNew(s.Relation, "rule %q rewrites also the running version's statements on %q", s.Rulename, s.Relation)
}

type policyStmt struct {
	Name  string `json:"policy_name"`
	Table rangeVar
}

func createsPolicy(p *pass, s policyStmt) []effect {
	return p.contractUnlessNew(s.Table, "policy %q decides also which rows of %q the running version sees and writes", s.Name, s.Table)
}

// contractUnlessNew is a contraction, unless the new migrations made the table.
func (p *pass) contractUnlessNew(table rangeVar, format string, args ...any) []effect {
	if p.catalog.isNew(table) {
		return nil
	}
	return contract(format, args...)
}
