package lint

import "slices"

func addsColumn(p *pass, s alterTableStmt, command alterCommand) []effect {
	def := as[columnDef](command.Def, "ColumnDef")
	if s.Objtype == "OBJECT_TYPE" {
		return contract("values of type %q have one part more than the running version writes", s.Relation)
	}
	added := p.described(def)
	if command.MissingOk {
		if p.catalog.column(s.Relation, def.Colname) != nil {
			return nil
		}
		added.isNew = false // it may have been there
	}
	p.catalog.relation(s.Relation.key()).columns[def.Colname] = added
	var found []effect
	if added.required && !added.hasDefault {
		found = append(found, contract("column %q is required and has no default, and the running version's inserts leave it out", def.Colname)...)
	}
	if why := rewrites(def); why != "" {
		found = append(found, locks("nobody reads or writes %q while it is rewritten: %s", s.Relation, why)...)
	}
	for _, one := range def.Constraints {
		on := as[constraint](one, "Constraint")
		p.restrict(s.Relation, on, []string{def.Colname})
		found = append(found, constrained(s.Relation, def, on, added.hasDefault)...)
	}
	return found
}

// constrained is what a constraint does that a new column brings along.
func constrained(table rangeVar, def columnDef, on constraint, hasDefault bool) []effect {
	checked := locks("nobody reads or writes %q while its rows are checked", table)
	switch on.Contype {
	case "CONSTR_UNIQUE", "CONSTR_PRIMARY":
		found := locks("nobody reads or writes %q while the index is built", table)
		if hasDefault && !serial[def.TypeName.name()] && !fillsItself(def) || on.NullsNotDistinct {
			found = append(found, contract("the running version writes the same %q into every row of %q, which is refused from now on", def.Colname, table)...)
		}
		return found
	case "CONSTR_CHECK":
		return checked
	case "CONSTR_FOREIGN":
		if hasDefault { // PostgreSQL checks no row where the new column is NULL in all
			return checked
		}
	}
	return nil
}

// fillsItself tells whether each row gets a value of its own.
func fillsItself(def columnDef) bool {
	return slices.ContainsFunc(def.Constraints, func(one node) bool {
		on := as[constraint](one, "Constraint")
		return on.Contype == "CONSTR_IDENTITY" || on.Contype == "CONSTR_GENERATED" || on.Contype == "CONSTR_DEFAULT" && volatile(on.RawExpr) != ""
	})
}

// rewrites says why a new column makes PostgreSQL write every row of its table anew; empty where it only notes the default
// (https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES).
func rewrites(def columnDef) string {
	if serial[def.TypeName.name()] {
		return "each row gets a number"
	}
	for _, one := range def.Constraints {
		switch on := as[constraint](one, "Constraint"); on.Contype {
		case "CONSTR_IDENTITY":
			return "each row gets a number"
		case "CONSTR_GENERATED":
			return "each row gets a computed value"
		case "CONSTR_DEFAULT":
			if name := volatile(on.RawExpr); name != "" {
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
func dropsColumn(p *pass, s alterTableStmt, command alterCommand) []effect {
	table := p.catalog.relation(s.Relation.key())
	known := table.columns[command.Name]
	delete(table.columns, command.Name)
	switch {
	case known != nil && known.isNew || table.isNew && table.open || s.Objtype == "OBJECT_TYPE" && p.alteredIsNew(s):
		return nil
	case s.Objtype == "OBJECT_TYPE":
		return destructive("part %q of type %q and its data are gone, and the running version may still use it", command.Name, s.Relation)
	case s.Objtype == "OBJECT_VIEW":
		return contract("the running version may still read column %q", command.Name)
	}
	return destructive("column %q and its data are gone, and the running version may still use it", command.Name)
}

func setsNotNull(p *pass, s alterTableStmt, command alterCommand) []effect {
	found := locks("nobody reads or writes %q while its rows are checked, unless a valid check constraint says so already", s.Relation)
	known := p.catalog.column(s.Relation, command.Name)
	if known != nil {
		known.required = true
	}
	if known != nil && known.isNew && known.hasDefault {
		return found // the running version leaves it out
	}
	return append(contract("the running version may still leave column %q out, or write NULL", command.Name), found...)
}

func dropsNotNull(p *pass, s alterTableStmt, command alterCommand) []effect {
	if known := p.catalog.column(s.Relation, command.Name); known != nil {
		known.required = false
	}
	return nil
}

func changesDefault(p *pass, s alterTableStmt, command alterCommand) []effect {
	dropped := command.Def.kind == "" || as[literal](command.Def, "A_Const").Isnull
	known := p.catalog.column(s.Relation, command.Name)
	if known != nil {
		known.hasDefault = !dropped
	}
	if !dropped || known != nil && known.isNew && !known.required {
		return nil
	}
	return contract("column %q has no default any more, and the running version may still leave it out", command.Name)
}

func addsIdentity(p *pass, s alterTableStmt, command alterCommand) []effect {
	if known := p.catalog.column(s.Relation, command.Name); known != nil {
		known.hasDefault = true
	}
	if as[constraint](command.Def, "Constraint").GeneratedWhen == "a" {
		return writtenAlways(command.Name)
	}
	return nil
}

func setsIdentity(_ *pass, _ alterTableStmt, command alterCommand) []effect {
	for name, value := range options(command.Def.items()) {
		switch {
		case name == "generated" && as[struct{ Ival int }](value, "Integer").Ival == 'a':
			return writtenAlways(command.Name)
		case name == "restart":
			return contract("the numbers of column %q begin anew, and one that is there is refused", command.Name)
		}
	}
	return nil
}

func writtenAlways(column string) []effect {
	return contract("PostgreSQL refuses what the running version writes into column %q", column)
}
