package lint

import "slices"

// changesType evaluates ALTER COLUMN TYPE. What the column was is known where a migration made it.
func changesType(p *pass, s alterTableStmt, command alterCommand) []effect {
	def := as[columnDef](command.Def, "ColumnDef")
	known := p.catalog.column(s.Relation, command.Name)
	var before *typeName
	if known != nil {
		was := known.typ
		before, known.typ = &was, def.TypeName
	}
	if before != nil && def.RawDefault.kind == "" && def.CollClause == nil && widens(*before, def.TypeName) {
		return nil
	}
	found := locks("nobody reads or writes %q while it is rewritten", s.Relation)
	if known != nil && known.isNew {
		return found
	}
	return append(contract("the running version reads and writes column %q with the type before", command.Name), found...)
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

type createTypeStmt struct{ TypeName dotted }

func createsType(p *pass, s createTypeStmt) []effect {
	p.catalog.types[s.TypeName.key()] = &kindOfType{isNew: p.fresh}
	return nil
}

type compositeTypeStmt struct{ Typevar rangeVar }

func createsComposite(p *pass, s compositeTypeStmt) []effect {
	p.catalog.types[s.Typevar.key()] = &kindOfType{isNew: p.fresh}
	return nil
}

type createDomainStmt struct {
	Domainname  dotted
	Constraints []node
}

func createsDomain(p *pass, s createDomainStmt) []effect {
	made := &kindOfType{isNew: p.fresh}
	for _, one := range s.Constraints {
		switch as[constraint](one, "Constraint").Contype {
		case "CONSTR_NOTNULL":
			made.required = true
		case "CONSTR_DEFAULT":
			made.hasDefault = true
		}
	}
	p.catalog.types[s.Domainname.key()] = made
	return nil
}

type alterDomainStmt struct {
	Subtype  string
	TypeName dotted
	Def      node
}

// altersDomain evaluates by the subtypes of PostgreSQL's AlterDomainStmt.
func altersDomain(p *pass, s alterDomainStmt) []effect {
	if known := p.catalog.types[s.TypeName.key()]; known != nil && known.isNew {
		return nil
	}
	checked := locks("nobody writes to the tables with columns of domain %q while their rows are checked", s.TypeName)
	switch s.Subtype {
	case "O": // SET NOT NULL
		return append(contract("the running version may still write NULL into columns of domain %q", s.TypeName), checked...)
	case "C": // ADD CONSTRAINT
		found := contract("the running version may still write what domain %q refuses from now on", s.TypeName)
		if as[constraint](s.Def, "Constraint").SkipValidation {
			return found
		}
		return append(found, checked...)
	case "V": // VALIDATE CONSTRAINT
		return checked
	case "T": // SET or DROP DEFAULT
		if s.Def.kind == "" {
			return contract("the running version may still leave columns of domain %q out", s.TypeName)
		}
	}
	return nil // DROP NOT NULL, DROP CONSTRAINT
}

type alterEnumStmt struct {
	TypeName       dotted
	OldVal, NewVal string
}

func altersEnum(p *pass, s alterEnumStmt) []effect {
	if s.OldVal == "" {
		p.file.added(s.NewVal)
	}
	if known := p.catalog.types[s.TypeName.key()]; known != nil && known.isNew {
		return nil
	}
	if s.OldVal != "" {
		return contract("the running version still writes and expects the value %q", s.OldVal)
	}
	return contract("the running version does not know the value %q, and Prisma's client fails on a row that has it", s.NewVal)
}
