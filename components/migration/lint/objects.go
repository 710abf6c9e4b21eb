package lint

import "slices"

// createsSchema need not look at what is made in the schema: all of it is as new.
func createsSchema(p *pass, s fields) { p.enter("OBJECT_SCHEMA", key("", s.Schemaname), s.IfNotExists) }

func createsSequence(p *pass, s fields) { p.enter("OBJECT_SEQUENCE", s.Sequence.key(), s.IfNotExists) }

// altersSequence lets pass what changes no number that comes next.
func altersSequence(p *pass, s fields) {
	if p.isNew("OBJECT_SEQUENCE", s.Sequence.dotted()) {
		return
	}
	for name := range s.Options {
		if !slices.Contains([]string{"owned_by", "cache", "start"}, name) {
			p.report(Contract, "sequence %q gives other numbers, and one that is there already is refused", s.Sequence)
		}
	}
}

const replacesFunction = "if there is a function %q, it does another thing for the running version from now on"

// defines evaluates CREATE AGGREGATE, OPERATOR, TYPE, COLLATION and TEXT SEARCH.
func defines(p *pass, s fields) {
	if s.Kind == "OBJECT_AGGREGATE" && s.Replace && !p.isNew(s.Kind, s.Defnames) {
		p.report(Contract, replacesFunction, s.Defnames)
		return
	}
	p.enter(s.Kind, s.Defnames.key(), false)
}

func createsCast(p *pass, s fields) {
	if s.Context != "COERCION_EXPLICIT" {
		p.report(Contract, "PostgreSQL converts by itself what it has refused so far, also in the running version's queries")
	}
}

func grants(p *pass, s fields) {
	old := func(one dotted) bool { return !p.isNew(s.Objtype, one) }
	if !s.IsGrant && (len(s.Objects) == 0 || slices.ContainsFunc(s.Objects, old)) {
		p.report(Contract, "the running version may connect as a role that loses this right")
	}
}

// createsEventTrigger lets pass those of statements that change the schema.
func createsEventTrigger(p *pass, s fields) {
	if s.Eventname == "login" {
		p.report(Contract, "event trigger %q runs also for the running version's connections", s.Trigname)
	}
}

// searchPath is said of what changes which table a name means, for the lint and for Prisma.
const searchPath = "names without a schema mean other tables from here on, which the lint does not follow, and Prisma may not find its own table"

func sets(p *pass, s fields) {
	switch s.Name {
	case "search_path":
		p.report(Contract, searchPath)
	case "session_replication_role":
		p.report(Contract, "no trigger runs and no foreign key is checked, "+
			"so that rows may be written that the running version does not expect")
	}
}
