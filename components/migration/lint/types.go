package lint

func createsType(p *pass, s fields) { p.enter("OBJECT_TYPE", s.TypeName.key(), false) }

func createsComposite(p *pass, s fields) { p.enter("OBJECT_TYPE", s.Typevar.key(), false) }

func createsDomain(p *pass, s fields) {
	made := &object{fresh: p.fresh}
	for _, one := range s.Constraints {
		switch one.Constraint.Contype {
		case "CONSTR_NOTNULL":
			made.required = true
		case "CONSTR_DEFAULT":
			made.hasDefault = true
		}
	}
	p.catalog[id("OBJECT_DOMAIN", s.Domainname.key())] = made
}

// altersDomain evaluates by the subtypes of PostgreSQL's AlterDomainStmt.
func altersDomain(p *pass, s fields) {
	if p.isNew("OBJECT_DOMAIN", s.TypeName) {
		return
	}
	const checked = "nobody writes to the tables with columns of domain %q while their rows are checked"
	switch s.Subtype {
	case "O": // SET NOT NULL
		p.report(Contract, "the running version may still write NULL into columns of domain %q", s.TypeName)
		p.report(Locks, checked, s.TypeName)
	case "C": // ADD CONSTRAINT
		p.report(Contract, "the running version may still write what domain %q refuses from now on", s.TypeName)
		if !as[constraint](s.Def, "Constraint").SkipValidation {
			p.report(Locks, checked, s.TypeName)
		}
	case "V": // VALIDATE CONSTRAINT
		p.report(Locks, checked, s.TypeName)
	case "T": // SET or DROP DEFAULT
		if s.Def.kind == "" {
			p.report(Contract, "the running version may still leave columns of domain %q out", s.TypeName)
		}
	} // DROP NOT NULL and DROP CONSTRAINT let pass what they let pass before
}

func altersEnum(p *pass, s fields) {
	if s.OldVal == "" {
		p.file.added(s.NewVal)
	}
	switch {
	case p.isNew("OBJECT_TYPE", s.TypeName):
	case s.OldVal != "":
		p.report(Contract, "the running version still writes and expects the value %q", s.OldVal)
	default:
		p.report(Contract, "the running version does not know the value %q, and Prisma's client fails on a row that has it", s.NewVal)
	}
}
