package lint

import "slices"

func addsColumn(p *pass, s fields, command alterCommand) {
	def := as[columnDef](command.Def, "ColumnDef")
	if s.Objtype == "OBJECT_TYPE" {
		p.report(Contract, "values of type %q have one part more than the running version writes", s.Relation)
		return
	}
	added := p.described(def)
	if command.MissingOk {
		if p.catalog.column(s.Relation, def.Colname) != nil {
			return
		}
		added.fresh = false // it may have been there
	}
	p.catalog.ensure(s.Relation).columns[def.Colname] = added
	if added.required && !added.hasDefault {
		p.report(Contract, "column %q is required and has no default, and the running version's inserts leave it out", def.Colname)
	}
	if why := rewrites(def); why != "" {
		p.report(Locks, "nobody reads or writes %q while it is rewritten: %s", s.Relation, why)
	}
	for _, one := range def.Constraints {
		p.restrict(s.Relation, one.Constraint, []string{def.Colname})
		p.constrains(s.Relation, def, one.Constraint, added.hasDefault)
	}
}

// constrains reports what a constraint does that a new column brings along.
func (p *pass) constrains(table rangeVar, def columnDef, on constraint, hasDefault bool) {
	switch on.Contype {
	case "CONSTR_UNIQUE", "CONSTR_PRIMARY":
		p.report(Locks, "nobody reads or writes %q while the index is built", table)
		if hasDefault && rewrites(def) == "" || on.NullsNotDistinct { // where each row is written anew, each has a value of its own
			p.report(Contract, "the running version writes the same %q into every row of %q, which is refused from now on", def.Colname, table)
		}
	case "CONSTR_CHECK", "CONSTR_FOREIGN":
		if on.Contype == "CONSTR_CHECK" || hasDefault { // PostgreSQL checks no row where a new column that refers is NULL in all
			p.report(Locks, "nobody reads or writes %q while its rows are checked", table)
		}
	}
}

// rewrites says why a new column makes PostgreSQL write every row of its table anew; empty where it only notes the default
// (https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES).
func rewrites(def columnDef) string {
	if serial[def.TypeName.name()] {
		return "each row gets a number"
	}
	for _, one := range def.Constraints {
		switch one.Constraint.Contype {
		case "CONSTR_IDENTITY":
			return "each row gets a number"
		case "CONSTR_GENERATED":
			return "each row gets a computed value"
		case "CONSTR_DEFAULT":
			if name := volatile(one.Constraint.RawExpr); name != "" {
				return "each row gets a default of its own, unless " + name + " is stable"
			}
		}
	}
	return ""
}

// volatile is the name of a function in a default that may give each row another value.
func volatile(expression node) string {
	for _, one := range within(expression, "FuncCall") {
		if name := as[funcCall](one, one.kind).Funcname.last(); !stable[name] {
			return name
		}
	}
	return ""
}

// stable are the functions in defaults that PostgreSQL computes once for all rows (provolatile in its pg_proc.dat).
var stable = setOf(`
	now transaction_timestamp statement_timestamp current_setting current_database current_schema version lower upper concat
	md5 length date_trunc date_part to_char to_date to_timestamp make_date make_interval make_timestamp jsonb_build_object
	jsonb_build_array json_build_object json_build_array to_json to_jsonb array_fill string_to_array timezone encode decode
	replace trim btrim round floor ceil abs int4range int8range numrange tsrange tstzrange daterange pg_backend_pid
`)

// dropsColumn lets pass a column that the new migrations made. One that no migration made is not new, whoever made its table.
func dropsColumn(p *pass, s fields, command alterCommand) {
	table := p.catalog.ensure(s.Relation)
	known := table.columns[command.Name]
	delete(table.columns, command.Name)
	switch {
	case known.isNew() || table.fresh && table.open || s.Objtype == "OBJECT_TYPE" && p.alteredIsNew(s):
	case s.Objtype == "OBJECT_TYPE":
		p.report(Destructive, "part %q of type %q and its data are gone, and the running version may still use it", command.Name, s.Relation)
	case s.Objtype == "OBJECT_VIEW":
		p.report(Contract, "the running version may still read column %q", command.Name)
	default:
		p.report(Destructive, "column %q and its data are gone, and the running version may still use it", command.Name)
	}
}

func setsNotNull(p *pass, s fields, command alterCommand) {
	p.report(Locks, "nobody reads or writes %q while its rows are checked, unless a valid check constraint says so already", s.Relation)
	known := p.catalog.column(s.Relation, command.Name)
	if known != nil {
		known.required = true
	}
	if !known.isNew() || !known.hasDefault { // the running version leaves out what is new
		p.report(Contract, "the running version may still leave column %q out, or write NULL", command.Name)
	}
}

func dropsNotNull(p *pass, s fields, command alterCommand) {
	if known := p.catalog.column(s.Relation, command.Name); known != nil {
		known.required = false
	}
}

func changesDefault(p *pass, s fields, command alterCommand) {
	dropped := command.Def.kind == "" || as[literal](command.Def, "A_Const").Isnull
	known := p.catalog.column(s.Relation, command.Name)
	if known != nil {
		known.hasDefault = !dropped
	}
	if dropped && (!known.isNew() || known.required) {
		p.report(Contract, "column %q has no default any more, and the running version may still leave it out", command.Name)
	}
}

const writtenAlways = "PostgreSQL refuses what the running version writes into column %q"

func addsIdentity(p *pass, s fields, command alterCommand) {
	if known := p.catalog.column(s.Relation, command.Name); known != nil {
		known.hasDefault = true
	}
	if as[constraint](command.Def, "Constraint").GeneratedWhen == "a" {
		p.report(Contract, writtenAlways, command.Name)
	}
}

func setsIdentity(p *pass, _ fields, command alterCommand) {
	given := as[struct{ Items options }](command.Def, "List").Items
	if as[struct{ Ival int }](given["generated"], "Integer").Ival == 'a' {
		p.report(Contract, writtenAlways, command.Name)
	}
	if _, restarts := given["restart"]; restarts {
		p.report(Contract, "the numbers of column %q begin anew, and one that is there is refused", command.Name)
	}
}

// changesType evaluates ALTER COLUMN TYPE. What the column was is known where a migration made it.
func changesType(p *pass, s fields, command alterCommand) {
	def := as[columnDef](command.Def, "ColumnDef")
	known := p.catalog.column(s.Relation, command.Name)
	if known != nil {
		before := known.typ
		known.typ = def.TypeName
		if def.RawDefault.kind == "" && def.CollClause == nil && widens(before, def.TypeName) {
			return
		}
	}
	if !known.isNew() {
		p.report(Contract, "the running version reads and writes column %q with the type before", command.Name)
	}
	p.report(Locks, "nobody reads or writes %q while it is rewritten", s.Relation)
}

// widens tells whether a column's type can become another without a look at any row, and takes all values that it took.
// PostgreSQL's source has the list in the support functions of these types and in pg_cast (binary coercible).
func widens(from, to typeName) bool {
	if len(from.ArrayBounds)+len(to.ArrayBounds) > 0 {
		return false
	}
	before, after := numbers(from.Typmods), numbers(to.Typmods)
	if from.name() != to.name() {
		pair := from.name() + " to " + to.name()
		return pair == "varchar to text" || pair == "text to varchar" && len(after) == 0
	}
	if slices.Equal(before, after) {
		return true
	}
	if !resizable[from.name()] || len(before) == 0 {
		return false
	}
	return len(after) == 0 || after[0] >= before[0] && slices.Equal(after[1:], before[1:])
}

// resizable are the types whose first modifier limits their values, and their second, if there is one, changes them.
var resizable = setOf("varchar varbit numeric timestamp timestamptz time timetz")

// numbers are the values of a type's modifiers, such as those of numeric(10,2).
func numbers(modifiers []node) []int {
	var out []int
	for _, one := range modifiers {
		if value := as[literal](one, "A_Const").Ival; value != nil {
			out = append(out, value.Ival)
		}
	}
	return out
}
